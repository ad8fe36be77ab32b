// The header: colours, the drawer on small screens, dialogs, and filters that submit themselves.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-theme-form]")) {
    event.preventDefault();
    document.documentElement.dataset.theme = event.submitter.value;
    fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
  }
  if (form.matches(".filters")) {
    for (const field of form.elements) field.disabled ||= field.name !== "" && field.value === "";
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

function drawer(open) {
  const side = document.getElementById("side");
  const toggle = document.querySelector("[data-toggle=side]");
  side?.classList.toggle("is-open", open);
  toggle?.setAttribute("aria-expanded", String(open));
}

document.addEventListener("click", (event) => {
  const side = document.getElementById("side");
  if (event.target.closest("[data-toggle=side]")) drawer(!side.classList.contains("is-open"));
  else if (side?.classList.contains("is-open") && !event.target.closest("#side")) drawer(false);
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") drawer(false);
});

// The page of many: ticking all, and how many are ticked.

function boxes() {
  return [...document.querySelectorAll("#bulk input[name=case]")];
}

function count() {
  const shown = document.getElementById("ticked");
  if (shown) shown.textContent = `(${boxes().filter((box) => box.checked).length})`;
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-ticks-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.closest?.("#bulk")) count();
});
// The next case counts from the open one.
document.addEventListener("htmx:configRequest", (event) => {
  const head = document.getElementById("conversation-head");
  if (event.target.id === "next-case" && head) event.detail.parameters.from = head.dataset.id;
});
count();

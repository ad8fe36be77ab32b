// Copies a field; where the browser forbids it, the text is chosen, so that the keyboard can.

document.addEventListener("click", async (event) => {
  const field = document.getElementById(event.target.closest("[data-copies]")?.dataset.copies ?? "");
  if (!field) return;
  field.select();
  await navigator.clipboard?.writeText(field.value).catch(() => {});
});

// The bell in the header: how many lines the person has not read.

export function ring(count) {
  const shown = document.getElementById("bell-count");
  if (!shown || count === undefined) return;
  shown.hidden = count === 0;
  const text = count > 99 ? "99+" : String(count);
  if (shown.textContent !== text) shown.textContent = text;
}

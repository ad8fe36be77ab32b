// Everything by key; `?` shows the list. Buttons and fields name their key in data-key.

import { unfold } from "./narrow.js";
import { leaveConversation } from "./panes.js";

function move(step) {
  const rows = [...document.querySelectorAll(".row")];
  if (rows.length === 0) return;
  const from = rows.findIndex((row) => row === document.activeElement);
  const start = from >= 0 ? from : rows.findIndex((row) => row.hasAttribute("aria-current"));
  const to = start < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, start + step));
  rows[to].focus();
}

function use(key) {
  for (const element of document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
    if (element.disabled || element.getClientRects().length === 0) continue;
    if (element.matches("input, textarea")) element.focus();
    else element.click();
    return true;
  }
  return false;
}

function escape() {
  if (document.activeElement?.matches("input, textarea, select")) document.activeElement.blur();
  else if (document.body.classList.contains("shows-conversation")) leaveConversation();
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") escape();
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const inList = document.activeElement?.matches(".row");
  if (event.key === "j" || (inList && event.key === "ArrowDown")) move(1);
  else if (event.key === "k" || (inList && event.key === "ArrowUp")) move(-1);
  else if (!use(event.key) && !(unfold(event.key) && use(event.key))) return;
  event.preventDefault();
});

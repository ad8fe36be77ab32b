// Everything by key; `?` shows the list. Buttons and fields name their key in data-key.

import { unfold } from "./narrow.js";
import { leaveConversation } from "./panes.js";
import { strings } from "./strings.js";
import { toast } from "./toast.js";

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

function press(key) {
  const inList = document.activeElement?.matches(".row");
  if (key === "j" || (inList && key === "ArrowDown")) move(1);
  else if (key === "k" || (inList && key === "ArrowUp")) move(-1);
  else if (key === "Enter" && inList) document.activeElement.click();
  else return use(key) || (unfold(key) && use(key));
  return true;
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") escape();
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  if (hold(event.key) || (event.key !== "Enter" && press(event.key))) event.preventDefault();
});

// Keys that follow the opening of a case are meant for it, not for the one that is still shown:
// they wait until it is there. Moving in the list waits behind them only.
const MOVES = ["j", "k", "ArrowDown", "ArrowUp", "Enter"];
let held = null;

function hold(key) {
  if (held === null || (held.length === 0 && MOVES.includes(key))) return false;
  if (key.length > 1 && !MOVES.includes(key)) return false;
  held.push(key);
  return true;
}

// What follows a key that leads into a field was typed for that field.
function type(field, text) {
  field.setRangeText(text, field.selectionEnd, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function release(keys) {
  while (keys.length > 0 && held === null) {
    press(keys.shift());
    if (document.querySelector("dialog[open]")) return;
    const field = document.activeElement;
    if (typeof field?.selectionEnd !== "number") continue;
    type(field, keys.filter((key) => key.length === 1).join(""));
    return;
  }
  held?.push(...keys);
}

function tellDropped(keys) {
  const text = keys.filter((key) => key.length === 1).join("");
  toast(strings.keysDropped.replace("{keys}", () => text), "error");
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== "conversation" || detail.requestConfig.verb !== "get") return;
  held = [];
  detail.xhr.addEventListener("loadend", () => {
    const keys = held;
    held = null;
    if (detail.xhr.status === 200) release(keys);
    else if (keys?.length > 0) tellDropped(keys);
  });
});

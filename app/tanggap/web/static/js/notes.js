// The note box: opening it writes at once, what is typed is kept, and `@` offers whom to call.

import { sendLeft, tellLeft } from "./left.js";
import { openId } from "./panes.js";
import { strings } from "./strings.js";

const SAVE_AFTER = 700;
const AGAIN_AFTER = 5_000;
let saving = null;
let inFlight = Promise.resolve();
// Notes that are being written down, which are no drafts any more.
const done = new WeakSet();

async function keep(area, keepalive = false) {
  if (done.has(area)) return;
  const body = new FormData();
  body.set("csrf_token", area.form.elements.csrf_token.value);
  body.set("note", area.value);
  const state = area.form.querySelector("#note-state");
  try {
    const response = await fetch(area.dataset.draft, { method: "POST", body, keepalive });
    state.textContent = response.ok ? strings.saved : strings.notSaved;
    if (response.status >= 500 || response.status === 429) keepLater(area);
  } catch {
    state.textContent = strings.notSaved;
    keepLater(area);
  }
}

// One after the other, so that the last words are those that stay.
function keepNext(area) {
  inFlight = inFlight.then(() => keep(area));
}

// The note of a case that was left is kept as well, unless the case is open again.
function keepLater(area) {
  const shown = document.getElementById("note-text");
  if (shown === area) saving ??= setTimeout(saveDraft, AGAIN_AFTER);
  else if (shown?.dataset.draft !== area.dataset.draft) setTimeout(() => keepNext(area), AGAIN_AFTER);
}

function saveDraft() {
  clearTimeout(saving);
  saving = null;
  const area = document.getElementById("note-text");
  if (area) keepNext(area);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "note-text") return;
  document.getElementById("note-state").textContent = "";
  clearTimeout(saving);
  saving = setTimeout(saveDraft, SAVE_AFTER);
});

function settle(area, id, status) {
  if (status >= 200 && status < 300) return;
  done.delete(area);
  keepNext(area);
  tellLeft(id);
}

// What is on its way as a draft must not arrive after the note and come back to life.
document.addEventListener("htmx:confirm", (event) => {
  const form = event.target;
  if (!form.matches?.("#note-box form")) return;
  event.preventDefault();
  clearTimeout(saving);
  saving = null;
  const [area, id] = [form.elements.note, openId()];
  if (done.has(area)) return;
  done.add(area);
  inFlight.finally(() => {
    if (form.isConnected) event.detail.issueRequest();
    else sendLeft(form).then((status) => settle(area, id, status));
  });
});
document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (!target.matches?.("#note-box form")) return;
  const [area, id] = [target.elements.note, openId()];
  detail.xhr.addEventListener("loadend", () => settle(area, id, detail.xhr.status));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (saving !== null && event.detail.target?.id === "conversation") saveDraft();
});
window.addEventListener("pagehide", () => {
  const area = document.getElementById("note-text");
  if (saving !== null && area) keep(area, true);
});

function open() {
  const box = document.getElementById("note-box");
  if (box?.open) document.getElementById("note-text").focus();
}

// What stands between `@` and the caret, or null where nobody is being called.
function typed(area) {
  const before = area.value.slice(0, area.selectionStart);
  const match = /(^|[^\w@])@([\w-]*)$/.exec(before);
  return match ? match[2].toLowerCase() : null;
}

function offer(area) {
  const list = document.getElementById("callable");
  const word = typed(area);
  let first = null;
  for (const item of list.children) {
    item.hidden = word === null || !item.textContent.toLowerCase().includes(word);
    item.setAttribute("aria-selected", "false");
    if (!item.hidden) first ??= item;
  }
  list.hidden = first === null;
  if (first) choose(area, first);
  else area.removeAttribute("aria-activedescendant");
}

function choose(area, item) {
  for (const other of item.parentElement.children) other.setAttribute("aria-selected", String(other === item));
  area.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

function take(area, item) {
  const end = area.selectionStart;
  const start = end - typed(area).length;
  area.setRangeText(`${item.dataset.call} `, start, end, "end");
  document.getElementById("callable").hidden = true;
  area.focus();
}

document.addEventListener("toggle", (event) => event.target.id === "note-box" && open(), true);
document.addEventListener("input", (event) => event.target.id === "note-text" && offer(event.target));
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "note-text") return;
  const area = event.target;
  const list = document.getElementById("callable");
  if (list.hidden) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
    return;
  }
  const items = [...list.children].filter((item) => !item.hidden);
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose(area, items[(at + 1) % items.length]);
  else if (event.key === "ArrowUp") choose(area, items[(at + items.length - 1) % items.length]);
  else if (event.key === "Enter" || event.key === "Tab") take(area, items[at]);
  else if (event.key === "Escape") list.hidden = true;
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("mousedown", (event) => {
  const item = event.target.closest?.("#callable li");
  if (!item) return;
  event.preventDefault();
  take(document.getElementById("note-text"), item);
});
// What was asked or noted stands in the thread now.
document.addEventListener("htmx:afterRequest", (event) => {
  const box = event.target.closest?.("#consult-box");
  if (!box || !event.detail.successful) return;
  event.target.reset();
  box.open = false;
});
document.addEventListener("focusout", (event) => {
  if (event.target.id === "note-text") document.getElementById("callable").hidden = true;
});

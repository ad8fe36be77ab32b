// The composer: the counter asks the server, the draft is saved while one types.

import { uploads } from "./attach.js";
import { strings } from "./strings.js";
import { showFindings } from "./tone.js";

const COUNT_AFTER = 150;
const SAVE_AFTER = 700;

let counting = null;
let countAsked = 0;
let saving = null;
let inFlight = Promise.resolve();

function composer() {
  return document.getElementById("composer");
}

function post(address, form, names, keepalive = false) {
  const body = new FormData();
  const typed = new FormData(form);
  for (const name of ["csrf_token", "visibility", ...names]) body.set(name, typed.get(name) ?? "");
  if (keepalive) body.set("closing", "1");
  return fetch(address, { method: "POST", body, keepalive, headers: { Accept: "application/json" } });
}

function showPieces(pieces, limit) {
  const shown = document.getElementById("pieces");
  shown.hidden = pieces.length === 0;
  const items = pieces.map(({ text, length }) => {
    const item = document.createElement("li");
    const words = Object.assign(document.createElement("span"), { textContent: text, dir: "auto" });
    const size = Object.assign(document.createElement("small"), { textContent: `${length} / ${limit}` });
    item.classList.toggle("over", length > limit);
    item.append(words, " ", size);
    return item;
  });
  shown.querySelector("ol").replaceChildren(...items);
}

async function count(form) {
  const asked = ++countAsked;
  const area = form.elements.text;
  const checked = area.value;
  const response = await post(form.dataset.measure, form, ["text"]);
  if (!response.ok) return;
  const { length, limit, pieces, findings } = await response.json();
  // Sent meanwhile, or typed on: the composer that stands there now holds another text.
  if (!form.isConnected || asked !== countAsked) return;
  showPieces(pieces, limit);
  showFindings(findings, area, checked);
  const counter = document.getElementById("counter");
  const over = pieces.length ? pieces.some((piece) => piece.length > limit) : length > limit;
  const rest = pieces.length
    ? strings.thread.replace("{n}", pieces.length)
    : strings.over.replace("{n}", length - limit);
  counter.textContent = length > limit ? `${length} / ${limit} · ${rest}` : `${length} / ${limit}`;
  counter.classList.toggle("over", over);
  counter.classList.toggle("near", length <= limit && length > limit * 0.9);
}

// Another window of the same person holds something else: nothing is overwritten unseen.
function offerOther(form, other) {
  const note = document.getElementById("composer-note");
  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: label });
    made.addEventListener("click", () => {
      note.replaceChildren();
      form.elements.base.value = other.base;
      act();
      form.elements.text.focus();
      form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    return made;
  };
  const words = Object.assign(document.createElement("blockquote"), { textContent: other.text.slice(0, 280), dir: "auto" });
  const take = button(strings.takeOther, () => (form.elements.text.value = other.text));
  note.replaceChildren(strings.otherDraft, words, take, " ", button(strings.keepThis, () => {}));
}

async function save(form, keepalive = false) {
  saving = null;
  const state = document.getElementById("draft-state");
  try {
    const response = await post(form.dataset.draft, form, ["text", "seen_post_id", "base", "purpose", "promised_until"], keepalive);
    state.textContent = response.ok ? strings.saved : strings.notSaved;
    const answer = await response.json();
    if (response.ok) form.elements.base.value = answer.base;
    else if (response.status === 409) offerOther(form, answer);
  } catch {
    state.textContent = strings.notSaved;
    saving ??= setTimeout(() => form.isConnected && saveNext(form), 5_000);
  }
}

// One after the other, for each names the draft it goes on from.
function saveNext(form) {
  inFlight = inFlight.then(() => save(form));
}

function saveNow(keepalive = false) {
  const form = composer();
  if (saving === null || !form) return;
  clearTimeout(saving);
  inFlight = save(form, keepalive);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "reply-text") return;
  const form = composer();
  clearTimeout(counting);
  counting = setTimeout(() => count(form).catch(() => {}), COUNT_AFTER);
  clearTimeout(saving);
  saving = setTimeout(() => saveNext(form), SAVE_AFTER);
  document.getElementById("draft-state").textContent = "";
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "reply-text" || event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) composer().requestSubmit(document.getElementById("send"));
});

// A draft on its way must not arrive after the reply and come back to life.
document.addEventListener("htmx:confirm", (event) => {
  if (event.target.id !== "composer" && !event.target.matches("#composer [data-asks]")) return;
  event.preventDefault();
  clearTimeout(saving);
  saving = null;
  Promise.allSettled([inFlight, uploads()]).then(() => event.detail.issueRequest());
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "conversation") saveNow();
});
// The composer still says the other way, and by that it has to be sent.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const asked = detail.requestConfig.triggeringEvent?.target;
  if (detail.successful || asked?.name !== "visibility") return;
  for (const way of asked.form.querySelectorAll("[name=visibility]")) way.checked = way.defaultChecked;
});
// Whoever has chosen how to answer goes on writing.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.triggeringEvent?.target?.name === "visibility") {
    document.getElementById("reply-text")?.focus();
  }
});
document.addEventListener("htmx:sendError", (event) => {
  if (event.target.id === "composer") saving ??= setTimeout(() => saveNext(composer()), 2_000);
});
window.addEventListener("pagehide", () => saveNow(true));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") saveNow(true);
});

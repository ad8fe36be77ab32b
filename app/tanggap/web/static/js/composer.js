// The composer: the counter asks the server, the draft is saved while one types.

import { uploads } from "./attach.js";
import { sendLeft, tellLeft } from "./left.js";
import { strings } from "./strings.js";
import { showFindings } from "./tone.js";

const COUNT_AFTER = 150;
const SAVE_AFTER = 700;
const AGAIN_AFTER = 5_000;
const DRAFT = ["text", "seen_post_id", "base", "purpose", "promised_until"];

let counting = null;
let countAsked = 0;
let saving = null;
let inFlight = Promise.resolve();
// The texts of a form that were sent as its draft and not answered: any of them may be kept by now.
const onTheWay = new WeakMap();
const AT_MOST = 3;
// What is sent as soon as its draft and its pictures have arrived.
let waiting = null;
// Forms that are sent, or that another one stands in for: their text is no draft any more.
const done = new WeakSet();

function composer() {
  return document.getElementById("composer");
}

function post(address, form, names, keepalive = false, unanswered = []) {
  const body = new FormData();
  const typed = new FormData(form);
  for (const name of ["csrf_token", "visibility", ...names]) body.set(name, typed.get(name) ?? "");
  for (const { text } of unanswered) body.append("on_the_way", text);
  if (keepalive || !form.isConnected) body.set("closing", "1");
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
  if (form === composer()) saving = null;
  if (done.has(form) && !keepalive) return;
  const state = form.querySelector("#draft-state");
  const unanswered = onTheWay.get(form) ?? [];
  const own = { text: form.elements.text.value };
  const isLatest = () => onTheWay.get(form)?.at(-1) === own;
  onTheWay.set(form, [...unanswered, own].slice(-AT_MOST));
  try {
    const response = await post(form.dataset.draft, form, DRAFT, keepalive, unanswered);
    const answer = response.status >= 500 || response.status === 429 ? null : await response.json();
    if (!isLatest()) return;
    state.textContent = response.ok ? strings.saved : strings.notSaved;
    if (answer === null) return saveLater(form, AGAIN_AFTER);
    onTheWay.delete(form);
    // Two texts that were joined are shown to a window that was hidden only.
    const isOther = response.status === 409 || "text" in answer;
    if (isOther && form.isConnected) offerOther(form, answer);
    else if (response.ok) form.elements.base.value = answer.base;
    else if (response.status === 409) saveNext(form);
  } catch {
    if (!isLatest()) return;
    state.textContent = strings.notSaved;
    saveLater(form, AGAIN_AFTER);
  }
}

// One after the other, for each names the draft it goes on from.
function saveNext(form) {
  inFlight = inFlight.then(() => save(form));
}

// The text of a case that was left meanwhile is kept as well.
function saveLater(form, after) {
  if (form !== composer()) setTimeout(() => saveNext(form), after);
  else saving ??= setTimeout(() => saveNext(composer()), after);
}

function saveClosing() {
  const form = composer();
  if (!form) return;
  clearTimeout(saving);
  inFlight = save(form, true);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "reply-text") return;
  const form = composer();
  clearTimeout(counting);
  counting = setTimeout(() => count(form).catch(() => {}), COUNT_AFTER);
  clearTimeout(saving);
  saving = setTimeout(() => saveNext(composer()), SAVE_AFTER);
  document.getElementById("draft-state").textContent = "";
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "reply-text" || event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) composer().requestSubmit(document.getElementById("send"));
});

// Whoever went on to another case is told there; the server keeps the text of what it refuses.
function settle(form, status) {
  if (status >= 200 && status < 300) return;
  if (status !== 409 && status !== 422) {
    done.delete(form);
    saveLater(form, 2_000);
  }
  tellLeft(form.dataset.id);
}

// A draft on its way must not arrive after the reply and come back to life.
document.addEventListener("htmx:confirm", (event) => {
  const form = composer();
  if (event.target !== form && !event.target.matches("#composer [data-asks]")) return;
  event.preventDefault();
  clearTimeout(saving);
  saving = null;
  if (waiting === form) return;
  waiting = form;
  done.add(form);
  Promise.allSettled([inFlight, uploads()]).then(() => {
    if (waiting === form) waiting = null;
    if (form.isConnected) event.detail.issueRequest();
    else if (event.target === form) sendLeft(form).then((status) => settle(form, status));
    else settle(form, 0);
  });
});
// The composer for another way names the draft that stands there when it is asked for.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.target.matches("#composer [name=visibility]")) return;
  event.preventDefault();
  inFlight.then(() => event.target.isConnected && event.detail.issueRequest());
});
// What was typed after a composer had been sent stands in the one that takes its place.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const sent = detail.requestConfig.formData?.get("text");
  const typed = composer()?.elements.text.value;
  if (detail.target?.id !== "composer" || !detail.shouldSwap || typeof sent !== "string" || typed === sent) return;
  const carry = ({ detail: swapped }) => {
    if (swapped.xhr !== detail.xhr) return;
    document.removeEventListener("htmx:afterSwap", carry);
    const area = composer().elements.text;
    if (typed.startsWith(sent)) area.value += typed.slice(sent.length);
    else if (area.value === sent) area.value = typed;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("htmx:afterSwap", carry);
});
document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  const form = composer();
  if (target !== form && !target.matches("#composer [data-asks]")) return;
  detail.xhr.addEventListener("loadend", () => settle(form, detail.xhr.status));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = composer();
  if (event.detail.target?.id === "composer" && event.detail.shouldSwap) done.add(event.detail.target);
  if (event.detail.target?.id !== "conversation" || saving === null) return;
  clearTimeout(saving);
  saving = null;
  saveNext(form);
});
// The composer still says the other way, and by that it has to be sent.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const asked = detail.requestConfig.triggeringEvent?.target;
  if (detail.successful || asked?.name !== "visibility") return;
  for (const way of asked.form.querySelectorAll("[name=visibility]")) way.checked = way.defaultChecked;
});
// Whoever has chosen how to answer goes on writing.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.triggeringEvent?.target?.name !== "visibility") return;
  const area = document.getElementById("reply-text");
  area?.focus();
  area?.setSelectionRange(area.value.length, area.value.length);
});
window.addEventListener("pagehide", () => {
  if (saving !== null || (waiting !== null && waiting === composer())) saveClosing();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && saving !== null) saveClosing();
});

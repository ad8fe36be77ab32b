// The open conversation: loading it beside the list, refreshing it in place, leaving it.

import { Idiomorph } from "../vendor/idiomorph.js";
import { strings } from "./strings.js";
import { refreshTimes } from "./time.js";

const MORPH = {
  ignoreActiveValue: true,
  callbacks: {
    // What a person has opened stays open.
    beforeAttributeUpdated: (name) => name !== "open",
  },
};

export function morph(current, fresh) {
  Idiomorph.morph(current, fresh, MORPH);
  htmx.process(current);
  refreshTimes(current);
}

// hx-swap="morph": a form that waits for its answer stays in the page, and with it what was asked
// of it meanwhile.
htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    if (style !== "morph") return false;
    morph(target, fragment.firstElementChild);
    return [target];
  },
});

export function openId() {
  const head = document.getElementById("conversation-head");
  return head ? Number(head.dataset.id) : null;
}

export function listQuery() {
  return document.getElementById("list-pane").dataset.query;
}

export async function fetchPage(address, target) {
  const headers = { "HX-Request": "true", "HX-Target": target };
  const response = await fetch(address, { headers });
  if (!response.ok) throw new Error(String(response.status));
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// The open conversation is gone, or another team's that this person does not see.
function left(error) {
  if (error.message !== "404") throw error;
  location.assign(`/inbox?${listQuery()}`);
}

export async function refreshConversation() {
  const id = openId();
  if (id === null) return;
  const thread = document.getElementById("thread");
  if ("past" in thread.dataset) return;
  const page = await fetchPage(`/inbox/${id}?${listQuery()}${shownSince()}`, "conversation").catch(left);
  if (!page) return;
  if (openId() !== id) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  morph(document.getElementById("conversation-head"), page.getElementById("conversation-head"));
  morph(thread, page.getElementById("thread"));
  if (atEnd) thread.scrollTop = thread.scrollHeight;
  refreshComposer(page.getElementById("composer"));
  if (openId() !== id) follow(id, openId());
}

// What a person made longer by showing older posts stays as long.
function shownSince() {
  const older = document.getElementById("older");
  return older && "kept" in older.dataset ? `&since=${older.dataset.since}` : "";
}

// The open conversation became part of another one: its place in the list is the other one's.
function follow(old, now) {
  document.getElementById(`row-${old}`)?.remove();
  document.getElementById(`row-${now}`)?.setAttribute("aria-current", "true");
  history.replaceState(history.state, "", `/inbox/${now}?${listQuery()}`);
}

function wayOf(composer) {
  return new FormData(composer).get("visibility");
}

// A draft that nobody went on with here, and that is gone, was sent while this page was loading or
// from another one.
function dropSent(composer, fresh) {
  const { text, base } = composer.elements;
  if (text.value !== text.defaultValue || fresh.elements.text.value !== "") return;
  if (base.value === fresh.elements.base.value) return;
  morph(composer, fresh);
  text.value = "";
}

function refreshComposer(fresh) {
  const composer = document.getElementById("composer");
  if (composer.dataset.closed !== fresh.dataset.closed) {
    morph(composer, fresh);
    return;
  }
  dropSent(composer, fresh);
  morph(document.getElementById("undo"), fresh.querySelector("#undo"));
  morph(document.getElementById("next-steps"), fresh.querySelector("#next-steps"));
  const seen = composer.elements.seen_post_id;
  if (seen.value === fresh.elements.seen_post_id.value) return;
  if (composer.elements.text.value.trim() === "") {
    // A customer who has come to private is answered there unless somebody chooses otherwise.
    if (wayOf(composer) !== wayOf(fresh)) morph(composer, fresh);
    seen.value = fresh.elements.seen_post_id.value;
  } else {
    // The old number stays: the server will stop a reply to what was not read.
    document.getElementById("composer-note").textContent = strings.newPost;
  }
}

function show(pane) {
  document.body.classList.toggle("shows-conversation", pane === "conversation");
  document.body.classList.toggle("shows-list", pane === "list");
}

export function leaveConversation() {
  show("list");
  const id = openId();
  history.pushState({ htmx: true }, "", `/inbox?${listQuery()}`);
  if (id !== null) document.getElementById(`row-${id}`)?.focus();
}

function settle() {
  const thread = document.getElementById("thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
  const id = openId();
  for (const row of document.querySelectorAll(".row[aria-current]")) row.removeAttribute("aria-current");
  if (id !== null) document.getElementById(`row-${id}`)?.setAttribute("aria-current", "true");
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "conversation") return;
  show("conversation");
  settle();
});
// Older posts come above those that are being read: browsers hold a place in the midst only.
let belowTop = 0;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const thread = document.getElementById("thread");
  if (detail.target?.id === "older") belowTop = thread.scrollHeight - thread.scrollTop;
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const thread = document.getElementById("thread");
  if (detail.target?.id === "older") thread.scrollTop = thread.scrollHeight - belowTop;
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  event.preventDefault();
  leaveConversation();
});
settle();
// What was not taken is not shown as taken.
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!detail.successful && target.matches?.(".assign")) target.reset();
});

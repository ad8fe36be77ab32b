// Follows the change feed. The cursor lags behind, so changes come again: known ones are skipped.

import { ring } from "./bell.js";
import { refreshRows, reloadList, shownIds } from "./list.js";
import { openId, refreshConversation } from "./panes.js";
import { mark, showSigns } from "./signs.js";
import { strings } from "./strings.js";

const EVERY = 1_000;
const EVERY_HIDDEN = 15_000;
const DELAYED_AFTER = 4_000;
const OFFLINE_AFTER = 20_000;
const FORGOTTEN_AFTER = 10 * 60_000;

const pane = document.getElementById("list-pane");
const known = new Set();
let cursor = Number(pane?.dataset.cursor ?? 0);
let answeredAt = Date.now();
let timer = null;
let asking = false;
let again = false;
let elsewhere = 0;

function sign() {
  const silence = Date.now() - answeredAt;
  const hidden = document.visibilityState === "hidden";
  let state = "live";
  if (!navigator.onLine || silence > OFFLINE_AFTER + (hidden ? EVERY_HIDDEN : 0)) state = "offline";
  else if (silence > DELAYED_AFTER && !hidden) state = "delayed";
  const pulse = document.getElementById("pulse");
  if (!pulse || pulse.dataset.state === state) return;
  pulse.dataset.state = state;
  pulse.querySelector(".pulse-text").textContent = strings[state];
}

function news(changes) {
  const ids = new Set();
  for (const [change, conversation] of changes) {
    if (!known.has(change)) ids.add(conversation);
  }
  return ids;
}

// A case that left what this person may see is named no more; the rows tell which are still theirs.
function affected(feed) {
  const ids = news(feed.changes);
  if (feed.elsewhere > elsewhere) for (const id of shownIds()) ids.add(id);
  return [...ids];
}

function remember(changes) {
  for (const [change] of changes) known.add(change);
  for (const change of known) {
    if (change <= cursor) known.delete(change);
  }
}

async function show(feed, away) {
  if (feed.reload || away > FORGOTTEN_AFTER) {
    await reloadList();
    await refreshConversation();
    return;
  }
  const ids = affected(feed);
  if (ids.length === 0) return;
  await refreshRows(ids);
  if (ids.includes(openId())) await refreshConversation();
}

async function ask() {
  const response = await fetch(`/live?since=${cursor}&signs=${mark}`, { headers: { Accept: "application/json" } });
  if (response.status === 401) location.reload();
  if (!response.ok) throw new Error(String(response.status));
  const feed = await response.json();
  ring(feed.unread);
  await show(feed, Date.now() - answeredAt);
  showSigns(feed.signs, feed.signs_mark);
  // Only what was shown is remembered: a failure in between asks for the same again.
  cursor = feed.cursor;
  elsewhere = Math.max(elsewhere, feed.elsewhere);
  remember(feed.changes);
  answeredAt = Date.now();
}

export async function poll() {
  clearTimeout(timer);
  again = asking;
  if (asking) return;
  asking = true;
  try {
    await ask();
  } catch {
    // The sign tells; the next question asks from the same cursor.
  }
  asking = false;
  sign();
  const pause = document.visibilityState === "hidden" ? EVERY_HIDDEN : EVERY;
  timer = setTimeout(poll, again ? 0 : pause);
}

if (pane) {
  setInterval(sign, 1_000);
  document.addEventListener("visibilitychange", poll);
  document.addEventListener("conversation-changed", poll);
  window.addEventListener("online", poll);
  window.addEventListener("offline", sign);
  poll();
}

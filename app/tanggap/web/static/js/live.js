// Follows the change feed. The cursor lags behind, so changes come again: known ones are skipped.

import { ring } from "./bell.js";
import { refreshRows, refreshSide, reloadList, shownIds, showRows } from "./list.js";
import { listQuery, openId, refreshConversation } from "./panes.js";
import { mark, showSigns } from "./signs.js";
import { strings } from "./strings.js";

const EVERY = 1_000;
const EVERY_HIDDEN = 15_000;
const DELAYED_AFTER = 4_000;
const OFFLINE_AFTER = 20_000;
const FORGOTTEN_AFTER = 10 * 60_000;
// The counters follow the rows after this long at least, and twice as long at most, so that all
// browsers of a company do not ask for theirs in the same moment.
const SIDE_AFTER = 1_500;

const pane = document.getElementById("list-pane");
const known = new Set();
let cursor = Number(pane?.dataset.cursor ?? 0);
let answeredAt = Date.now();
let timer = null;
let asking = false;
let again = false;
let elsewhere = 0;
let sideTimer = null;
let mayHaveLeft = false;
let ownDeed = false;

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

// A case that left what this person may see is named no more: the server is asked which are left.
async function refreshSideNow() {
  sideTimer = null;
  const open = openId();
  const asked = mayHaveLeft ? new Set(open === null ? shownIds() : [open, ...shownIds()]) : [];
  const check = mayHaveLeft;
  mayHaveLeft = false;
  try {
    const gone = await refreshSide([...asked]);
    if (gone.includes(openId())) await refreshConversation();
  } catch {
    mayHaveLeft ||= check;
    refreshSideSoon();
  }
}

function refreshSideSoon() {
  if (ownDeed) clearTimeout(sideTimer);
  if (ownDeed) sideTimer = null;
  sideTimer ??= setTimeout(refreshSideNow, ownDeed ? 0 : SIDE_AFTER * (1 + Math.random()));
  ownDeed = false;
}

// Whoever has done something sees it counted at once.
function follow() {
  ownDeed = true;
  poll();
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
  if (feed.elsewhere > elsewhere) {
    mayHaveLeft = true;
    refreshSideSoon();
  }
  const ids = [...news(feed.changes)];
  if (ids.length === 0) return;
  if (feed.rows === undefined) {
    await refreshRows(ids);
  } else {
    showRows(new DOMParser().parseFromString(feed.rows, "text/html"), ids);
    refreshSideSoon();
  }
  if (ids.includes(openId())) await refreshConversation();
}

async function ask() {
  const shown = `since=${cursor}&shown=${Math.max(cursor, ...known)}&known=${known.size}`;
  const address = `/live?${shown}&signs=${mark}&${listQuery()}`;
  const response = await fetch(address, { headers: { Accept: "application/json" } });
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
  document.addEventListener("conversation-changed", follow);
  window.addEventListener("online", poll);
  window.addEventListener("offline", sign);
  poll();
}

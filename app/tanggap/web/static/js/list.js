// The list: fresh rows take the place of old ones without moving what a person points at.

import { fetchPage, listQuery, morph } from "./panes.js";
import { strings } from "./strings.js";

// As many rows as the server answers at once.
const AT_ONCE = 100;

let unseen = 0;

// Whether nobody points at the list or moves in it, so that rows may move.
function isCalm() {
  const rows = document.getElementById("rows");
  return !rows.matches(":hover") && !rows.contains(document.activeElement);
}

function announce(count) {
  unseen = count;
  const button = document.getElementById("new-rows");
  button.hidden = count === 0;
  button.textContent = strings.newRows.replace("{n}", count);
}

function successor(rows, at) {
  for (const row of rows.querySelectorAll(".row")) {
    if (Number(row.dataset.at) < at) return row;
  }
  return rows.querySelector("#more");
}

function insert(rows, fresh) {
  const next = successor(rows, Number(fresh.dataset.at));
  if (next?.id === "more" && rows.querySelector(".row")) return; // its page is not loaded yet
  const stays = !isCalm() || rows.scrollTop > 0;
  const before = rows.scrollHeight;
  fresh.classList.add("is-fresh");
  rows.insertBefore(fresh, next);
  htmx.process(fresh);
  if (stays && fresh.offsetTop <= rows.scrollTop + fresh.offsetHeight) {
    rows.scrollTop += rows.scrollHeight - before;
    announce(unseen + 1);
  }
}

function update(rows, old, fresh) {
  const moved = old.dataset.at !== fresh.dataset.at;
  const current = old.getAttribute("aria-current");
  if (current) fresh.setAttribute("aria-current", current);
  if (moved && isCalm()) {
    old.remove();
    insert(rows, fresh);
    return;
  }
  morph(old, fresh);
  if (moved) old.classList.add("is-fresh");
}

function drop(old, fresh) {
  if (isCalm() && !old.hasAttribute("aria-current")) {
    old.remove();
    return;
  }
  if (fresh) {
    const current = old.getAttribute("aria-current");
    if (current) fresh.setAttribute("aria-current", current);
    morph(old, fresh);
  }
  old.classList.add("is-gone");
}

function byId(page, list) {
  const rows = page.querySelectorAll(`#${list} .row`);
  return new Map([...rows].map((row) => [Number(row.dataset.id), document.importNode(row, true)]));
}

export function shownIds() {
  const rows = [...document.querySelectorAll("#rows .row")].slice(0, AT_ONCE);
  return rows.map((row) => Number(row.dataset.id));
}

// Puts rows that the server has written in their places; those that it left out are gone.
export function showRows(page, ids) {
  const rows = document.getElementById("rows");
  const fresh = byId(page, "fresh-rows");
  const gone = byId(page, "gone-rows");
  if (fresh.size > 0) document.getElementById("no-rows")?.remove();
  for (const id of ids) {
    const old = document.getElementById(`row-${id}`);
    if (!fresh.has(id)) old && drop(old, gone.get(id));
    else if (old) update(rows, old, fresh.get(id));
    else insert(rows, fresh.get(id));
  }
}

// A row that the server does not answer for is taken for gone, so it is not asked for too many.
export async function refreshRows(ids) {
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const page = await fetchPage(`/inbox/rows?${listQuery()}&ids=${some.join(",")}`, "rows");
    morph(document.getElementById("nav"), page.getElementById("nav"));
    showRows(page, some);
  }
}

// The counters; and which of these cases this person sees no more: their rows go.
export async function refreshSide(ids) {
  const page = await fetchPage(`/inbox/rows?${listQuery()}&check=1&ids=${ids.join(",")}`, "rows");
  morph(document.getElementById("nav"), page.getElementById("nav"));
  const here = new Set(page.getElementById("still-here").dataset.ids.split(",").map(Number));
  const gone = ids.filter((id) => !here.has(id));
  for (const id of gone) {
    const row = document.getElementById(`row-${id}`);
    if (row) drop(row);
  }
  return gone;
}

export async function reloadList() {
  const page = await fetchPage(`/inbox?${listQuery()}`, "");
  morph(document.getElementById("rows"), page.getElementById("rows"));
  morph(document.getElementById("nav"), page.getElementById("nav"));
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "new-rows") return;
  announce(0);
  document.getElementById("rows").scrollTop = 0;
});
document.getElementById("rows")?.addEventListener("scroll", (event) => {
  if (event.target.scrollTop === 0) announce(0);
});

// Tells the server what this tab shows, and shows what colleagues' tabs show.

import { strings } from "./strings.js";

const BEAT = 10_000;
const LOOK = 400;
const STOPS_TYPING_AFTER = 5_000;

const tab = crypto.randomUUID().replaceAll("-", "");
let told = "";
let toldAt = 0;
let typedAt = -STOPS_TYPING_AFTER;
let board = [];
export let mark = "";

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

function state() {
  const head = document.getElementById("conversation-head");
  const thread = document.getElementById("thread");
  const shown = head && head.getClientRects().length > 0 && document.visibilityState === "visible";
  if (!shown) return { open: "", typing: "", seen: "" };
  const typing = performance.now() - typedAt < STOPS_TYPING_AFTER ? "1" : "";
  const seen = thread && !("past" in thread.dataset) ? thread.dataset.seen : "";
  return { open: head.dataset.id, typing, seen };
}

function send(now, keepalive = false) {
  const body = new FormData();
  body.set("tab", tab);
  for (const [name, value] of Object.entries(now)) body.set(name, value);
  toldAt = performance.now();
  told = JSON.stringify(now);
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  return fetch("/signs", { method: "POST", body, headers, keepalive });
}

async function look() {
  const now = state();
  const changed = JSON.stringify(now) !== told;
  if (!changed && (now.open === "" || performance.now() - toldAt < BEAT)) return;
  if (told === "" && now.open === "") return;
  try {
    await send(now);
    if (now.seen) document.getElementById(`row-${now.open}`)?.classList.remove("is-unread");
  } catch {
    told = "";
  }
}

function words(people) {
  const typing = people.filter((one) => one.typing).map((one) => one.name);
  const looking = people.filter((one) => !one.typing).map((one) => one.name);
  const parts = [];
  if (typing.length) parts.push(strings.typing.replace("{names}", typing.join(", ")));
  if (looking.length) parts.push(strings.looking.replace("{names}", looking.join(", ")));
  return parts.join(" · ");
}

function dress(row) {
  const people = board.filter((one) => String(one.conversation) === row.dataset.id);
  const place = row.querySelector(".row-signs");
  if (!place) return;
  const text = people.map((one) => (one.typing ? `${one.initials} …` : one.initials)).join(" ");
  if (place.textContent !== text) place.textContent = text;
  place.title = words(people);
}

export function showSigns(fresh, freshMark) {
  if (fresh) {
    board = fresh;
    mark = freshMark;
  }
  for (const row of document.querySelectorAll(".row")) dress(row);
  const line = document.getElementById("signs");
  const head = document.getElementById("conversation-head");
  if (!line || !head) return;
  const here = board.filter((one) => String(one.conversation) === head.dataset.id);
  const text = words(here);
  if (line.textContent !== text) line.textContent = text;
  line.classList.toggle("is-typing", here.some((one) => one.typing));
}

if (document.getElementById("list-pane")) {
  document.addEventListener("input", (event) => {
    if (event.target.id !== "reply-text") return;
    typedAt = performance.now();
    look();
  });
  document.addEventListener("htmx:afterSettle", () => {
    look();
    showSigns();
  });
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => told !== "" && send({ open: "", typing: "", seen: "" }, true));
  window.addEventListener("pageshow", () => (told = ""));
  setInterval(look, LOOK);
}

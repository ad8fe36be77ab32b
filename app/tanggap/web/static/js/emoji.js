// The emoji picker: found by name in Indonesian and English, everything by key.

import { language, strings } from "./strings.js";

const RECENT = "tanggap-emoji";
const RECENT_MOST = 16;
const COLUMNS = 8;

let known = null;

function panel() {
  return document.getElementById("emoji");
}

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT));
    return Array.isArray(kept) ? kept.filter((sign) => typeof sign === "string").slice(0, RECENT_MOST) : [];
  } catch {
    return [];
  }
}

function remember(sign) {
  try {
    const kept = [sign, ...recent().filter((one) => one !== sign)];
    localStorage.setItem(RECENT, JSON.stringify(kept.slice(0, RECENT_MOST)));
  } catch {
    // A browser that keeps nothing still inserts.
  }
}

function button(one) {
  const name = one[language === "id" ? "id" : "en"][0];
  const made = Object.assign(document.createElement("button"), { type: "button", className: "emoji-sign", textContent: one.sign, title: name, tabIndex: -1 });
  made.setAttribute("aria-label", name);
  made.dataset.sign = one.sign;
  return made;
}

function group(name, signs) {
  const made = document.createElement("section");
  const title = Object.assign(document.createElement("h3"), { textContent: name });
  const grid = Object.assign(document.createElement("div"), { className: "emoji-grid" });
  grid.append(...signs.map(button));
  made.append(title, grid);
  return made;
}

// What is called so comes before what begins so, and that before what only holds it.
function found(words) {
  const wanted = words.toLowerCase();
  const rank = (one) => {
    const names = [...one.id, ...one.en].map((name) => name.toLowerCase());
    if (one.sign === words || [one.id[0], one.en[0]].some((name) => name.toLowerCase().startsWith(wanted))) return 0;
    if (names.some((name) => name.split(" ").some((word) => word.startsWith(wanted)))) return 1;
    return names.some((name) => name.includes(wanted)) ? 2 : 3;
  };
  const ranked = known.flatMap(({ signs }) => signs).map((one) => [rank(one), one]);
  return [0, 1, 2].flatMap((wished) => ranked.filter(([is]) => is === wished).map(([, one]) => one));
}

function show() {
  const list = panel().querySelector(".emoji-list");
  const words = panel().querySelector("input").value.trim();
  if (words) {
    const signs = found(words);
    list.replaceChildren(...(signs.length ? [group(strings.emojiFound, signs)] : [Object.assign(document.createElement("p"), { className: "hint", textContent: strings.emojiNone })]));
  } else {
    const all = new Map(known.flatMap(({ signs }) => signs).map((one) => [one.sign, one]));
    const last = recent().map((sign) => all.get(sign)).filter(Boolean);
    const groups = known.map((one) => group(one[language === "id" ? "id" : "en"], one.signs));
    list.replaceChildren(...(last.length ? [group(strings.emojiRecent, last)] : []), ...groups);
  }
  list.scrollTop = 0;
  const first = list.querySelector("button");
  if (first) first.tabIndex = 0;
}

function place() {
  if (matchMedia("(max-width: 760px)").matches) return;
  const opener = document.getElementById("emoji-open").getBoundingClientRect();
  const shown = panel();
  const width = shown.offsetWidth;
  const left = Math.max(8, Math.min(opener.left, innerWidth - width - 8));
  const above = document.getElementById("reply-text").getBoundingClientRect().top - shown.offsetHeight - 8;
  shown.style.left = `${left}px`;
  shown.style.top = `${Math.max(8, above)}px`;
}

async function open() {
  const shown = panel();
  if (!shown || shown.matches(":popover-open")) return;
  known ??= (await import("./emoji_data.js")).EMOJI;
  shown.showPopover();
  shown.querySelector("input").value = "";
  show();
  place();
  shown.querySelector("input").focus();
}

function close() {
  panel()?.hidePopover();
  panel()?.removeAttribute("style");
  document.getElementById("reply-text")?.focus();
}

function take(sign) {
  const area = document.getElementById("reply-text");
  remember(sign);
  close();
  area.setRangeText(sign, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function move(step) {
  const signs = [...panel().querySelectorAll(".emoji-sign")];
  const from = signs.indexOf(document.activeElement);
  if (from + step < 0) return panel().querySelector("input").focus();
  const to = signs[Math.min(signs.length - 1, from + step)];
  if (!to) return;
  if (from >= 0) signs[from].tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

function keydown(event) {
  const searching = event.target.matches("input");
  if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && searching) {
    event.preventDefault();
    const first = panel().querySelector(".emoji-sign");
    if (first) take(first.dataset.sign);
  } else if (searching && event.key === "ArrowDown") {
    event.preventDefault();
    move(1);
  } else if (!searching && STEPS[event.key]) {
    event.preventDefault();
    move(STEPS[event.key]);
  }
  event.stopPropagation();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#emoji-open")) open();
  const sign = event.target.closest?.(".emoji-sign");
  if (sign) take(sign.dataset.sign);
});
document.addEventListener("input", (event) => {
  if (event.target.closest?.("#emoji")) show();
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("#emoji")) return keydown(event);
  if (event.target.id === "reply-text" && event.key === ";" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    open();
  }
}, { capture: true });
// Its place is forgotten: a style that is carried over into a fresh page breaks the rules for styles.
document.addEventListener("toggle", (event) => {
  if (event.target.id === "emoji" && event.newState === "closed") event.target.removeAttribute("style");
}, { capture: true });

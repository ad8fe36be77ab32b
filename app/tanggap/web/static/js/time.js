// Keeps "5 min" fresh and puts full times into the reader's own time zone.

import { language, strings } from "./strings.js";

const STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

function short(seconds) {
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? [];
  if (!unit) return strings.now;
  const style = { style: "unit", unit, unitDisplay: "narrow" };
  return new Intl.NumberFormat(language, style).format(Math.floor(seconds / size));
}

export function refreshTimes(within = document) {
  for (const element of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    const text = short((Date.now() - moment) / 1000);
    if (element.textContent !== text) element.textContent = text;
    element.title = full.format(moment);
  }
}

refreshTimes();
setInterval(refreshTimes, 30_000);
document.addEventListener("htmx:load", (event) => refreshTimes(event.detail.elt));

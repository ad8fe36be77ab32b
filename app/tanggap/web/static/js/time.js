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
const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

function short(seconds) {
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? [];
  if (!unit) return strings.now;
  const style = { style: "unit", unit, unitDisplay: "narrow" };
  return new Intl.NumberFormat(language, style).format(Math.floor(seconds / size));
}

// Days and hours, hours and minutes, or minutes: as the server writes it.
function length(seconds) {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = days ? [[days, "day"], [hours, "hour"]] : hours ? [[hours, "hour"], [rest, "minute"]] : [[Math.max(rest, 1), "minute"]];
  const write = ([count, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" }).format(count);
  return parts.filter(([count]) => count).map(write).join(" ");
}

function refreshDue(element, moment) {
  const left = (moment - Date.now()) / 1000;
  const text = (left < 0 ? strings.over_time : strings.left).replace("{t}", length(left));
  if (element.textContent !== text) element.textContent = text;
  const sign = element.closest("[data-due-sign]");
  const warns = sign.dataset.warn && Date.now() >= new Date(sign.dataset.warn);
  sign.classList.remove("due-calm", "due-warns", "due-broken");
  sign.classList.add(left < 0 ? "due-broken" : warns ? "due-warns" : "due-calm");
}

export function refreshTimes(within = document) {
  for (const element of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    element.title = full.format(moment);
    if ("due" in element.dataset) {
      refreshDue(element, moment);
      continue;
    }
    const text = "full" in element.dataset ? clock.format(moment) : short((Date.now() - moment) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}

refreshTimes();
setInterval(refreshTimes, 30_000);
document.addEventListener("htmx:load", (event) => refreshTimes(event.detail.elt));

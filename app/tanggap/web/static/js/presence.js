// Pages without a live list ask now and then: it says that somebody is there, and rings the bell.

import { ring } from "./bell.js";

const EVERY = 10_000;

const sign = document.getElementById("presence");

async function beat() {
  if (document.visibilityState !== "visible") return;
  const response = await fetch(sign.dataset.beat, { headers: { Accept: "application/json" } });
  if (response.ok) ring((await response.json()).unread);
}

if (sign && !document.getElementById("list-pane")) {
  setInterval(() => beat().catch(() => {}), EVERY);
  document.addEventListener("visibilitychange", () => beat().catch(() => {}));
}

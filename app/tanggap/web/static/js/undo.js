// The seconds in which an answer can be called off, counted down where the server said how many.

import { strings } from "./strings.js";

const deadlines = new Map();

function left(line) {
  const known = deadlines.get(line.id);
  if (known === undefined) {
    const deadline = performance.now() + Number(line.dataset.left) * 1_000;
    deadlines.set(line.id, deadline);
    return deadline - performance.now();
  }
  return known - performance.now();
}

function close(line) {
  const focused = line.contains(document.activeElement);
  line.remove();
  if (focused) document.getElementById("reply-text")?.focus();
}

function tick() {
  for (const line of document.querySelectorAll(".undo-line")) {
    const rest = left(line);
    if (rest <= 0) close(line);
    else line.querySelector(".undo-count").textContent = strings.secondsLeft.replace("{n}", Math.ceil(rest / 1_000));
  }
}

// Whoever has sent an answer stands on the line that offers to call it off, so that its key works
// there; whoever has called it off goes on writing.
function settle(event) {
  const path = event.detail.requestConfig?.path ?? "";
  const area = document.getElementById("reply-text");
  if (/\/undo(\?|$)/.test(path)) area?.focus();
  else if (/\/reply(\?|$)/.test(path) && area?.value === "") document.querySelector(".undo-line")?.focus();
}

setInterval(tick, 250);
document.addEventListener("htmx:afterSwap", tick);
document.addEventListener("htmx:afterSwap", settle);
tick();

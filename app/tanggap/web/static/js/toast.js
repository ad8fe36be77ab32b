// Short messages at the foot of the page.

import { strings } from "./strings.js";

export function toast(message, kind = "message") {
  const line = document.createElement("p");
  line.className = `toast toast-${kind}`;
  line.dir = "auto";
  line.textContent = message;
  line.addEventListener("animationend", () => line.remove());
  document.getElementById("toasts").append(line);
}

function messageOf(answer) {
  try {
    return JSON.parse(answer).error.message;
  } catch {
    return strings.failed;
  }
}

document.addEventListener("htmx:responseError", (event) => {
  toast(messageOf(event.detail.xhr.responseText), "error");
});
document.addEventListener("htmx:sendError", () => toast(strings.failed, "error"));
document.addEventListener("htmx:timeout", () => toast(strings.failed, "error"));

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

// Where only something was read, it can be read again.
function noAnswer({ requestConfig }) {
  return requestConfig.verb === "get" ? strings.failed : strings.unclear;
}

function messageOf({ detail }) {
  try {
    return JSON.parse(detail.xhr.responseText).error.message;
  } catch {
    return noAnswer(detail);
  }
}

document.addEventListener("htmx:responseError", (event) => toast(messageOf(event), "error"));
document.addEventListener("htmx:sendError", ({ detail }) => toast(noAnswer(detail), "error"));
document.addEventListener("htmx:timeout", ({ detail }) => toast(noAnswer(detail), "error"));

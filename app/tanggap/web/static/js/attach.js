// Pictures for an answer: chosen, dropped or pasted, checked here and again by the server.

import { morph } from "./panes.js";

const KINDS = ["image/jpeg", "image/png", "image/webp"];

let queue = Promise.resolve();

function shelf() {
  return document.getElementById("shelf");
}

function say(words) {
  const line = document.getElementById("shelf-problem");
  if (line) line.textContent = words;
}

function unfit(file) {
  if (shelf().dataset.closed) return shelf().dataset.closed;
  if (!KINDS.includes(file.type)) return shelf().dataset.noPicture;
  return file.size > Number(shelf().dataset.bytes) ? shelf().dataset.tooLarge : "";
}

async function upload(file) {
  const form = document.getElementById("composer");
  const target = shelf();
  if (!form || !target) return;
  const body = new FormData();
  const typed = new FormData(form);
  for (const name of ["csrf_token", "visibility"]) body.set(name, typed.get(name) ?? "");
  body.set("file", file);
  say(target.dataset.uploading);
  try {
    const response = await fetch(target.dataset.address, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (response.status === 413) return say(target.dataset.tooLarge);
    if (!response.ok && response.status !== 422) return say(target.dataset.failed);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (shelf() === target) morph(target, page.getElementById("shelf"));
  } catch {
    say(target.dataset.failed);
  }
}

function take(files) {
  for (const file of files) {
    const why = unfit(file);
    if (why) say(why);
    else queue = queue.then(() => upload(file));
  }
}

const inComposer = (event) => event.target.closest?.("#composer") && shelf();
const files = (transfer) => [...(transfer?.files ?? [])];

document.addEventListener("change", (event) => {
  if (event.target.id !== "attach") return;
  take(files(event.target));
  event.target.value = "";
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#attach.is-off")) say(shelf().dataset.closed);
});
document.addEventListener("paste", (event) => {
  if (!inComposer(event)) return;
  const pasted = files(event.clipboardData);
  if (pasted.length === 0) return;
  event.preventDefault();
  take(pasted);
});
document.addEventListener("dragover", (event) => {
  if (!inComposer(event) || ![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  document.getElementById("composer").classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget?.closest?.("#composer")) document.getElementById("composer")?.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  if (!inComposer(event) || files(event.dataTransfer).length === 0) return;
  event.preventDefault();
  document.getElementById("composer").classList.remove("is-over");
  take(files(event.dataTransfer));
});
// Enter in a description must not send the answer.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("#shelf input")) return;
  event.preventDefault();
  document.getElementById("reply-text").focus();
});

// What is being uploaded goes along with the answer that is sent meanwhile.
export function uploads() {
  return queue;
}

// Whoever has taken a picture out goes on writing.
document.addEventListener("htmx:afterSwap", (event) => {
  if (/\/attachments\/\d+\/remove(\?|$)/.test(event.detail.requestConfig?.path ?? "")) document.getElementById("reply-text")?.focus();
});

// Pictures for an answer: chosen, dropped or pasted, checked here and again by the server.

import { morph } from "./panes.js";
import { toast } from "./toast.js";

const KINDS = ["image/jpeg", "image/png", "image/webp"];

let queue = Promise.resolve();

function shelf() {
  return document.getElementById("shelf");
}

function say(words, place = shelf()) {
  const line = place?.querySelector("#shelf-problem");
  if (line) line.textContent = words;
}

function unfit(file) {
  if (shelf().dataset.closed) return shelf().dataset.closed;
  if (!KINDS.includes(file.type)) return shelf().dataset.noPicture;
  return file.size > Number(shelf().dataset.bytes) ? shelf().dataset.tooLarge : "";
}

// The shelf of the same case where it is shown, and otherwise the one that was left with its form.
function shelfOf(form) {
  const own = form.querySelector("#shelf");
  return shelf()?.dataset.address === own.dataset.address ? shelf() : own;
}

function fail(form, words) {
  const place = shelfOf(form);
  say(words, place);
  if (!place.isConnected) toast(words, "error");
}

// A picture goes to the case that it was laid into, whichever is open when its turn comes.
async function upload(file, form) {
  const { address, uploading, tooLarge, failed } = shelfOf(form).dataset;
  const body = new FormData();
  const typed = new FormData(form);
  for (const name of ["csrf_token", "visibility"]) body.set(name, typed.get(name) ?? "");
  body.set("file", file);
  say(uploading, shelfOf(form));
  try {
    const response = await fetch(address, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (response.status === 413) return fail(form, tooLarge);
    if (!response.ok && response.status !== 422) return fail(form, failed);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    morph(shelfOf(form), page.getElementById("shelf"));
  } catch {
    fail(form, failed);
  }
}

function take(files) {
  const form = document.getElementById("composer");
  for (const file of files) {
    const why = unfit(file);
    if (why) say(why);
    else queue = queue.then(() => upload(file, form));
  }
}

const inComposer = (event) => event.target.closest?.("#composer") && shelf();
const files = (transfer) => [...(transfer?.files ?? [])];
// Word processors and spreadsheets lay a picture of copied words beside them.
const areWords = (clipboard) => ["text/plain", "text/html"].every((kind) => clipboard.types.includes(kind));

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
  if (pasted.length === 0 || areWords(event.clipboardData)) return;
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

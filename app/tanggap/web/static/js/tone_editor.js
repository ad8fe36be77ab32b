// The tone editor: the sample is held against the fields while one types in either.

import { showFindings } from "./tone.js";

const CHECK_AFTER = 250;

let waiting = null;
let asked = 0;

async function check(form) {
  const number = ++asked;
  const area = form.elements.text;
  const checked = area.value;
  const response = await fetch(form.dataset.check, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
  });
  if (!response.ok || number !== asked) return;
  const { findings, length, limit, clean } = await response.json();
  showFindings(findings, area, checked);
  document.getElementById("sample-clean").textContent = findings.length ? "" : clean;
  const count = document.getElementById("sample-count");
  count.textContent = limit ? `${length} / ${limit}` : length;
  count.classList.toggle("over", limit > 0 && length > limit);
}

function soon(event) {
  const form = event.target.closest?.("#tone-editor");
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => check(form).catch(() => {}), CHECK_AFTER);
}

document.addEventListener("input", soon);
document.addEventListener("submit", (event) => {
  if (!event.submitter?.matches("#tone-editor [formaction]")) return;
  event.preventDefault();
  check(event.target).catch(() => {});
});

const editor = document.getElementById("tone-editor");
if (editor) check(editor).catch(() => {});

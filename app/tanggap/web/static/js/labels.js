// A correction waits for the answer to the one before. Where its case is left meanwhile it is sent
// from here, for the page holds its form no more.

import { strings } from "./strings.js";
import { toast } from "./toast.js";

function send(address, body) {
  const fail = () => toast(strings.unclear, "error");
  fetch(address, { method: "POST", body, headers: { "HX-Request": "true" } }).then(({ ok }) => ok || fail(), fail);
}

document.addEventListener("htmx:beforeRequest", ({ target: form, detail }) => {
  if (!form.matches(".labels")) return;
  let next = null;
  const note = ({ submitter }) => (next = new FormData(form, submitter));
  form.addEventListener("submit", note);
  detail.xhr.addEventListener("loadend", () => {
    form.removeEventListener("submit", note);
    if (next && !form.isConnected) send(form.action, next);
  });
});

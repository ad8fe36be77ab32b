// Forms of a case that was left before they were sent.

import { openId } from "./panes.js";
import { strings } from "./strings.js";
import { toast } from "./toast.js";

// Send what the page holds no more; 0 stands for no answer.
export function sendLeft(form) {
  const request = { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } };
  return fetch(form.action, request).then((response) => response.status, () => 0);
}

// Whoever looks at another case does not see what was answered.
export function tellLeft(id) {
  if (openId() !== Number(id)) toast(strings.notTaken.replace("{n}", id), "error");
}

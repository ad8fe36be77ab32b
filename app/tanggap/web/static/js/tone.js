// What the tone linter found in the draft, and answers that suit the case.

import { strings } from "./strings.js";

function replaceText(area, start, end, text) {
  area.setRangeText(text, start, end, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// The server counts characters, the browser UTF-16 units: an emoji is one there and two here.
function unit(text, place) {
  return [...text].slice(0, place).join("").length;
}

function row(finding, area, checked) {
  const item = document.createElement("li");
  item.className = `finding ${finding.severity}`;
  const words = Object.assign(document.createElement("span"), { textContent: finding.message });
  item.append(words);
  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: label });
    made.addEventListener("click", act);
    item.append(" ", made);
  };
  if (finding.end > finding.start) {
    button(strings.show, () => {
      area.focus();
      area.setSelectionRange(unit(checked, finding.start), unit(checked, finding.end));
    });
  }
  if (finding.fix) {
    button(finding.fix.text ? strings.replaceWith.replace("{text}", finding.fix.text) : strings.remove, () => {
      if (area.value !== checked) return;
      replaceText(area, unit(checked, finding.fix.start), unit(checked, finding.fix.end), finding.fix.text);
    });
  }
  return item;
}

export function showFindings(findings, area, checked) {
  const list = document.getElementById("findings");
  list.hidden = findings.length === 0;
  list.replaceChildren(...findings.map((finding) => row(finding, area, checked)));
}

document.addEventListener("click", (event) => {
  const answer = event.target.closest?.("[data-answer]");
  const area = document.getElementById("reply-text");
  if (!answer || !area) return;
  replaceText(area, 0, area.value.length, answer.dataset.answer);
  document.getElementById("suggested").open = false;
  const gap = area.value.match(/\{[a-z_]+\}/);
  if (gap) area.setSelectionRange(gap.index, gap.index + gap[0].length);
});

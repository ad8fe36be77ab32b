// On narrow screens the open case folds its head and its composer. What a person unfolded stays so,
// whether the answer to their own act or the live refresh is the first to draw the head again.

const FOLDS = ["head-more", "composer-more", "case-forms", "handover-more"];
let unfolded = [];

// Open the fold that hides what has this key; false where no fold hides it.
export function unfold(key) {
  for (const element of document.querySelectorAll(`#conversation [data-key="${CSS.escape(key)}"]`)) {
    const fold = document.getElementById(element.closest("#conversation-head") ? "head-more" : "composer-more");
    if (!fold || fold.open || fold.getClientRects().length === 0) continue;
    fold.open = true;
    return true;
  }
  return false;
}

// Buttons move when this opens: it stays open when the focus leaves, or a click would miss.
document.addEventListener("focusin", (event) => {
  if (event.target.id === "reply-text") document.getElementById("composer-more")?.setAttribute("open", "");
});
// There is room for one of the two: what was typed stands in the folded composer as well.
document.addEventListener("toggle", (event) => {
  const composer = document.getElementById("composer-more");
  const narrow = composer?.getClientRects().length > 0;
  if (event.target.id === "head-more" && event.target.open && narrow) composer.open = false;
}, { capture: true });
document.addEventListener("htmx:beforeSwap", () => {
  unfolded = FOLDS.filter((id) => document.getElementById(id)?.open);
});
document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target?.id;
  if (target !== "conversation-head" && target !== "composer") return;
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  // What was sent needs no tools any more.
  const text = document.getElementById("reply-text");
  if (target === "composer" && text.value === "" && document.activeElement !== text) {
    document.getElementById("composer-more").open = false;
  }
});

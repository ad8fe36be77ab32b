// Pages without a live list say now and then that somebody is there; the list says so by itself.

const EVERY = 60_000;

const sign = document.getElementById("presence");

if (sign && !document.getElementById("list-pane")) {
  setInterval(() => {
    if (document.visibilityState === "visible") fetch(sign.dataset.beat).catch(() => {});
  }, EVERY);
}

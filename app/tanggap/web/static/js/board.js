// The board of who is there stays fresh by itself while somebody looks at it.

import { fetchPage, morph } from "./panes.js";

const EVERY = 15_000;

const board = document.getElementById("board");

async function refresh() {
  if (document.visibilityState !== "visible") return;
  const page = await fetchPage(location.pathname, "board");
  morph(board, page.getElementById("board"));
}

// What fails now is asked for again in a moment.
if (board) setInterval(() => refresh().catch(() => {}), EVERY);

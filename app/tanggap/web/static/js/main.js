// Everything that runs in the browser; pages work as plain forms without it.

import "./toast.js";
import "./time.js";
import "./shell.js";

if (document.getElementById("list-pane")) {
  await import("./live.js");
  await import("./composer.js");
  await import("./keyboard.js");
}

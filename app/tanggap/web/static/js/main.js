// Everything that runs in the browser; pages work as plain forms without it.

import "./toast.js";
import "./time.js";
import "./shell.js";
import "./live.js";
import "./composer.js";
import "./attach.js";
import "./emoji.js";
import "./narrow.js";
import "./undo.js";
import "./notes.js";
import "./signs.js";
import "./bulk.js";
import "./tone_editor.js";
import "./labels.js";
import "./keyboard.js";
import "./presence.js";
import "./copy.js";
import "./board.js";

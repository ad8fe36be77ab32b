"""The marker a plugin puts on its hook functions."""

from __future__ import annotations

from pluggy import HookimplMarker

hookimpl = HookimplMarker("tanggap")

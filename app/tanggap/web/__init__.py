"""The browser's side: pages, forms, fragments, and the addresses that platforms call."""

from __future__ import annotations

from typing import Final

HOOKS: Final = "/hooks/"
"""Where the addresses begin that platforms call."""

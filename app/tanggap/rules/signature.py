"""The agent's initials at the end of a public reply."""

from __future__ import annotations

import re


def with_initials(text: str, initials: str) -> str:
    """Append the sign-off ` ^AB` to a reply, unless it stands in the text already.

    White space at the end of the text is dropped. Without initials the text is left alone.
    """
    if not initials:
        return text
    mark = f"^{initials}"
    if re.search(rf"(?<!\S){re.escape(mark)}(?!\w)", text, re.IGNORECASE):
        return text
    return f"{text.rstrip()} {mark}".lstrip()


def without_initials(text: str, initials: str) -> str:
    """Take the sign-off off that `with_initials` appended; one inside the text stays."""
    return text.removesuffix(f" ^{initials}") if initials else text

"""How customers are asked to go on in private, and how they are known again when they do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tanggap.sdk.types import Text, Visibility

REFERENCE: Final = re.compile(r"(?<![0-9A-Za-z-])tg-[a-z2-7]{16}(?![0-9A-Za-z-])")
"""A reference of ours, wherever it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """How a customer who wrote in public is asked to go on in private.

    Of `visibility` "private" the asking itself is a private message; of "public" it is an answer
    that carries the `link`, a web address or other text that says where to write. `hint` tells the
    person who sends it what to know. `reference_link` is the same link with `{reference}` where the
    platform takes a word of ours that it hands back (`IncomingPost.reference`).
    """

    visibility: Visibility
    link: str = ""
    hint: Text = ""
    reference_link: str = ""

    def link_with(self, reference: str) -> str:
        """Write the link so that it brings this reference along, where the platform can."""
        return self.reference_link.replace("{reference}", reference) or self.link

    @property
    def takes_reference(self) -> bool:
        """Whether the link can bring a reference along."""
        return "{reference}" in self.reference_link


def reference_in(text: str) -> str | None:
    """Find the reference in what the platform handed back; None where there is none."""
    found = REFERENCE.search(text)
    return found[0] if found else None

"""How customers are asked to go on in private."""

from __future__ import annotations

from dataclasses import dataclass

from tanggap.sdk.types import Text, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """How a customer who wrote in public is asked to go on in private.

    Of `visibility` "private" the asking itself is a private message; of "public" it is an answer
    that carries the `link`, a web address or other text that says where to write. `hint` tells the
    person who sends it what to know.
    """

    visibility: Visibility
    link: str = ""
    hint: Text = ""

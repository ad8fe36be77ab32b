"""A draft as the linter sees it: what was typed, and to whom it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tanggap.sdk.types import Visibility

Step = Literal[
    "acknowledge",
    "ask_privately",
    "move_private",
    "update",
    "resolve",
    "public_closing",
    "thank",
    "follow_up",
    "write_private",
    "ask_rating",
    "ask_permission",
    "call_off",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is checked.

    `text` is as typed, without the sign-off that is added on sending; `length` is what the
    platform counts for it, sign-off included, and `limit` the most it takes (0: not known).
    `label` and `customer_language` are those of the post answered, `first_answer` says that the
    customer has had none yet, `initials` are the agent's.
    """

    text: str
    language: str
    visibility: Visibility = "public"
    label: str = ""
    customer_language: str = ""
    first_answer: bool = False
    initials: str = ""
    length: int = 0
    limit: int = 0
    forbidden: tuple[str, ...] = field(default=())

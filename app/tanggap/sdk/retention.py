"""How long a platform lets us keep what came from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a platform lets us keep what came from it; None is without end.

    `posts` bounds texts and attachments, `authors` names, handles and pictures. The case, its
    labels and its figures stay. `deleted` is how long the text of what its author deleted may
    stay. `source` is the address of the rule.
    """

    posts: timedelta | None = None
    authors: timedelta | None = None
    deleted: timedelta | None = None
    source: str = ""

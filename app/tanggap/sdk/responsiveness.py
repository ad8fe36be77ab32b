"""What a platform rewards for answering soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tanggap.sdk.types import Text, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsiveness:
    """What a platform rewards with a `badge`: answering most first messages soon.

    `share` of those that came in a `window`, from 0 to 1, want a first answer `within` so long;
    `to` are the visibilities that count.
    """

    badge: Text
    share: float
    within: timedelta
    window: timedelta = timedelta(days=7)
    to: Sequence[Visibility] = ("public", "private")

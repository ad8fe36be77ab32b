"""What happens in a case as far as clocks care, in the order in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

CUSTOMER: Final = "customer"
WITHDRAWN: Final = "withdrawn"
OURS: Final = "ours"
CALLED: Final = "called"
PROMISED: Final = "promised"
EXCUSED: Final = "excused"
WAITING: Final = "waiting"
OPENED: Final = "opened"
RESOLVED: Final = "resolved"
NOT_OURS: Final = "not_ours"
PAUSED: Final = "paused"
RESUMED: Final = "resumed"
TARGET: Final = "target"
ACKNOWLEDGED: Final = "acknowledged"
RATED: Final = "rated"

# At one moment a post comes before what was done about it.
_ORDER: Final = (
    *(CUSTOMER, WITHDRAWN, ACKNOWLEDGED, OURS, CALLED, NOT_OURS, RESOLVED, OPENED, WAITING),
    *(PROMISED, EXCUSED, TARGET, PAUSED, RESUMED, RATED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing that happened.

    `post` is the post it is about. A promise has `until`; a pause, its end and a target name one
    `clock` or, with None, all of them; a target has `within` and perhaps `around_the_clock`.
    """

    at: datetime
    what: str
    post: int = 0
    clock: str | None = None
    until: datetime | None = None
    within: timedelta | None = None
    around_the_clock: bool = False

    @property
    def place(self) -> tuple[datetime, int, int, str]:
        """Say where it stands among the others."""
        return (self.at, _ORDER.index(self.what), self.post, self.clock or "")

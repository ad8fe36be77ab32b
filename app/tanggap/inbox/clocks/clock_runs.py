"""Remember that running clocks are to be told again, and how far that has come."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRun
from tanggap.store.sole import sole_row

TARGETS: Final = "targets"
UNLABELLED: Final = "unlabelled"
"""Remembers the last post whose case was told on before its post was labelled."""


def want(session: Session) -> None:
    """Have all running clocks told again from the first, because a calendar or target changed."""
    now = utcnow()
    run = sole_row(session, ClockRun, {"name": TARGETS}, {"after_id": 0, "wanted_at": now})
    run.after_id, run.wanted_at = 0, now
    session.flush()

"""Remember that running clocks are to be told again, and how far that has come."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRun

TARGETS: Final = "targets"
UNLABELLED: Final = "unlabelled"
"""Remembers the last post whose case was told on before its post was labelled."""


def want(session: Session) -> None:
    """Have all running clocks told again from the first, because a calendar or target changed."""
    run = session.get(ClockRun, TARGETS, with_for_update=True)
    if run is None:
        session.add(ClockRun(name=TARGETS, after_id=0, wanted_at=utcnow()))
    else:
        run.after_id, run.wanted_at = 0, utcnow()
    session.flush()

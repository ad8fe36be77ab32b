"""Whether people are there: open browsers give signs of life, people may say that they are away."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Final

from sqlalchemy.orm import Session

from tanggap.store.base import utcnow
from tanggap.store.sql import upsert
from tanggap.store.staff import Presence

BEAT_SECONDS: Final = 30.0
OFFLINE_AFTER: Final = timedelta(minutes=2)
"""Longer than browsers let the timers of a hidden tab sleep, which is a minute."""


class State(StrEnum):
    """What colleagues see of a person."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class Beats:
    """Lets one sign of life in `BEAT_SECONDS` through, person by person, of one process."""

    def __init__(self) -> None:
        self._written: dict[int, float] = {}
        self._lock = Lock()

    def due(self, user_id: int) -> bool:
        """Tell whether this sign should be written, and take it as written."""
        now = time.monotonic()
        with self._lock:
            if now - self._written.get(user_id, -BEAT_SECONDS) < BEAT_SECONDS:
                return False
            self._written[user_id] = now
        return True

    def forget(self, user_id: int) -> None:
        """Let the next sign through."""
        self._written.pop(user_id, None)


def beat(session: Session, user_id: int) -> bool:
    """Write a sign of life; tells whether the person was offline before."""
    now = utcnow()
    before = session.get(Presence, user_id)
    statement = upsert(session, Presence).values(user_id=user_id, seen_at=now)
    session.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_={"seen_at": now})
    )
    return state_of(before, now) is State.OFFLINE


def set_away(session: Session, user_id: int, *, away: bool) -> None:
    """Say that a person is away, or back."""
    now = utcnow()
    presence = session.get(Presence, user_id) or Presence(user_id=user_id)
    presence.seen_at = now
    presence.away_since = (presence.away_since or now) if away else None
    session.add(presence)


def leave(session: Session, user_id: int) -> None:
    """Take a person who signed out as gone at once."""
    presence = session.get(Presence, user_id)
    if presence is not None and presence.seen_at is not None:
        presence.seen_at = min(presence.seen_at, utcnow() - OFFLINE_AFTER)


def state_of(presence: Presence | None, now: datetime) -> State:
    """Tell what colleagues see."""
    if presence is None or presence.seen_at is None or now - presence.seen_at >= OFFLINE_AFTER:
        return State.OFFLINE
    return State.ONLINE if presence.away_since is None else State.AWAY


def absent_since(presence: Presence | None, now: datetime, never: datetime) -> datetime | None:
    """Tell since when a person is not there; None if they are, `never` if they never were."""
    if presence is None or presence.seen_at is None:
        return never
    gone = presence.seen_at if now - presence.seen_at >= OFFLINE_AFTER else None
    if presence.away_since is None:
        return gone
    return min(presence.away_since, gone) if gone else presence.away_since

"""How far a poll is: the state of one round, and the cursor it is kept in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

FIRST_LOOK = timedelta(days=7)
FEED_DEPTH = timedelta(days=60)
OVERLAP = timedelta(minutes=10)
REREAD = timedelta(days=1)
STAGES = ("feed", "conversations", "ratings")


@dataclass(frozen=True, slots=True)
class Edge:
    """The comments of a post or the messages of a conversation, still to be walked."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Round:
    """How far a round is. `since` is where the one before ended, `newest` what this one saw.

    The next round starts at `newest`, never later than `started`: what was written while this
    one ran may have been missed. `more` asks for the next page of the first in `queue`,
    `stage_more` for the next page of the stage itself.
    """

    since: datetime
    started: datetime
    newest: datetime | None = None
    stage: str = STAGES[0]
    stage_more: Mapping[str, str] | None = None
    queue: tuple[Edge, ...] = ()
    more: Mapping[str, str] | None = None

    @property
    def floor(self) -> datetime:
        """The time from which on things count as new."""
        return self.since - OVERLAP

    @property
    def bottom(self) -> datetime:
        """The time down to which comments are read, the known ones for their edits."""
        return min(self.floor, self.started - REREAD)

    @property
    def known(self) -> datetime:
        """The time from which on everything was read once, at the latest by the first look."""
        return self.started - FIRST_LOOK

    def saw(self, when: datetime) -> Round:
        """Note a time the platform gave."""
        return replace(self, newest=max(when, self.newest or when))

    def onward(self) -> Round | None:
        """Go to the next stage once this one has nothing left; None after the last."""
        if self.queue or self.stage_more:
            return self
        place = STAGES.index(self.stage) + 1
        return None if place == len(STAGES) else replace(self, stage=STAGES[place])


def dump(state: Round) -> str:
    """Write down a round that is under way."""
    value = {
        "since": state.since.isoformat(),
        "started": state.started.isoformat(),
        "newest": None if state.newest is None else state.newest.isoformat(),
        "stage": state.stage,
        "stage_more": state.stage_more,
        "queue": [[edge.owner, edge.name] for edge in state.queue],
        "more": state.more,
    }
    return json.dumps(value, separators=(",", ":"))


def dump_end(state: Round) -> str:
    """Write down where the round after this one begins."""
    since = min(max(state.newest or state.since, state.since), state.started)
    return json.dumps({"since": since.isoformat()})


def load(cursor: str | None, now: datetime) -> Round:
    """Go on with a round, or begin one; a cursor that cannot be read begins a first look."""
    if cursor is not None:
        try:
            return _resumed(json.loads(cursor), now)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
    return Round(since=now - FIRST_LOOK, started=now)


def _resumed(value: dict[str, Any], now: datetime) -> Round:
    since = datetime.fromisoformat(value["since"])
    if "stage" not in value:
        return Round(since=since, started=now)
    if value["stage"] not in STAGES:
        raise ValueError(value["stage"])
    newest = value["newest"]
    return Round(
        since=since,
        started=datetime.fromisoformat(value["started"]),
        newest=None if newest is None else datetime.fromisoformat(newest),
        stage=value["stage"],
        stage_more=value["stage_more"],
        queue=tuple(Edge(owner, name) for owner, name in value["queue"]),
        more=value["more"],
    )

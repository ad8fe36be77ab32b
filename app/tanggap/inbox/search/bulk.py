"""The same done to many conversations, each for itself, with word of those where it failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.search.search import Filter, choose
from tanggap.inbox.services import Services
from tanggap.store import audit

MOST: Final = 500
"""Conversations changed in one go; a longer view takes several, which people can oversee."""

_CHUNK: Final = 25

Chosen = tuple[int, int]
"""A conversation and the revision at which a person looked at it."""

Act = Callable[[Session, int, int], None]
"""What is done to one conversation, given its id and revision."""


@dataclass(slots=True)
class Outcome:
    """Which conversations were changed, and why others were not."""

    done: list[int] = field(default_factory=list)
    failed: dict[int, TanggapError] = field(default_factory=dict)


def choose_view(session: Session, wanted: Filter) -> tuple[list[Chosen], bool]:
    """Choose all that a list shows, up to the most; tells whether there is more."""
    found = choose(session, wanted, MOST + 1)
    return found[:MOST], len(found) > MOST


def act_on(
    services: Services, user_id: int, chosen: Sequence[Chosen], act: Act, *, name: str
) -> Outcome:
    """Do it to each; a conversation that a colleague changed meanwhile is left alone and named."""
    outcome = Outcome()
    for start in range(0, min(len(chosen), MOST), _CHUNK):
        chunk = chosen[start : min(start + _CHUNK, MOST)]
        with services.database.write() as session:
            for conversation_id, revision in chunk:
                try:
                    with session.begin_nested():
                        act(session, conversation_id, revision)
                except (ConflictError, NotFoundError) as error:
                    outcome.failed[conversation_id] = error
                else:
                    outcome.done.append(conversation_id)
    with services.database.write() as session:
        detail = {"done": outcome.done, "failed": sorted(outcome.failed)}
        audit.record(session, "bulk", "conversations", name, user_id=user_id, detail=detail)
    return outcome

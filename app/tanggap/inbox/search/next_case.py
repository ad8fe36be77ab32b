"""The next case to work on, past those that colleagues are at."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.search import Filter, list_conversations, place_of
from tanggap.inbox.teamwork.presence_signs import occupied
from tanggap.store.conversations import Conversation

PAGES: Final = 5
"""How far one looks; a queue in which colleagues have the first two hundred is well served."""


def next_case(
    session: Session, wanted: Filter, user_id: int, after_id: int | None = None
) -> int | None:
    """Name the next case of a list that is nobody else's and that no colleague looks at.

    The search goes on after a case, then begins again on top; None means that nothing is left.
    """
    current = session.get(Conversation, after_id) if after_id is not None else None
    busy = occupied(session, user_id)
    if after_id is not None:
        busy.add(after_id)
    starts = [place_of(current, wanted), None] if current is not None else [None]
    for start in starts:
        found = _first_free(session, wanted, user_id, busy, start)
        if found is not None:
            return found
    return None


def _first_free(
    session: Session, wanted: Filter, user_id: int, busy: set[int], after: Cursor | None
) -> int | None:
    for _ in range(PAGES):
        page = list_conversations(session, wanted, after=after)
        for row in page.rows:
            if row.assignee_id in (None, user_id) and row.id not in busy:
                return row.id
        if page.after is None:
            return None
        after = page.after
    return None

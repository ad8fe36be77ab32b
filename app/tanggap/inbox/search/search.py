"""List conversations: filters, full-text search, keyset pages and counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session, joinedload

from tanggap.inbox.search.highlights import Highlight, highlights
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.matching import is_capped, matching_cases, search_words
from tanggap.inbox.teamwork.presence_signs import is_unread
from tanggap.store.conversations import OPEN, PRIORITIES, Conversation
from tanggap.store.sql import holds

PAGE_SIZE: Final = 40
SOON: Final = timedelta(hours=1)
"""What is due within this is counted as due."""

URGENT: Final = PRIORITIES.index("urgent")
ANY: Final = "any"
UNASSIGNED: Final = "unassigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows; None means whatever value.

    `assignee` is a person's id or "unassigned"; `state` is one of the states or "any". `due_by`
    shows cases with a clock that is due by then, what is due first on top. `handover` shows those
    that are so far on their way to private and back. `team_ids` shows the
    cases of any of these teams, `unread_for` those that hold a post this person has not seen.
    """

    state: str = OPEN
    label: str | None = None
    channel: str | None = None
    language: str | None = None
    team_id: int | None = None
    assignee: int | str | None = None
    words: str = ""
    due_by: datetime | None = None
    priority: int | None = None
    tag: str | None = None
    team_ids: Sequence[int] | None = None
    unread_for: int | None = None
    handover: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `after` leads to the next, None on the last.

    `found` tells by conversation where the words that were searched for stand. Those of a `capped`
    search stand in more posts than were looked at.
    """

    rows: Sequence[Conversation]
    after: Cursor | None
    found: Mapping[int, Highlight] = field(default_factory=dict)
    capped: bool = False


def list_conversations(
    session: Session, wanted: Filter, *, after: Cursor | None = None, size: int = PAGE_SIZE
) -> Page:
    """List the conversations that fit the filter, in one query, a few more when searching."""
    query = page_query(session, wanted, after, size)
    rows = list(session.scalars(query))
    last = rows[size - 1] if len(rows) > size else None
    page = page_of(session, wanted, rows[:size], place_of(last, wanted) if last else None)
    return replace(page, capped=is_capped(session, search_words(wanted.words)))


def page_of(
    session: Session, wanted: Filter, rows: Sequence[Conversation], after: Cursor | None = None
) -> Page:
    """Make a page of these rows, with what was searched for in them."""
    words = search_words(wanted.words)
    return Page(rows, after, highlights(session, [row.id for row in rows], words))


def split_by_filter(
    session: Session, wanted: Filter, ids: Sequence[int]
) -> tuple[Sequence[Conversation], Sequence[Conversation]]:
    """Load these conversations, newest first: those that fit the filter, and the others."""
    if not ids:
        return (), ()
    here = Conversation.id.in_(ids)
    query = _with_row_parts(select(Conversation)).where(here).order_by(*_NEWEST_FIRST)
    fit = set(session.scalars(select(Conversation.id).where(here, *conditions_of(session, wanted))))
    found = list(session.scalars(query))
    return [row for row in found if row.id in fit], [row for row in found if row.id not in fit]


def still_seen(session: Session, ids: Sequence[int]) -> set[int]:
    """Keep of some conversations those that this session sees."""
    return set(session.scalars(select(Conversation.id).where(Conversation.id.in_(ids))))


def page_query(
    session: Session, wanted: Filter, after: Cursor | None, size: int
) -> Select[Conversation]:
    """Build the query of a page; it asks for one row more than it shows."""
    query = _with_row_parts(select(Conversation)).where(*conditions_of(session, wanted))
    if wanted.due_by is not None:
        if after is not None:
            query = query.where(after.later(Conversation.next_due_at, Conversation.id))
        return query.order_by(*_DUE_FIRST).limit(size + 1)
    if after is not None:
        query = query.where(after.older(Conversation.last_post_at, Conversation.id))
    return query.order_by(*_NEWEST_FIRST).limit(size + 1)


def choose(session: Session, wanted: Filter, most: int) -> list[tuple[int, int]]:
    """Give the ids and revisions of what a list shows first, in its order."""
    order = _DUE_FIRST if wanted.due_by is not None else _NEWEST_FIRST
    query = select(Conversation.id, Conversation.revision).where(*conditions_of(session, wanted))
    return [(row.id, row.revision) for row in session.execute(query.order_by(*order).limit(most))]


_NEWEST_FIRST = (Conversation.last_post_at.desc(), Conversation.id.desc())
_DUE_FIRST = (Conversation.next_due_at, Conversation.id)


def place_of(row: Conversation, wanted: Filter) -> Cursor:
    """Give the place of a conversation in a list."""
    due = row.next_due_at if wanted.due_by is not None else None
    return Cursor(due or row.last_post_at, row.id)


def _with_row_parts(query: Select[Conversation]) -> Select[Conversation]:
    return query.options(
        joinedload(Conversation.author, innerjoin=True),
        joinedload(Conversation.account, innerjoin=True),
        joinedload(Conversation.assignee),
        joinedload(Conversation.team),
    )


def conditions_of(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    """Build the conditions of a filter."""
    conditions = [
        attribute == value
        for attribute, value in (
            (Conversation.state, None if wanted.state == ANY else wanted.state),
            (Conversation.label, wanted.label),
            (Conversation.channel, wanted.channel),
            (Conversation.language, wanted.language),
            (Conversation.team_id, wanted.team_id),
            (Conversation.priority, wanted.priority),
        )
        if value is not None
    ]
    if wanted.due_by is not None:
        conditions.append(Conversation.next_due_at <= wanted.due_by)
    if wanted.assignee == UNASSIGNED:
        conditions.append(Conversation.assignee_id.is_(None))
    elif wanted.assignee is not None:
        conditions.append(Conversation.assignee_id == wanted.assignee)
    if wanted.words.strip():
        conditions.append(matching_cases(session, search_words(wanted.words)))
    return conditions + _narrower(session, wanted)


def _tagged(session: Session, tag: str) -> Select[Any]:
    """Select the conversations with a tag; the literal condition is that of their index."""
    tagged = Conversation.__table__.alias("tagged")
    has_any = text("tagged.tags <> '[]'")
    return select(tagged.c.id).where(has_any, holds(session, tagged.c.tags, tag))


def _narrower(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.team_ids is not None:
        conditions.append(Conversation.team_id.in_(wanted.team_ids))
    if wanted.unread_for is not None:
        conditions.append(is_unread(wanted.unread_for))
    if wanted.handover is not None:
        conditions.append(is_handed_over(wanted.handover))
    if wanted.tag is not None:
        conditions.append(Conversation.id.in_(_tagged(session, wanted.tag)))
    return conditions


def is_handed_over(state: str) -> ColumnElement[bool]:
    """Compare with the state as it is written out, or SQLite would not use the partial index."""
    return Conversation.handover == literal(state, literal_execute=True)

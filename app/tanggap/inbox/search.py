"""List conversations: filters, full-text search, keyset pages and counters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, joinedload

from tanggap.store.base import UtcDateTime
from tanggap.store.conversations import OPEN, STATES, Conversation
from tanggap.store.posts import Post

PAGE_SIZE: Final = 40
COUNT_CAP: Final = 10_000
"""Counters stop here, so that counting stays cheap however long a history is."""

SEARCH_CAP: Final = 20_000
"""A search looks at this many matching posts, the newest, before other filters apply."""

ANY: Final = "any"
UNASSIGNED: Final = "unassigned"
_WORDS_MOST: Final = 12
_WORD = re.compile(r"[^\W_]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows; None means whatever value.

    `assignee` is a person's id or "unassigned"; `state` is one of the states or "any".
    """

    state: str = OPEN
    label: str | None = None
    channel: str | None = None
    language: str | None = None
    team_id: int | None = None
    assignee: int | str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page; the next page starts after it."""

    last_post_at: datetime
    conversation_id: int

    def __str__(self) -> str:
        """Write the cursor as it stands in addresses."""
        since = self.last_post_at - _EPOCH
        return f"{since // timedelta(microseconds=1)}.{self.conversation_id}"

    @classmethod
    def read(cls, written: str) -> Cursor | None:
        """Read a cursor; anything else than a cursor means the first page."""
        match = re.fullmatch(r"(\d{1,17})\.(\d{1,18})", written, re.ASCII)
        if match is None:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `after` leads to the next, None on the last."""

    rows: Sequence[Conversation]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations are in which view; each at most `COUNT_CAP`."""

    states: Mapping[str, int]
    mine: int
    unassigned: int
    teams: Mapping[int, int]


def list_conversations(
    session: Session, wanted: Filter, *, after: Cursor | None = None, size: int = PAGE_SIZE
) -> Page:
    """List the newest conversations that fit the filter, in one query."""
    query = page_query(session, wanted, after, size)
    rows = list(session.scalars(query))
    if len(rows) <= size:
        return Page(rows, None)
    rows = rows[:size]
    return Page(rows, Cursor(rows[-1].last_post_at, rows[-1].id))


def split_by_filter(
    session: Session, wanted: Filter, ids: Sequence[int]
) -> tuple[Sequence[Conversation], Sequence[Conversation]]:
    """Load these conversations, newest first: those that fit the filter, and the others."""
    if not ids:
        return (), ()
    here = Conversation.id.in_(ids)
    query = _with_row_parts(select(Conversation)).where(here).order_by(*_NEWEST_FIRST)
    fit = set(session.scalars(select(Conversation.id).where(here, *_conditions(session, wanted))))
    found = list(session.scalars(query))
    return [row for row in found if row.id in fit], [row for row in found if row.id not in fit]


def page_query(
    session: Session, wanted: Filter, after: Cursor | None, size: int
) -> Select[Conversation]:
    """Build the query of a page; it asks for one row more than it shows."""
    query = _with_row_parts(select(Conversation)).where(*_conditions(session, wanted))
    if after is not None:
        place = tuple_(Conversation.last_post_at, Conversation.id)
        at = literal(after.last_post_at, UtcDateTime())
        query = query.where(place < tuple_(at, literal(after.conversation_id)))
    return query.order_by(*_NEWEST_FIRST).limit(size + 1)


def count_views(session: Session, user_id: int, team_ids: Sequence[int]) -> Counts:
    """Count every view of the side bar in one query."""
    is_open = Conversation.state == OPEN
    views: dict[str, tuple[ColumnElement[bool], ...]] = {
        f"state:{state}": (Conversation.state == state,) for state in STATES
    }
    views["mine"] = (Conversation.assignee_id == user_id, is_open)
    views["unassigned"] = (Conversation.assignee_id.is_(None), is_open)
    views |= {f"team:{id_}": (Conversation.team_id == id_, is_open) for id_ in team_ids}
    found = dict(session.execute(count_query(views)).all())
    return Counts(
        states={state: found[f"state:{state}"] for state in STATES},
        mine=found["mine"],
        unassigned=found["unassigned"],
        teams={id_: found[f"team:{id_}"] for id_ in team_ids},
    )


def count_query(views: Mapping[str, tuple[ColumnElement[bool], ...]]) -> Select[str, int]:
    """Build one query that counts each view up to the cap."""
    parts = []
    for name, conditions in views.items():
        capped = select(literal(1).label("one")).select_from(Conversation).where(*conditions)
        inner = capped.limit(COUNT_CAP).subquery()
        parts.append(
            select(literal(name).label("view"), func.count().label("n")).select_from(inner)
        )
    counted = union_all(*parts).subquery()
    return select(counted.c.view, counted.c.n)


def search_words(typed: str) -> list[str]:
    """Split what a person typed into words; nothing of a query syntax survives."""
    return _WORD.findall(typed)[:_WORDS_MOST]


_NEWEST_FIRST = (Conversation.last_post_at.desc(), Conversation.id.desc())


def _with_row_parts(query: Select[Conversation]) -> Select[Conversation]:
    return query.options(
        joinedload(Conversation.author, innerjoin=True),
        joinedload(Conversation.account, innerjoin=True),
        joinedload(Conversation.assignee),
        joinedload(Conversation.team),
    )


def _conditions(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state != ANY:
        conditions.append(Conversation.state == wanted.state)
    for field, value in (
        (Conversation.label, wanted.label),
        (Conversation.channel, wanted.channel),
        (Conversation.language, wanted.language),
        (Conversation.team_id, wanted.team_id),
    ):
        if value is not None:
            conditions.append(field == value)
    if wanted.assignee == UNASSIGNED:
        conditions.append(Conversation.assignee_id.is_(None))
    elif wanted.assignee is not None:
        conditions.append(Conversation.assignee_id == wanted.assignee)
    if wanted.words.strip():
        conditions.append(Conversation.id.in_(_found(session, search_words(wanted.words))))
    return conditions


def _found(session: Session, words: list[str]) -> Select[Any]:
    """Select the conversations in which one post and its author hold all words."""
    posts = matching_posts(session, words).subquery()
    return select(posts.c.conversation_id).where(posts.c.conversation_id.is_not(None))


def matching_posts(session: Session, words: list[str]) -> Select[Any]:
    """Select the newest posts that hold all words in their text or their author's names.

    The last word may be a beginning.
    """
    query = select(Post.conversation_id)
    if not words:
        return query.where(literal(value=False))
    if session.get_bind().dialect.name == "sqlite":
        match = text("posts_fts MATCH :words").bindparams(words=_fts5(words))
        hits = select(text("rowid")).select_from(text("posts_fts")).where(match)
        newest = hits.order_by(text("rowid DESC")).limit(SEARCH_CAP)
        return query.where(Post.id.in_(newest))
    # Left to itself the planner may walk the posts by id and look at each one's words.
    matching = select(_SEARCH.c.post_id).where(_SEARCH.c.words.op("@@")(_tsquery(words)))
    found = matching.cte("found").prefix_with("MATERIALIZED")
    newest = select(found.c.post_id).order_by(found.c.post_id.desc()).limit(SEARCH_CAP)
    return query.where(Post.id.in_(newest))


_SEARCH = table("post_search", column("post_id"), column("words"))
_CONFIGURATIONS = [
    literal_column(f"'{name}'::regconfig") for name in ("indonesian", "english", "simple")
]


def _fts5(words: list[str]) -> str:
    return " ".join(f'"{word}"' for word in words) + "*"


def _tsquery(words: list[str]) -> ColumnElement[Any]:
    """Ask for every word as any of the configurations writes it; names are kept as they are."""
    *whole, last = words
    return reduce(_both, [_any_form(word) for word in (*whole, f"{last}:*")])


def _any_form(word: str) -> ColumnElement[Any]:
    forms = (func.to_tsquery(configuration, word) for configuration in _CONFIGURATIONS)
    return reduce(lambda one, other: one.op("||")(other), forms)


def _both(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return one.op("&&")(other)

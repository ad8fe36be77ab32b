"""Find posts by words: FTS5 on SQLite, tsvector on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.sql import among

SEARCH_CAP: Final = 2_000
"""A search looks at this many matching posts, the newest, before other filters apply."""

_MANY: Final = 20_000
"""So many hits are soon sorted, wherever the newest of them are."""

_FOUND: Final = "searched_found"
_WHOLE: Final = "searched_whole"
_ASKED: Final = "searched_asked"
_WORDS_MOST: Final = 12
_WORD = re.compile(r"[^\W_]+")

POST_SEARCH = table("post_search", column("post_id"), column("words"))
"""PostgreSQL's words of each post; see the migration that makes it."""

CONFIGURATIONS: Final[dict[str, ColumnElement[Any]]] = {
    name: literal_column(f"'{name}'::regconfig") for name in ("indonesian", "english", "simple")
}


def search_words(typed: str) -> list[str]:
    """Split what a person typed into words; nothing of a query syntax survives."""
    return _WORD.findall(typed)[:_WORDS_MOST]


def matching_cases(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """Tell whether a conversation holds one of the newest posts with all words.

    The words stand in a post's text or its author's names; the last may be a beginning.
    """
    if not words:
        return literal(value=False)
    if session.get_bind().dialect.name == "sqlite":
        hits = _hits(fts5(session, words)).order_by(text("rowid DESC")).limit(SEARCH_CAP)
        cases = select(Post.conversation_id).where(Post.id.in_(hits))
        return Conversation.id.in_(cases.where(Post.conversation_id.is_not(None)))
    return among(session, Conversation.id, _known(session, words).cases)


def is_capped(session: Session, words: Sequence[str]) -> bool:
    """Tell whether more posts hold all words than a search looks at."""
    if not words:
        return False
    if session.get_bind().dialect.name == "sqlite":
        return _are_many(session, _hits(fts5(session, words)))
    return _known(session, words).capped


@dataclass(frozen=True, slots=True)
class _Known:
    """What a search has found: each session asks PostgreSQL once, since finding is what costs."""

    cases: Collection[int]
    capped: bool


def _known(session: Session, words: Sequence[str]) -> _Known:
    kept: dict[tuple[str, ...], _Known] = session.info.setdefault(_FOUND, {})
    key = tuple(words)
    if key not in kept:
        asked = tsquery(session, words)
        newest = newest_hits(asked, walk=_is_common(session, asked))
        query = select(Post.conversation_id).join(newest, newest.c.post_id == Post.id)
        rows = session.scalars(query.order_by(Post.id.desc())).all()
        cases = {case for case in rows[:SEARCH_CAP] if case is not None}
        kept[key] = _Known(cases, len(rows) > SEARCH_CAP)
    return kept[key]


def _are_many(session: Session, hits: Select[Any]) -> bool:
    return session.execute(hits.limit(1).offset(SEARCH_CAP)).first() is not None


def _hits(asked: str) -> Select[Any]:
    match = text("posts_fts MATCH :words").bindparams(words=asked)
    return select(text("rowid")).select_from(text("posts_fts")).where(match)


def _matching(asked: ColumnElement[Any]) -> Select[Any]:
    return select(POST_SEARCH.c.post_id).where(POST_SEARCH.c.words.op("@@")(asked))


def newest_hits(asked: ColumnElement[Any], *, walk: bool) -> Subquery:
    """Select the newest posts that fit a `tsquery`, on PostgreSQL, and one more than is looked at.

    Its index finds words, in no order: what is common is found sooner from the newest post down.
    """
    if walk:
        # What is reckoned with is not looked up in the index.
        held = func.coalesce(POST_SEARCH.c.words, literal_column("''::tsvector"))
        down = select(POST_SEARCH.c.post_id).where(held.op("@@")(asked))
        return down.order_by(POST_SEARCH.c.post_id.desc()).limit(SEARCH_CAP + 1).subquery()
    # Left to itself the planner may walk the posts by id and look at each one's words.
    found = _matching(asked).cte("found").prefix_with("MATERIALIZED")
    newest = select(found.c.post_id).order_by(found.c.post_id.desc())
    return newest.limit(SEARCH_CAP + 1).subquery()


def _is_common(session: Session, asked: ColumnElement[Any]) -> bool:
    """Tell whether walking down from the newest post looks at fewer posts than the index finds.

    The planner knows from its statistics how many that are, about.
    """
    dialect = session.get_bind().dialect
    query = _matching(asked).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explained = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {query}")
    hits = float(explained.scalar_one()[0]["Plan"]["Plan Rows"])
    if hits < _MANY:
        return False
    posts = session.scalar(select(func.max(POST_SEARCH.c.post_id))) or 0
    return hits * hits > SEARCH_CAP * posts


def fts5(session: Session, words: Sequence[str]) -> str:
    """Ask FTS5 for all words, the last one as a beginning.

    FTS5 gathers all hits of a beginning before it gives the newest, so that a last word which
    stands in many posts as it is, is taken as it is.
    """
    known: dict[str, bool] = session.info.setdefault(_WHOLE, {})
    whole = " ".join(f'"{word}"' for word in words)
    if whole not in known:
        known[whole] = _are_many(session, _hits(whole))
    return whole if known[whole] else f"{whole}*"


def tsquery(session: Session, words: Sequence[str]) -> ColumnElement[Any]:
    """Ask for every word as any of the configurations writes it; names are kept as they are."""
    kept: dict[tuple[str, ...], str] = session.info.setdefault(_ASKED, {})
    key = tuple(words)
    if key not in kept:
        kept[key] = _each_form_once(session, words)
    return cast(literal(kept[key], Text), TSQUERY)


def _each_form_once(session: Session, words: Sequence[str]) -> str:
    """Write the question without repeats: the index looks a form up as often as it is named."""
    *whole, last = words
    each = [
        cast(func.to_tsquery(configuration, word), Text)
        for word in (*whole, f"{last}:*")
        for configuration in CONFIGURATIONS.values()
    ]
    forms = [str(form) for form in session.execute(select(*each)).one()]
    size = len(CONFIGURATIONS)
    groups = [
        list(filter(None, dict.fromkeys(forms[at : at + size])))
        for at in range(0, len(forms), size)
    ]
    return " & ".join(f"({' | '.join(group)})" for group in groups if group)

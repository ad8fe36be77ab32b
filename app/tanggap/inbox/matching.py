"""Find posts by words: FTS5 on SQLite, tsvector on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
)
from sqlalchemy.orm import Session

from tanggap.store.posts import Post

SEARCH_CAP: Final = 10_000
"""A search looks at this many matching posts, the newest, before other filters apply."""

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


def matching_posts(session: Session, words: Sequence[str]) -> Select[Any]:
    """Select the newest posts that hold all words in their text or their author's names.

    The last word may be a beginning.
    """
    query = select(Post.conversation_id)
    if not words:
        return query.where(literal(value=False))
    if session.get_bind().dialect.name == "sqlite":
        match = text("posts_fts MATCH :words").bindparams(words=fts5(words))
        hits = select(text("rowid")).select_from(text("posts_fts")).where(match)
        newest = hits.order_by(text("rowid DESC")).limit(SEARCH_CAP)
        return query.where(Post.id.in_(newest))
    # Left to itself the planner may walk the posts by id and look at each one's words.
    matching = select(POST_SEARCH.c.post_id).where(POST_SEARCH.c.words.op("@@")(tsquery(words)))
    found = matching.cte("found").prefix_with("MATERIALIZED")
    newest = select(found.c.post_id).order_by(found.c.post_id.desc()).limit(SEARCH_CAP)
    # Nor may it walk all conversations and look at each one's posts.
    cases = query.where(Post.id.in_(newest)).distinct().cte("cases").prefix_with("MATERIALIZED")
    return select(cases.c.conversation_id)


def fts5(words: Sequence[str]) -> str:
    """Ask FTS5 for all words, the last one as a beginning."""
    return " ".join(f'"{word}"' for word in words) + "*"


def tsquery(words: Sequence[str]) -> ColumnElement[Any]:
    """Ask for every word as any of the configurations writes it; names are kept as they are."""
    *whole, last = words
    return reduce(_both, [_any_form(word) for word in (*whole, f"{last}:*")])


def _any_form(word: str) -> ColumnElement[Any]:
    forms = (func.to_tsquery(configuration, word) for configuration in CONFIGURATIONS.values())
    return reduce(lambda one, other: one.op("||")(other), forms)


def _both(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return one.op("&&")(other)

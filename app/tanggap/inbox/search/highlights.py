"""Show where in a post the words stand that somebody searched for.

The database marks them, since it alone knows which forms of a word it takes for the same. What
comes back is cut into parts here, so that nothing a customer wrote is ever read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, TextClause, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from tanggap.inbox.search.matching import CONFIGURATIONS, POST_SEARCH, SEARCH_CAP, fts5, tsquery
from tanggap.rules.masking import mask
from tanggap.store.posts import Author, Post
from tanggap.store.sql import among

OPENS: Final = "\x02"
CLOSES: Final = "\x03"
AROUND: Final = 24
"""Words of a text that are shown around a hit."""

_TEXT_LOOKED_AT = 20_000
_PIECE = f"MaxWords={AROUND}, MinWords={AROUND // 2}, StartSel={OPENS}, StopSel={CLOSES}"
# The `+` keeps SQLite from asking the index anew for each row, which reads all hits each time.
_FTS5 = """
WITH hits (id) AS (
    SELECT rowid FROM posts_fts WHERE posts_fts MATCH :words ORDER BY rowid DESC LIMIT :most),
here (id) AS (
    SELECT max(posts.id) FROM posts WHERE posts.id IN (SELECT id FROM hits)
    AND conversation_id IN (SELECT value FROM json_each(:ids)) GROUP BY conversation_id)
SELECT posts.conversation_id,
    snippet(posts_fts, 0, char(2), char(3), '…', :around) AS text,
    highlight(posts_fts, 1, char(2), char(3)) AS name,
    highlight(posts_fts, 2, char(2), char(3)) AS handle
FROM posts_fts CROSS JOIN posts ON posts.id = posts_fts.rowid
WHERE posts_fts MATCH :words AND posts_fts.rowid >= (SELECT min(id) FROM here)
    AND +posts_fts.rowid IN (SELECT id FROM here)
ORDER BY posts_fts.rowid
"""
_WHOLE = f"HighlightAll=true, StartSel={OPENS}, StopSel={CLOSES}"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `hit` marks what was searched for."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Highlight:
    """A conversation's newest post that fits: a part of its text, and its author's names."""

    text: Sequence[Part]
    name: Sequence[Part]
    handle: Sequence[Part]

    @property
    def in_text(self) -> bool:
        """Whether the text holds one of the words."""
        return any(part.hit for part in self.text)

    @property
    def in_handle(self) -> bool:
        """Whether the handle is one of the words, or begins with the last."""
        return any(part.hit for part in self.handle)


def highlights(
    session: Session, conversation_ids: Sequence[int], words: Sequence[str]
) -> Mapping[int, Highlight]:
    """Find the words in these conversations; empty where nothing was searched for."""
    if not words or not conversation_ids:
        return {}
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(_sqlite(session, conversation_ids, words))
    else:
        rows = session.execute(_postgresql(session, conversation_ids, words))
    return {row.conversation_id: _highlight(row) for row in rows}


def parts(marked: str) -> list[Part]:
    """Cut a marked text into what is marked and what is not."""
    return list(_parts(marked))


def _parts(marked: str) -> Iterator[Part]:
    first, *others = marked.split(OPENS)
    yield from _plain(first)
    for piece in others:
        hit, closed, rest = piece.partition(CLOSES)
        if hit:
            yield Part(hit, hit=bool(closed))
        yield from _plain(rest)


def _plain(piece: str) -> Iterator[Part]:
    if left := piece.replace(CLOSES, ""):
        yield Part(left)


def _highlight(row: Row[Any]) -> Highlight:
    # Each of PostgreSQL's configurations marks the forms that it knows of.
    texts = [row.text] if isinstance(row.text, str) else row.text
    marked = max(texts, key=lambda text: text.count(OPENS))
    text_parts = masked_parts(parts(" ".join(marked.split())))
    return Highlight(text_parts, parts(row.name), parts(row.handle))


def masked_parts(found: Sequence[Part]) -> list[Part]:
    """Mask personal data that may go over several parts; each character stays in its part."""
    masked = mask("".join(part.text for part in found))
    covered, at = [], 0
    for part in found:
        covered.append(Part(masked[at : at + len(part.text)], part.hit))
        at += len(part.text)
    return covered


def _sqlite(session: Session, conversation_ids: Sequence[int], words: Sequence[str]) -> TextClause:
    """Ask FTS5, which looks up the posts of these conversations alone."""
    return text(_FTS5).bindparams(
        words=fts5(session, words),
        ids=json.dumps(list(conversation_ids)),
        around=AROUND,
        most=SEARCH_CAP,
    )


def _postgresql(
    session: Session, conversation_ids: Sequence[int], words: Sequence[str]
) -> Select[Any]:
    asked = tsquery(session, words)
    newest = (
        select(func.max(Post.id))
        .join(POST_SEARCH, POST_SEARCH.c.post_id == Post.id)
        .where(among(session, Post.conversation_id, conversation_ids))
        .where(POST_SEARCH.c.words.op("@@")(asked))
        .group_by(Post.conversation_id)
    )
    looked_at = func.left(Post.text, _TEXT_LOOKED_AT)
    marked = (func.ts_headline(each, looked_at, asked, _PIECE) for each in CONFIGURATIONS.values())
    simple = CONFIGURATIONS["simple"]
    return (
        select(
            Post.conversation_id,
            postgresql.array(marked).label("text"),
            func.ts_headline(simple, Author.name, asked, _WHOLE).label("name"),
            func.ts_headline(simple, Author.handle, asked, _WHOLE).label("handle"),
        )
        .join(Author, Author.id == Post.author_id)
        .where(Post.id.in_(newest))
    )

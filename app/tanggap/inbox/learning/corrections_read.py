"""Read what people said of posts, masked and without names, for retraining."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from tanggap.classifier import clean_text, has_content
from tanggap.inbox.cases.corrections import hash_text
from tanggap.rules.masking import blur
from tanggap.store.posts import Correction, Post, PostRevision, VerdictRow
from tanggap.store.users import User

_PSEUDONYM_LETTERS = 16
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Word:
    """One person's last word on one post; `post` and `author` are pseudonyms.

    `text` is what was judged, cleaned as for the model: handles, addresses and numbers masked.
    """

    number: int
    post: str
    author: str
    user_id: int
    initials: str
    text: str
    language: str
    old_label: str
    label: str
    model_version: str
    at: datetime


@dataclass(slots=True)
class Words:
    """The last word of each person on each post, oldest first; why others are left out."""

    words: list[Word] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


class Pseudonyms:
    """Names that stay the same while the key does, and lead nobody back without it."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def of(self, kind: str, number: int) -> str:
        """Name a post or an author."""
        digest = hmac.new(self._key, f"learning:{kind}:{number}".encode(), hashlib.sha256)
        return digest.hexdigest()[:_PSEUDONYM_LETTERS]


def read_words(session: Session, pseudonyms: Pseudonyms) -> Words:
    """Read every signed-in person's last word on every customer's post that is still there.

    Posts that were deleted or purged are left out, as are words on a text that nobody has any
    more and on texts without a word or an emoji, which the model never sees.
    """
    rows = session.execute(_query()).all()
    texts = _earlier_texts(session, [row for row in rows if hash_text(row.text) != row.text_hash])
    found = Words()
    last: dict[tuple[int, int], Row[Any]] = {}
    for row in rows:
        if (row.post_id, row.user_id) in last:
            found.left_out["taken back by the same person"] += 1
        last[row.post_id, row.user_id] = row
    for row in sorted(last.values(), key=lambda row: row.id):
        judged = row.text if hash_text(row.text) == row.text_hash else texts.get(row.id)
        if row.deleted_at is not None:
            found.left_out["deleted by the author"] += 1
        elif row.purged_at is not None:
            found.left_out["removed as the platform's terms ask"] += 1
        elif judged is None:
            found.left_out["the judged text is gone"] += 1
        elif not has_content(text := clean_text(blur(judged))):
            found.left_out["nothing to read"] += 1
        else:
            found.words.append(_word(row, text, pseudonyms))
    return found


def _word(row: Row[Any], text: str, pseudonyms: Pseudonyms) -> Word:
    return Word(
        number=row.id,
        post=pseudonyms.of("post", row.post_id),
        author=pseudonyms.of("author", row.author_id),
        user_id=row.user_id,
        initials=row.initials,
        text=text,
        language=row.language or "",
        old_label=row.from_label,
        label=row.label,
        model_version=row.model_version,
        at=row.created_at,
    )


def _query() -> Any:
    verdict = aliased(VerdictRow)
    newest = select(func.max(verdict.id)).where(verdict.post_id == Post.id).correlate(Post)
    return (
        select(
            Correction.id,
            Correction.post_id,
            Correction.user_id,
            Correction.from_label,
            Correction.label,
            Correction.model_version,
            Correction.text_hash,
            Correction.created_at,
            User.initials,
            Post.text,
            Post.author_id,
            Post.deleted_at,
            Post.purged_at,
            VerdictRow.language,
        )
        .join(User, User.id == Correction.user_id)
        .join(Post, Post.id == Correction.post_id)
        .outerjoin(VerdictRow, VerdictRow.id == newest.scalar_subquery())
        .where(Post.from_us.is_(False))
        .order_by(Correction.id)
    )


def _earlier_texts(session: Session, rows: Sequence[Row[Any]]) -> Mapping[int, str]:
    """Find what posts said when they were judged, if they were edited since."""
    earlier: dict[tuple[int, str], str] = {}
    posts = sorted({row.post_id for row in rows})
    for some in _chunks(posts):
        revisions = select(PostRevision.post_id, PostRevision.text).where(
            PostRevision.post_id.in_(some)
        )
        for post_id, text in session.execute(revisions):
            earlier[post_id, hash_text(text)] = text
    keys = {row.id: (row.post_id, row.text_hash) for row in rows}
    return {number: earlier[key] for number, key in keys.items() if key in earlier}


def _chunks(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[at : at + _CHUNK] for at in range(0, len(numbers), _CHUNK))

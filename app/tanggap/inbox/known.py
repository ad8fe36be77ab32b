"""Posts under every id they ever had: on some platforms an edit gives a post a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post, PostAlias
from tanggap.store.sql import among, insert_rows


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has under an external id; `author` is the platform's id.

    `case_thread` and `case_author_id` are those of its conversation.
    """

    id: int
    thread_id: str
    conversation_id: int | None
    author: str
    case_thread: str | None = None
    case_author_id: int | None = None


def known_ids(session: Session, account_id: int, names: Iterable[str]) -> dict[str, int]:
    """Map those of the platform's ids that are known, present or former, to rows of posts."""
    wanted = set(names)
    found = dict(
        session.execute(
            select(Post.external_id, Post.id).where(
                Post.account_id == account_id, among(session, Post.external_id, wanted)
            )
        ).all()
    )
    former = session.execute(
        select(PostAlias.external_id, PostAlias.post_id).where(
            PostAlias.account_id == account_id,
            among(session, PostAlias.external_id, wanted - found.keys()),
        )
    ).all()
    return dict(former) | found


def known_posts(session: Session, account_id: int, names: Iterable[str]) -> dict[str, Known]:
    """Look up posts by the platform's ids, present or former."""
    ids = known_ids(session, account_id, names)
    if not ids:
        return {}
    rows = session.execute(
        select(
            Post.id,
            Post.thread_id,
            Post.conversation_id,
            Author.external_id,
            Conversation.thread_id,
            Conversation.author_id,
        )
        .join(Author, Author.id == Post.author_id)
        .outerjoin(Conversation, Conversation.id == Post.conversation_id)
        .where(among(session, Post.id, ids.values()))
    )
    found = {row[0]: Known(*row) for row in rows}
    return {name: found[id_] for name, id_ in ids.items()}


def remember(session: Session, account_id: int, post_id: int, former: Sequence[str]) -> None:
    """Keep the ids a post had before."""
    rows = [{"account_id": account_id, "external_id": name, "post_id": post_id} for name in former]
    insert_rows(session, PostAlias, rows, key=("account_id", "external_id"))

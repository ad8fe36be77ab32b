"""Show stored posts to channels as what is to be answered or acted on."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from tanggap.sdk.types import PostKind, Target, Visibility
from tanggap.store.posts import Author, Post

_DEEPEST = 20


def pick_target(session: Session, conversation_id: int, visibility: str) -> Post | None:
    """Pick the customer's newest post that is still there, preferring the same visibility."""
    return session.scalars(
        select(Post)
        .where(
            Post.conversation_id == conversation_id,
            Post.from_us.is_(False),
            Post.deleted_at.is_(None),
        )
        .order_by((Post.visibility == visibility).desc(), Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    ).first()


def sdk_target(session: Session, post: Post) -> Target:
    """Tell a channel what is known of a post and its surroundings."""
    return Target(
        external_id=post.external_id,
        author_id=session.get_one(Author, post.author_id).external_id,
        kind=cast("PostKind", post.kind),
        visibility=cast("Visibility", post.visibility),
        posted_at=post.posted_at,
        thread_id=post.thread_id,
        by_us=post.from_us,
        under_ours=_under_ours(session, post),
        answers_us=_answers_us(session, post),
        mentions=tuple(post.mentions),
        last_private_at=_last_private(session, post),
    )


def _answers_us(session: Session, post: Post) -> bool:
    """Tell whether the post answers or quotes one of ours."""
    named = [name for name in (post.in_reply_to, post.quoted_id) if name]
    ours = exists().where(
        Post.from_us,
        Post.account_id == post.account_id,
        or_(Post.id == post.parent_id, Post.external_id.in_(named)),
    )
    return bool(session.scalar(select(ours)))


def _under_ours(session: Session, post: Post) -> bool:
    """Tell whether a post of ours stands above this one, as far as its thread is known."""
    parent = aliased(Post)
    above = (
        select(Post.id, Post.parent_id, Post.from_us, literal(1).label("depth"))
        .where(Post.id == post.parent_id)
        .cte("above", recursive=True)
    )
    above = above.union_all(
        select(parent.id, parent.parent_id, parent.from_us, above.c.depth + 1)
        .join(above, parent.id == above.c.parent_id)
        .where(above.c.depth < _DEEPEST)
    )
    top = exists().where(
        Post.from_us, Post.account_id == post.account_id, Post.external_id == post.thread_id
    )
    found = select(or_(exists().where(above.c.from_us), top))
    return bool(session.scalar(found))


def _last_private(session: Session, post: Post) -> datetime | None:
    """Find when the customer last wrote privately, here or elsewhere on the account."""
    here = Post.author_id == post.author_id
    if post.conversation_id is not None:
        here = here | (Post.conversation_id == post.conversation_id)
    return session.scalar(
        select(func.max(Post.posted_at)).where(
            Post.account_id == post.account_id,
            Post.visibility == "private",
            Post.from_us.is_(False),
            here,
        )
    )

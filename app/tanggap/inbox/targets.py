"""Show stored posts to channels as what is to be answered or acted on."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from tanggap.sdk.types import PostKind, Target, Visibility
from tanggap.store.mails import EMAIL
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
            Post.kind != EMAIL,
        )
        .order_by((Post.visibility == visibility).desc(), Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    ).first()


def newest_post_of_customer(session: Session, conversation_id: int) -> Post | None:
    """Give what the customer wrote last, whichever way it came."""
    return session.scalars(
        select(Post)
        .where(Post.conversation_id == conversation_id, Post.from_us.is_(False))
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    ).first()


def newest_inbound(session: Session, conversation_id: int) -> list[Post]:
    """Give the customer's newest post of each visibility, one that is still there before others."""
    newest_first = (Post.deleted_at.is_not(None), Post.posted_at.desc(), Post.id.desc())
    rank = func.row_number().over(partition_by=Post.visibility, order_by=newest_first)
    here = Post.conversation_id == conversation_id
    inbound = (here, Post.from_us.is_(False), Post.kind != EMAIL)
    ranked = select(Post.id, rank.label("rank")).where(*inbound).subquery()
    wanted = select(Post).join(ranked, ranked.c.id == Post.id).where(ranked.c.rank == 1)
    return list(session.scalars(wanted.order_by(Post.posted_at.desc(), Post.id.desc())))


def sdk_target(session: Session, post: Post) -> Target:
    """Tell a channel what is known of a post and its surroundings."""
    around = select(
        _under_ours(post), _answers_us(post), _last_private(post), _answered_privately(post)
    )
    under_ours, answers_us, last_private, answered = session.execute(around).one()
    return Target(
        external_id=post.external_id,
        author_id=session.get_one(Author, post.author_id).external_id,
        kind=cast("PostKind", post.kind),
        visibility=cast("Visibility", post.visibility),
        posted_at=post.posted_at,
        thread_id=post.thread_id,
        by_us=post.from_us,
        under_ours=bool(under_ours),
        answers_us=bool(answers_us),
        mentions=tuple(post.mentions),
        last_private_at=last_private,
        answered_privately=bool(answered),
    )


def _answers_us(post: Post) -> ColumnElement[bool]:
    """Tell whether the post answers or quotes one of ours."""
    named = [name for name in (post.in_reply_to, post.quoted_id) if name]
    return exists().where(
        Post.from_us,
        Post.account_id == post.account_id,
        or_(Post.id == post.parent_id, Post.external_id.in_(named)),
    )


def _answered_privately(post: Post) -> ColumnElement[bool]:
    """Tell whether a private message of ours answers this public post."""
    answer = aliased(Post)
    return exists().where(
        answer.from_us,
        answer.account_id == post.account_id,
        answer.visibility == "private",
        answer.in_reply_to == post.external_id,
        post.visibility == "public",
    )


def _under_ours(post: Post) -> ColumnElement[bool]:
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
    return or_(exists().where(above.c.from_us), top)


def _last_private(post: Post) -> ScalarSelect[datetime]:
    """Find when the customer last wrote privately, here or elsewhere on the account."""
    here = Post.author_id == post.author_id
    if post.conversation_id is not None:
        here = here | (Post.conversation_id == post.conversation_id)
    return (
        select(func.max(Post.posted_at))
        .where(
            Post.account_id == post.account_id,
            Post.visibility == "private",
            Post.from_us.is_(False),
            Post.kind != EMAIL,
            here,
        )
        .scalar_subquery()
    )

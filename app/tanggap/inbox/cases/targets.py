"""Show stored posts to channels as what is to be answered or acted on."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Final, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from tanggap.sdk.types import PostKind, Target, Visibility
from tanggap.store.base import BigId
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
    given = {name: getattr(post, name) for name in _GIVEN}
    under_ours, answers_us, answered, *private = session.execute(_around(), given).one()
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
        last_private_at=max(filter(None, private), default=None),
        answered_privately=bool(answered) and post.visibility == "public",
    )


_GIVEN: Final = (
    *("id", "account_id", "author_id", "conversation_id", "in_reply_to", "parent_id"),
    *("quoted_id", "thread_id"),
)
_ON_ACCOUNT: Final = Post.account_id == bindparam("account_id", type_=BigId)


# Made once: building it takes longer than running it, and each look at a case runs it.
@cache
def _around() -> Select[bool, bool, bool, datetime, datetime]:
    return select(
        _under_ours(),
        _answers_us(),
        _answered_privately(),
        _last_private(Post.author_id == _id("author_id")),
        _last_private(Post.conversation_id == _id("conversation_id")),
    )


def _answers_us() -> ColumnElement[bool]:
    """Tell whether the post answers or quotes one of ours."""
    ours = exists().where(Post.from_us)
    return or_(
        ours.where(Post.id == _id("parent_id")),
        *(
            ours.where(_ON_ACCOUNT, Post.external_id == _text(name))
            for name in ("in_reply_to", "quoted_id")
        ),
    )


def _answered_privately() -> ColumnElement[bool]:
    """Tell whether a private message of ours answers the post."""
    return exists().where(Post.from_us, Post.visibility == "private", Post.parent_id == _id("id"))


def _under_ours() -> ColumnElement[bool]:
    """Tell whether a post of ours stands above this one, as far as its thread is known."""
    parent = aliased(Post)
    above = (
        select(Post.id, Post.parent_id, Post.from_us, literal(1).label("depth"))
        .where(Post.id == _id("parent_id"))
        .cte("above", recursive=True)
    )
    above = above.union_all(
        select(parent.id, parent.parent_id, parent.from_us, above.c.depth + 1)
        .join(above, parent.id == above.c.parent_id)
        .where(above.c.depth < _DEEPEST)
    )
    top = exists().where(Post.from_us, _ON_ACCOUNT, Post.external_id == _text("thread_id"))
    return or_(exists().where(above.c.from_us), top)


def _last_private(here: ColumnElement[bool]) -> ScalarSelect[datetime]:
    """Find when a customer last wrote privately on the account."""
    return (
        select(func.max(Post.posted_at))
        .where(
            here,
            # Reckoned with, the account's index is not taken: it leads to all its posts.
            Post.account_id + 0 == bindparam("account_id", type_=BigId),
            Post.visibility == "private",
            Post.from_us.is_(False),
            Post.kind != EMAIL,
        )
        .scalar_subquery()
    )


def _id(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigId)


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=String())

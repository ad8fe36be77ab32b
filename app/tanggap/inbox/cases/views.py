"""Show stored things to plugins: plain values without secrets."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.sdk.types import (
    PostKind,
    Visibility,
)
from tanggap.sdk.views import PostView
from tanggap.store.accounts import Account
from tanggap.store.posts import Post
from tanggap.store.sql import among


def post_views(session: Session, ids: Collection[int]) -> dict[int, PostView]:
    """Make the views of posts, by their ids."""
    found = session.execute(
        select(Post, Account)
        .join(Account, Account.id == Post.account_id)
        .options(joinedload(Post.author))
        .where(among(session, Post.id, ids))
    )
    return {post.id: _view(post, account) for post, account in found}


def post_view(session: Session, post: Post) -> PostView:
    """Make the view of a post that observers get."""
    return _view(post, session.get_one(Account, post.account_id))


def _view(post: Post, account: Account) -> PostView:
    return PostView(
        id=post.id,
        channel=account.channel,
        account_name=account.name,
        conversation_id=post.conversation_id,
        external_id=post.external_id,
        author_name=post.author.name,
        author_handle=post.author.handle,
        text=post.text,
        kind=cast("PostKind", post.kind),
        visibility=cast("Visibility", post.visibility),
        posted_at=post.posted_at,
        url=post.url,
    )

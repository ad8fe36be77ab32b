"""Show stored things to plugins: plain values without secrets."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from tanggap.sdk.types import (
    PostKind,
    Visibility,
)
from tanggap.sdk.views import PostView
from tanggap.store.accounts import Account
from tanggap.store.posts import Post


def post_view(session: Session, post: Post) -> PostView:
    """Make the view of a post that observers get."""
    account = session.get_one(Account, post.account_id)
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

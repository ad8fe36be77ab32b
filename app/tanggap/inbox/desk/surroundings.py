"""What stands around a case: the posts above its first one, and what others wrote beside it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import aliased, joinedload

from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post

SIBLINGS_SHOWN: Final = 5
ANCESTORS_MOST: Final = 8


def ancestors_query(first: Post) -> Select[Post]:
    """Build the query of what the first post answers, nearest first."""
    chain = (
        select(Post.id.label("id"), Post.parent_id.label("parent_id"), literal(1).label("depth"))
        .where(Post.id == first.parent_id)
        .cte("chain", recursive=True)
    )
    parent = aliased(Post)
    chain = chain.union_all(
        select(parent.id, parent.parent_id, chain.c.depth + 1)
        .join(chain, parent.id == chain.c.parent_id)
        .where(chain.c.depth < ANCESTORS_MOST)
    )
    return (
        select(Post)
        .join(chain, Post.id == chain.c.id)
        .options(joinedload(Post.author, innerjoin=True))
        .order_by(chain.c.depth)
    )


def siblings_query(conversation: Conversation) -> Select[Post]:
    """Build the query of what others wrote in the thread; private threads have no others."""
    here = Post.conversation_id == conversation.id
    return (
        select(Post)
        .where(
            Post.account_id == conversation.account_id,
            Post.thread_id == conversation.thread_id,
            Post.visibility == "public",
            here.is_not(True),
        )
        .options(joinedload(Post.author, innerjoin=True))
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(SIBLINGS_SHOWN + ANCESTORS_MOST)
    )

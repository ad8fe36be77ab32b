"""Where new posts go whose case people merged into another one or took apart."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.store.conversations import Conversation
from tanggap.store.joins import FollowedThread
from tanggap.store.sql import among, insert_rows

SPLIT_THREAD: Final = "split:"
"""How the threads of cases begin that were taken out of another; no platform's id does."""


def followed(
    session: Session, account_id: int, threads: Collection[str]
) -> dict[tuple[str, int], int]:
    """Map threads and customers whose case is part of another one to that one."""
    if not threads:
        return {}
    rows = session.execute(
        select(
            FollowedThread.thread_id, FollowedThread.author_id, FollowedThread.conversation_id
        ).where(
            FollowedThread.account_id == account_id,
            among(session, FollowedThread.thread_id, threads),
        )
    )
    return {(thread, author): id_ for thread, author, id_ in rows}


def follow(session: Session, ended: Conversation, into_id: int) -> None:
    """Have what comes in the thread of a conversation that ends go into another one."""
    row = {
        "account_id": ended.account_id,
        "thread_id": ended.thread_id,
        "author_id": ended.author_id,
        "conversation_id": into_id,
    }
    insert_rows(session, FollowedThread, [row], key=("account_id", "thread_id", "author_id"))

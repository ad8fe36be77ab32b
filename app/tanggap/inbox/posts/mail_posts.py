"""Stand mails in their case as posts: the clocks, the thread and the rules then know them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from tanggap.inbox.case_locks import hold_cases
from tanggap.inbox.posts import threads
from tanggap.inbox.posts.authors import upsert_authors
from tanggap.sdk.types import IncomingPost
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import EMAIL
from tanggap.store.posts import TRIAGE_NONE, TRIAGE_PENDING, Post


def add_post(
    session: Session,
    conversation_id: int,
    *,
    key: str,
    text: str,
    at: datetime,
    from_us: bool,
) -> Post:
    """Add a mail to its case; the platform of the case never hears of it."""
    hold_cases(session, {conversation_id})
    case = session.get_one(Conversation, conversation_id)
    post = Post(
        account_id=case.account_id,
        conversation_id=case.id,
        author_id=_own_author(session, case) if from_us else case.author_id,
        source=EMAIL,
        external_id=f"email:{key}",
        thread_id=case.thread_id,
        kind=EMAIL,
        visibility="private",
        from_us=from_us,
        text=text,
        posted_at=min(at, utcnow()),
        triage=TRIAGE_NONE if from_us else TRIAGE_PENDING,
    )
    session.add(post)
    session.flush()
    _show(session, conversation_id, {post.id})
    return post


def remove_post(session: Session, post_id: int) -> None:
    """Take a mail of ours out of its case again: it never arrived."""
    post = session.get(Post, post_id)
    if post is None or post.conversation_id is None:
        return
    conversation_id = post.conversation_id
    hold_cases(session, {conversation_id})
    session.delete(post)
    session.flush()
    _show(session, conversation_id, set())


def _show(session: Session, conversation_id: int, new: set[int]) -> None:
    threads.refresh(session, {conversation_id}, new)
    session.add(Change(conversation_id=conversation_id, kind="post"))


def _own_author(session: Session, case: Conversation) -> int:
    account = case.account
    ours = IncomingPost(
        account_id=account.external_id,
        external_id=account.external_id,
        author_id=account.external_id,
        author_name=account.name,
        author_handle=account.handle,
        text="",
        posted_at=utcnow(),
    )
    return upsert_authors(session, account.channel, [ours])[account.external_id]

"""Keep a case together that began in public and goes on in private.

On platforms where a public comment is answered by a private message, the private thread has an id
of its own, and its customer often another id than in public. The platform's echo of our own
message is what ties the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox.handover.handover_follow import invited_cases
from tanggap.inbox.handover.references import Followed, cases_of_references
from tanggap.sdk.types import IncomingPost
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation, PrivateLeg
from tanggap.store.posts import Post
from tanggap.store.sql import upsert


def go_on_privately(session: Session, post: Post, conversation: Conversation) -> None:
    """Take our private answer to a public post into its conversation, and its thread with it.

    The echo may have come before the receipt: then the post stands in its private thread.
    """
    if post.conversation_id == conversation.id and post.thread_id == conversation.thread_id:
        return
    _remember(session, post.account_id, {post.thread_id: conversation.id})
    session.execute(
        update(Post)
        .where(Post.account_id == post.account_id, Post.thread_id == post.thread_id)
        .where(Post.conversation_id.is_(None))
        .values(conversation_id=conversation.id)
    )


def learn_legs(session: Session, account: Account, posts: Iterable[IncomingPost]) -> None:
    """Learn from echoes of our private answers which private threads they began."""
    told: dict[str, str] = {
        post.external_id: post.thread_id
        for post in posts
        if post.visibility == "private" and post.author_id == account.external_id and post.thread_id
    }
    if not told:
        return
    rows = session.execute(
        select(Post.external_id, Post.thread_id, Post.conversation_id).where(
            Post.account_id == account.id,
            Post.external_id.in_(told),
            Post.visibility == "private",
            Post.conversation_id.is_not(None),
        )
    )
    new = {
        told[row.external_id]: row.conversation_id
        for row in rows
        if told[row.external_id] != row.thread_id
    }
    _remember(session, account.id, new)


def legs_of(
    session: Session,
    account: Account,
    posts: Mapping[str, IncomingPost],
    author_ids: Mapping[str, int],
) -> dict[tuple[str, int], int]:
    """Map private threads and customers whose case began in public to its conversation."""
    people = {
        (post.thread_id or "", author_ids[person])
        for post in posts.values()
        if post.visibility == "private"
        for person in (post.author_id, post.recipient_id or "")
        if person in author_ids
    }
    if not people:
        return {}
    rows = session.execute(
        select(PrivateLeg.thread_id, PrivateLeg.conversation_id).where(
            PrivateLeg.account_id == account.id,
            PrivateLeg.thread_id.in_({thread for thread, _ in people}),
        )
    )
    legs = dict(rows.all())
    found = {(thread, person): legs[thread] for thread, person in people if thread in legs}
    # Where one thread serves all matters of a customer, it goes on with the newest invitation.
    invited = invited_cases(session, account.id, {person for _, person in people})
    asked = {(thread, person): invited[person] for thread, person in people if person in invited}
    _remember(session, account.id, {thread: case for (thread, _), case in asked.items() if thread})
    told = {
        post.thread_id: Followed(post.reference, post.thread_id, post.author_id)
        for post in posts.values()
        if post.reference and post.thread_id and post.author_id in author_ids
    }
    led = follow_references(session, account, told.values()) if told else {}
    return (
        found
        | asked
        | {(thread, author_ids[told[thread].author_id]): case for thread, case in led.items()}
    )


def follow_references(
    session: Session, account: Account, followed: Iterable[Followed]
) -> Mapping[str, int]:
    """Let private threads go on with the cases that references lead them to."""
    led = cases_of_references(session, account, followed)
    _remember(session, account.id, led)
    return led


def _remember(session: Session, account_id: int, legs: Mapping[str, int]) -> None:
    rows = [
        {"account_id": account_id, "thread_id": thread, "conversation_id": conversation_id}
        for thread, conversation_id in legs.items()
    ]
    if not rows:
        return
    statement = upsert(session, PrivateLeg).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "thread_id"],
            set_={"conversation_id": statement.excluded.conversation_id},
        )
    )

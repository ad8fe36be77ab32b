"""Hold the conversations that events will touch before anything else is held.

Whoever changes more than one conversation holds all of them first, in the order of their ids, and
only then their posts: two that do so never wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import CompoundSelect, Select, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from tanggap.inbox.clean import usable_id
from tanggap.inbox.known import known_ids
from tanggap.inbox.single_use import hash_token
from tanggap.sdk.types import Event, IncomingPost
from tanggap.store.conversations import Conversation, PrivateLeg
from tanggap.store.joins import FollowedThread
from tanggap.store.posts import Author, Post
from tanggap.store.single_use import SingleUseLink
from tanggap.store.sql import among, dialect_of, hold

_RECORDING: Final = 1
"""The first half of the keys of PostgreSQL's advisory locks that are taken here."""

_Threaded = Conversation | PrivateLeg | FollowedThread


def hold_cases(session: Session, conversation_ids: Collection[int]) -> None:
    """Hold conversations in the order of their ids."""
    if dialect_of(session) == "sqlite" or not conversation_ids:
        return
    chosen = among(session, Conversation.id, conversation_ids)
    session.execute(hold(select(Conversation.id).where(chosen).order_by(Conversation.id)))


def take_turns(session: Session, account_ids: Iterable[int]) -> None:
    """Let one transaction at a time record posts of these accounts.

    Two that each store one half of what belongs together, an answer and its parent or a post and
    its edit, would both find the other half missing. Whoever holds a case or an account as well
    takes its turn before that. SQLite has one writer anyway.
    """
    if dialect_of(session) == "sqlite":
        return
    for account_id in sorted(account_ids):
        session.execute(select(func.pg_advisory_xact_lock(_RECORDING, account_id)))


def hold_cases_of(session: Session, events: Mapping[int, Iterable[Event]]) -> None:
    """Hold the conversations that these events, by account, may change.

    SQLite has one writer and nothing to hold.
    """
    if dialect_of(session) == "sqlite":
        return
    found: set[int] = set()
    for account_id, told in events.items():
        found |= _touched(session, account_id, list(told))
    hold_cases(session, found)


def _touched(session: Session, account_id: int, events: Collection[Event]) -> set[int]:
    names = {name for event in events for name in _names(event) if usable_id(name)}
    if not names:
        return set()
    posts = [event for event in events if isinstance(event, IncomingPost)]
    told = {post.thread_id for post in posts if post.thread_id}
    threads = {thread for thread in told if usable_id(thread)} | names
    people = {post.author_id for post in posts if usable_id(post.author_id)}
    place = select(Post.thread_id, Post.conversation_id)
    ids = known_ids(session, account_id, names).values()
    known = session.execute(place.where(among(session, Post.id, ids))).all()
    waiting = session.execute(
        place.where(
            Post.account_id == account_id,
            Post.parent_id.is_(None),
            among(session, Post.in_reply_to, names),
        )
    ).all()
    threads |= {row.thread_id for row in (*known, *waiting)}
    # A new post joins its waiting answers to its own thread, with all who wrote in theirs.
    everybody = _in_threads(session, account_id, threads, None if waiting else people)
    cases = {row.conversation_id for row in (*known, *waiting) if row.conversation_id is not None}
    return cases | set(session.scalars(everybody)) | _referred(session, posts)


def _referred(session: Session, posts: Collection[IncomingPost]) -> set[int]:
    """Find the conversations that references lead to."""
    hashes = [hash_token(post.reference) for post in posts if post.reference]
    if not hashes:
        return set()
    query = select(SingleUseLink.conversation_id)
    return set(session.scalars(query.where(among(session, SingleUseLink.token_hash, hashes))))


def _names(event: Event) -> Iterable[str]:
    """Give the posts that an event is about or hangs on."""
    if isinstance(event, IncomingPost):
        return (event.external_id, event.in_reply_to or "", *event.previous_ids)
    return (getattr(event, "external_id", ""),)


def _in_threads(
    session: Session, account_id: int, threads: Collection[str], people: Collection[str] | None
) -> CompoundSelect[int]:
    """Find the conversations of these people in threads, or of all who wrote there."""

    def of(table: type[_Threaded], id_: InstrumentedAttribute[int]) -> Select[int]:
        chosen = among(session, table.thread_id, threads)
        return select(id_).where(table.account_id == account_id, chosen)

    own = of(Conversation, Conversation.id)
    if people is not None:
        own = own.join(Author, Author.id == Conversation.author_id)
        own = own.where(among(session, Author.external_id, people))
    return union(
        own,
        of(PrivateLeg, PrivateLeg.conversation_id),
        of(FollowedThread, FollowedThread.conversation_id),
    )

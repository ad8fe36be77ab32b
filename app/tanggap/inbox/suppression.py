"""Keep who was erased from coming back: their new posts come under a pseudonym, or not at all.

People and posts that were erased are known by keyed hashes of the platform's ids, which lead
nobody back without the key of this installation.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from tanggap.inbox.privacy_person import ERASED
from tanggap.sdk.types import Event, IncomingPost, InvitationFollowed
from tanggap.store.accounts import Account
from tanggap.store.posts import Post
from tanggap.store.privacy import Suppression
from tanggap.store.secrets import Keys
from tanggap.store.sql import among

KEY: Final = "erasure_key"
DROP: Final = "erasure_drops"
Item = TypeVar("Item")


def erasure_key(keys: Keys) -> bytes:
    """Make the key of the hashes from that which signs sessions."""
    return hmac.new(keys.secret_key.encode(), b"tanggap erasure", hashlib.sha256).digest()


def key_hint(session: Session) -> str:
    """Name the key, so that hashes of another one are noticed."""
    return hashlib.sha256(_key(session)).hexdigest()[:16]


def hashed(session: Session, channel: str, value: str) -> str:
    """Hash an id of a platform; one that is a hash already stays."""
    if value.startswith(ERASED):
        return value
    text = f"{channel}:{value}".encode("utf-8", "surrogatepass")
    return ERASED + hmac.new(_key(session), text, hashlib.sha256).hexdigest()


def screen(
    session: Session, account: Account, items: Sequence[tuple[Event, Item]]
) -> list[tuple[Event, Item]]:
    """Leave out what was erased, and take the names off what erased people write anew."""
    channel = account.channel
    if not session.scalar(select(exists().where(Suppression.channel == channel))):
        return list(items)
    names = {
        name: hashed(session, channel, name) for event, _ in items for name in _names(event) if name
    }
    people = _suppressed(session, channel, names.values())
    gone = _erased_posts(session, account.id, names.values())
    kept: list[tuple[Event, Item]] = []
    for event, item in items:
        if names.get(getattr(event, "external_id", None) or "") in gone:
            continue
        if isinstance(event, InvitationFollowed) and names[event.author_id] in people:
            continue
        if not isinstance(event, IncomingPost):
            kept.append((event, item))
        elif names[event.author_id] not in people:
            kept.append((_to_nobody(event, names, people, session, channel), item))
        elif not session.info.get(DROP):
            kept.append((_nameless(event, names, session, channel), item))
    return kept


def _names(event: Event) -> Iterable[str | None]:
    yield getattr(event, "external_id", None)
    if isinstance(event, InvitationFollowed):
        yield event.author_id
    if isinstance(event, IncomingPost):
        yield event.author_id
        yield event.recipient_id


def _nameless(
    post: IncomingPost, names: dict[str, str], session: Session, channel: str
) -> IncomingPost:
    """Take the author's name off a post; its thread may be named after them as well."""
    thread = hashed(session, channel, post.thread_id) if post.thread_id else None
    return replace(
        post,
        author_id=names[post.author_id],
        author_name="",
        author_handle="",
        author_followers=None,
        author_verified=False,
        author_avatar_url=None,
        thread_id=thread,
        url=None,
    )


def _to_nobody(
    post: IncomingPost,
    names: dict[str, str],
    people: Collection[str],
    session: Session,
    channel: str,
) -> IncomingPost:
    """Let what was written to somebody erased, by us from elsewhere, name nobody either."""
    if not post.recipient_id or names[post.recipient_id] not in people:
        return post
    thread = hashed(session, channel, post.thread_id) if post.thread_id else None
    return replace(post, recipient_id=names[post.recipient_id], thread_id=thread)


def _suppressed(session: Session, channel: str, hashes: Collection[str]) -> set[str]:
    query = select(Suppression.id_hash).where(
        Suppression.channel == channel,
        among(session, Suppression.id_hash, [one.removeprefix(ERASED) for one in hashes]),
    )
    return {ERASED + found for found in session.scalars(query)}


def _erased_posts(session: Session, account_id: int, hashes: Collection[str]) -> set[str]:
    query = select(Post.external_id).where(
        Post.account_id == account_id, among(session, Post.external_id, list(hashes))
    )
    return set(session.scalars(query))


def _key(session: Session) -> bytes:
    key: bytes = session.info.get(KEY, b"")
    return key

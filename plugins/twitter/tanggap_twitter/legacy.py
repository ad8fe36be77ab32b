"""Read the deprecated Account Activity API, whose posts are objects of the v1.1 API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

from tanggap.sdk import (
    AccountRevoked,
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostKind,
    Unreadable,
)
from tanggap_twitter import loose
from tanggap_twitter.client import post_url
from tanggap_twitter.messages import read_messages
from tanggap_twitter.people import read_person
from tanggap_twitter.posts import read_media, unescape

_PLAIN_DATE = "%Y-%m-%d %H:%M:%S %z"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_IGNORED = (
    "favorite_events",
    "follow_events",
    "block_events",
    "mute_events",
    "direct_message_indicate_typing_events",
    "direct_message_mark_read_events",
)


def is_legacy(keys: Iterable[str]) -> bool:
    """Tell by its fields whether a body is one of these."""
    return "for_user_id" in keys or "user_event" in keys or any(k.endswith("_events") for k in keys)


def read(body: Payload) -> Iterator[Event]:
    """Read a body; each entry of its lists by itself."""
    if body.has("user_event"):
        yield from _revocation(body)
        return
    account_id = body.id("for_user_id")
    names = [name for name in sorted(body.keys()) if name.endswith("_events")]
    for name in names:
        reader = _READERS.get(name)
        if reader is not None:
            yield from reader(body, account_id)
        else:
            yield Ignored(event=name[:100], known=name in _IGNORED)
    if not names:
        raise InvalidPayload("body", "one of the lists of events")


def _posts(body: Payload, account_id: str) -> Iterator[Event]:
    yield from _each(body, "tweet_create_events", partial(_post_and_context, account_id))


def _deletions(body: Payload, account_id: str) -> Iterator[Event]:
    yield from _each(body, "tweet_delete_events", partial(_deletion, account_id))


def _messages(body: Payload, account_id: str) -> Iterator[Event]:
    yield from read_messages(body, account_id)


def _each(
    body: Payload, name: str, read_one: Callable[[Payload], Iterable[Event]]
) -> Iterator[Event]:
    for entry in body.items(name):
        try:
            yield from list(read_one(entry))
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def _revocation(body: Payload) -> Iterator[Event]:
    revoke = body.mapping("user_event", "revoke")
    yield AccountRevoked(
        account_id=revoke.id("source", "user_id"),
        reason="The permission was withdrawn on X: connect the account again.",
    )


def _deletion(account_id: str, entry: Payload) -> Iterator[Event]:
    deleted_at = (
        entry.epoch("timestamp_ms", unit=1000) if entry.has("timestamp_ms") else datetime.now(UTC)
    )
    yield PostDeleted(
        account_id=account_id, external_id=entry.id("status", "id"), deleted_at=deleted_at
    )


def _post_and_context(account_id: str, entry: Payload) -> Iterator[Event]:
    if entry.has("quoted_status"):
        yield _post(entry.mapping("quoted_status"), account_id, "post")
    yield _post(entry, account_id)


def _post(entry: Payload, account_id: str, kind: PostKind | None = None) -> IncomingPost:
    post_id = _id(entry)
    person = read_person(entry.mapping("user"))
    if person is None:
        raise InvalidPayload(f"{entry.path}.user.id_str", "an id (text or whole number)")
    parent = entry.id_or_none("in_reply_to_status_id_str")
    quoted = _id(entry.at("quoted_status")) if entry.has("quoted_status") else None
    reposted = _id(entry.at("retweeted_status")) if entry.has("retweeted_status") else None
    return IncomingPost(
        account_id=account_id,
        external_id=post_id,
        author_id=person.id,
        text=_text(entry),
        posted_at=_moment(entry),
        kind=kind or _kind(entry, account_id, own=person.id == account_id),
        author_name=person.name,
        author_handle=person.handle,
        author_followers=person.followers,
        author_verified=person.verified,
        author_avatar_url=person.avatar_url,
        # a reply's root is not told; the core finds it through the parent
        thread_id=None if parent else post_id,
        in_reply_to=parent,
        quoted_id=quoted or reposted,
        url=post_url(post_id, person.handle),
        mentions=_mentions(entry),
        attachments=read_media(loose.items(entry, "extended_entities", "media")),
    )


def _kind(entry: Payload, account_id: str, *, own: bool) -> PostKind:
    if entry.has("retweeted_status"):
        return "repost"
    is_reply = entry.has("in_reply_to_status_id_str")
    if own:
        return "reply" if is_reply else "quote" if entry.has("quoted_status") else "post"
    if is_reply and entry.id_or_none("in_reply_to_user_id_str") == account_id:
        return "reply"
    quoted = entry.at("quoted_status", "user")
    whose = None if quoted.value is None else quoted.id_or_none("id_str")
    return "quote" if whose == account_id else "mention"


def _id(entry: Payload) -> str:
    return entry.id_or_none("id_str") or entry.id("id")


def _text(entry: Payload) -> str:
    if entry.has("extended_tweet", "full_text"):
        return unescape(entry.text("extended_tweet", "full_text"))
    if entry.has("full_text"):
        return unescape(entry.text("full_text"))
    return unescape(entry.text("text"))


def _moment(entry: Payload) -> datetime:
    """Read a time such as "Wed Feb 05 08:39:31 +0000 2020", whatever the server's locale."""
    said = entry.text("created_at")
    try:
        _, month, day, clock, zone, year = said.split()
        plain = f"{year}-{_MONTHS.index(month) + 1}-{day} {clock} {zone}"
        return datetime.strptime(plain, _PLAIN_DATE).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        expected = 'a time such as "Wed Feb 05 08:39:31 +0000 2020"'
        raise InvalidPayload(f"{entry.path}.created_at", expected) from error


def _mentions(entry: Payload) -> tuple[str, ...]:
    found = loose.items(entry, "entities", "user_mentions")
    return tuple(handle for one in found if (handle := loose.text(one, "screen_name")))


_READERS: dict[str, Callable[[Payload, str], Iterator[Event]]] = {
    "tweet_create_events": _posts,
    "tweet_delete_events": _deletions,
    "direct_message_events": _messages,
}
EVENTS = frozenset(_READERS) | frozenset(_IGNORED) | {"user_event"}

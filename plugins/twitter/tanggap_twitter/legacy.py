"""Read the deprecated Account Activity API, whose posts are objects of the v1.1 API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

from tanggap.sdk import (
    AccountRevoked,
    Attachment,
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
from tanggap_twitter.errors import WITHDRAWN
from tanggap_twitter.messages import read_messages
from tanggap_twitter.people import read_person
from tanggap_twitter.posts import earlier, moment_of_id, read_media, unescape

_PLAIN_DATE = "%Y-%m-%d %H:%M:%S %z"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_METRICS = {
    "favorite_count": "likes",
    "reply_count": "replies",
    "retweet_count": "reposts",
    "quote_count": "quotes",
}
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
        reason=WITHDRAWN,
    )


def _deletion(account_id: str, entry: Payload) -> Iterator[Event]:
    deleted_at = (
        entry.epoch("timestamp_ms", unit=1000) if entry.has("timestamp_ms") else datetime.now(UTC)
    )
    yield PostDeleted(
        account_id=account_id, external_id=_id(entry.mapping("status")), deleted_at=deleted_at
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
    parent = _ref(entry, "in_reply_to_status_id")
    posted_at, previous = _moment(entry), _previous_ids(entry, post_id)
    return IncomingPost(
        account_id=account_id,
        external_id=post_id,
        author_id=person.id,
        text=_text(entry),
        posted_at=posted_at,
        edited_at=posted_at if previous else None,
        previous_ids=previous,
        kind=kind or _kind(entry, account_id, own=person.id == account_id),
        author_name=person.name,
        author_handle=person.handle,
        author_followers=person.followers,
        author_verified=person.verified,
        author_avatar_url=person.avatar_url,
        # a reply's root is not told; the core finds it through the parent
        thread_id=None if parent else post_id,
        in_reply_to=parent,
        quoted_id=_quoted_id(entry),
        url=post_url(post_id, person.handle),
        mentions=_mentions(entry),
        metrics=_metrics(entry),
        attachments=_attachments(entry),
    )


def _kind(entry: Payload, account_id: str, *, own: bool) -> PostKind:
    if entry.has("retweeted_status"):
        return "repost"
    is_reply = _ref(entry, "in_reply_to_status_id") is not None
    if own:
        return "reply" if is_reply else "quote" if _quoted_id(entry) else "post"
    if is_reply and _ref(entry, "in_reply_to_user_id") == account_id:
        return "reply"
    quoted = read_person(loose.at(entry, "quoted_status", "user"))
    return "quote" if quoted is not None and quoted.id == account_id else "mention"


def _quoted_id(entry: Payload) -> str | None:
    """Tell what is quoted or reposted, also where X sends its id alone."""
    for name in ("quoted_status", "retweeted_status"):
        if entry.has(name):
            return _id(entry.at(name))
    return _ref(entry, "quoted_status_id")


def _ref(entry: Payload, name: str) -> str | None:
    return entry.id_or_none(f"{name}_str") or entry.id_or_none(name)


def _previous_ids(entry: Payload, post_id: str) -> tuple[str, ...]:
    """List the ids of earlier versions, as `edit_history` or `edit_controls` has them."""
    for holder in ("edit_history", "edit_controls"):
        for name in ("edit_tweet_ids", "edit_history_tweet_ids"):
            listed = (loose.id_of(one) for one in loose.items(entry, holder, name))
            history = dict.fromkeys(filter(None, listed))
            if history:
                return earlier(history, post_id)
    return ()


def _id(entry: Payload) -> str:
    return entry.id_or_none("id_str") or entry.id("id")


def _text(entry: Payload) -> str:
    if entry.has("extended_tweet", "full_text"):
        return unescape(entry.text("extended_tweet", "full_text"))
    if entry.has("full_text"):
        return unescape(entry.text("full_text"))
    return unescape(entry.text("text"))


def _moment(entry: Payload) -> datetime:
    """Read a time such as "Wed Feb 05 08:39:31 +0000 2020", whatever the server's locale.

    Where there is none the id tells it.
    """
    if not entry.has("created_at"):
        return moment_of_id(_id(entry))
    said = entry.text("created_at")
    try:
        _, month, day, clock, zone, year = said.split()
        plain = f"{year}-{_MONTHS.index(month) + 1}-{day} {clock} {zone}"
        return datetime.strptime(plain, _PLAIN_DATE).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        expected = 'a time such as "Wed Feb 05 08:39:31 +0000 2020"'
        raise InvalidPayload(f"{entry.path}.created_at", expected) from error


def _mentions(entry: Payload) -> tuple[str, ...]:
    holders = (entry, loose.at(entry, "extended_tweet"))
    found = (one for holder in holders for one in loose.items(holder, "entities", "user_mentions"))
    return tuple(dict.fromkeys(filter(None, (loose.text(one, "screen_name") for one in found))))


def _metrics(entry: Payload) -> dict[str, int]:
    counts = ((name, loose.integer(entry, key)) for key, name in _METRICS.items())
    return {name: count for name, count in counts if count is not None}


def _attachments(entry: Payload) -> tuple[Attachment, ...]:
    """Read the media, which a cut post has in its full version alone."""
    whole = loose.items(entry, "extended_tweet", "extended_entities", "media")
    return read_media(whole or loose.items(entry, "extended_entities", "media"))


_READERS: dict[str, Callable[[Payload, str], Iterator[Event]]] = {
    "tweet_create_events": _posts,
    "tweet_delete_events": _deletions,
    "direct_message_events": _messages,
}
EVENTS = frozenset(_READERS) | frozenset(_IGNORED) | {"user_event"}

"""Read X's webhooks: one small function per event of the X Activity API, the legacy one beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from tanggap.sdk import (
    AccountRevoked,
    Event,
    Ignored,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostKind,
    Unreadable,
    WebhookRequest,
    read_json,
)
from tanggap_twitter import legacy
from tanggap_twitter.errors import WITHDRAWN
from tanggap_twitter.messages import read_event, read_messages
from tanggap_twitter.people import read_includes, unwrap
from tanggap_twitter.posts import read_context, read_post

Reader = Callable[[str, Payload], Iterable[Event]]


def parse(request: WebhookRequest) -> Sequence[Event]:
    """Read a delivery; raises `InvalidPayload` when nothing of it can be read."""
    body = read_json(request.body)
    events = list(_read(body))
    if events and all(isinstance(event, Unreadable) for event in events):
        first = events[0]
        if isinstance(first, Unreadable):
            raise InvalidPayload(first.path, first.reason)
    return events


def _read(body: Payload) -> Iterator[Event]:
    keys = body.mapping().keys()
    other = next((name for name in _NOTICES if name in keys), None)
    if other is not None:
        yield Ignored(event=other)
    elif "data" in keys:
        yield from _read_activities(body)
    elif legacy.is_legacy(keys):
        yield from legacy.read(body)
    else:
        raise InvalidPayload("data", "an activity, or an event of the Account Activity API")


def _read_activities(body: Payload) -> Iterator[Event]:
    """Read one activity, or several should X ever batch them: a bad one stops no other."""
    data = body.at("data")
    for activity in data.items() if isinstance(data.value, list) else (data,):
        try:
            yield from list(_read_activity(activity))
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def _read_activity(activity: Payload) -> Iterable[Event]:
    name = activity.text("event_type")
    reader = READERS.get(name)
    return (Ignored(event=name[:100], known=False),) if reader is None else reader(name, activity)


def _post(kind: PostKind | None, _name: str, activity: Payload) -> Iterator[Event]:
    account_id = activity.id("filter", "user_id")
    post = unwrap(activity.mapping("payload"))
    includes = read_includes(activity)
    yield from read_context(includes, account_id)
    yield read_post(post, account_id, includes, kind)


def _own_post(_name: str, activity: Payload) -> Iterator[Event]:
    post = unwrap(activity.mapping("payload"))
    account_id = activity.id_or_none("filter", "user_id") or post.id("author_id")
    includes = read_includes(activity)
    yield from read_context(includes, account_id)
    yield read_post(post, account_id, includes)


def _deletion(_name: str, activity: Payload) -> Iterator[Event]:
    post = unwrap(activity.mapping("payload"))
    account_id = activity.id_or_none("filter", "user_id") or post.id("author_id")
    yield PostDeleted(
        account_id=account_id, external_id=post.id("id"), deleted_at=datetime.now(UTC)
    )


def _message(_name: str, activity: Payload) -> Iterator[Event]:
    account_id = activity.id("filter", "user_id")
    payload = activity.mapping("payload")
    if payload.has("direct_message_events"):
        yield from read_messages(payload, account_id)
    else:
        yield read_event(unwrap(payload), account_id, read_includes(activity))


def _revocation(_name: str, activity: Payload) -> Iterator[Event]:
    yield AccountRevoked(
        account_id=activity.id("payload", "user_id"),
        reason=WITHDRAWN,
    )


def _nothing(name: str, _activity: Payload) -> Iterator[Event]:
    yield Ignored(event=name)


_IGNORED = (
    "dm.read",
    "dm.indicate_typing",
    # the texts of XChat are encrypted and can be read by the two people alone
    "chat.received",
    "chat.sent",
    "chat.conversation_join",
    "like.create",
    "follow.follow",
    "follow.unfollow",
    "mute.mute",
    "mute.unmute",
    "block.block",
    "block.unblock",
    "profile.update.bio",
    "profile.update.profile_picture",
    "profile.update.banner_picture",
    "profile.update.screenname",
    "profile.update.display_name",
    "profile.update.geo",
    "profile.update.url",
    "profile.update.verified_badge",
    "profile.update.affiliate_badge",
    "profile.update.handle",
    "spaces.start",
    "spaces.end",
    "broadcast.start",
    "broadcast.end",
    "news.new",
)

# bodies that tell of no account: the end of a replay, X's own faults, posts of the app's stream
_NOTICES = ("replay_job_status", "errors", "matching_rules")

READERS: dict[str, Reader] = {
    "post.mention.create": partial(_post, None),
    "post.reply.create": partial(_post, "reply"),
    "post.quote.create": partial(_post, "quote"),
    "post.repost.create": partial(_post, "repost"),
    "post.create": _own_post,
    "post.delete": _deletion,
    "dm.received": _message,
    "dm.sent": _message,
    "oauth.revoke": _revocation,
    **dict.fromkeys(_IGNORED, _nothing),
}
EVENTS = frozenset(READERS) | legacy.EVENTS | frozenset(_NOTICES)

"""Turn a forum's posts into events; webhooks and polling send nearly the same objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tanggap.sdk import (
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostEdited,
    PostHidden,
    PostKind,
    Unreadable,
    WebhookRequest,
    read_json,
)
from tanggap_discourse.media import attachments_of
from tanggap_discourse.names import SYSTEM_USER, PostName, forum_of, user_name

EVENT, INSTANCE, USER = "x-discourse-event", "x-discourse-instance", "user"
KEEPS = (EVENT, INSTANCE, USER)
_REGULAR = 1
# Whispers are the staff's own, the others are notes that Discourse writes: closed, moved, pinned.
_OTHER_TYPES = {2: "post.note", 3: "post.note", 4: "post.whisper"}
_MENTION = re.compile(r"(?<![\w@/])@([\w.-]{1,60})")
_COUNTS = {"replies": "reply_count", "quotes": "quote_count", "views": "reads"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where posts were read: on which forum, for which account, in the open or in messages."""

    address: str
    account_id: str
    private: bool = False


def parse(request: WebhookRequest) -> Sequence[Event]:
    """Read a delivery; raises `InvalidPayload` when nothing of it can be read."""
    body = read_json(request.body)
    name = request.headers.get(EVENT, "")
    if not name and body.has("ping"):
        return [Ignored(event="ping")]
    reader = READERS.get(name)
    if reader is None:
        return [Ignored(event=name or "unnamed", known=name in _USELESS)]
    return list(reader(_place_of(request), body.mapping("post")))


def posts_of(place: Place, posts: Iterable[Payload]) -> list[Event]:
    """Read posts one by one, so that a bad one does not cost the others."""
    events: list[Event] = []
    for post in posts:
        try:
            events.extend(_created(place, post))
            if post.integer_or(1, "version") > 1:
                events.extend(_changes(place, post))
        except InvalidPayload as error:
            events.append(Unreadable(path=error.path, reason=error.expected))
    return events


def _place_of(request: WebhookRequest) -> Place:
    """Read from headers and query what the body does not say: which forum, and for whom."""
    address = request.headers.get(INSTANCE, "")
    forum, user = forum_of(address), request.query.get(USER, "")
    if not forum:
        raise InvalidPayload(f"headers.{INSTANCE}", "the forum's address")
    if not (user.isascii() and user.isdigit() and len(user) < 20):
        raise InvalidPayload(f"query.{USER}", "the connected user's number (see the README)")
    return Place(address.rstrip("/"), user_name(forum, user))


def _created(place: Place, post: Payload) -> Iterator[Event]:
    author = post.integer("user_id")
    kind = post.integer_or(_REGULAR, "post_type")
    if kind != _REGULAR:
        yield Ignored(event=_OTHER_TYPES.get(kind, "post.other"))
    elif str(author) == SYSTEM_USER:
        yield Ignored(event="post.system")
    else:
        yield _post(place, post, user_name(forum_of(place.address), author))


def _edited(place: Place, post: Payload) -> Iterator[Event]:
    """Give the post as well, since the webhook of its creation may have been lost."""
    for event in _created(place, post):
        yield event
        if isinstance(event, IncomingPost):
            yield from _changes(place, post)


def _destroyed(place: Place, post: Payload) -> Iterator[Event]:
    yield PostDeleted(
        account_id=place.account_id,
        external_id=str(_name_of(post)),
        deleted_at=_moment_of(post, "deleted_at", "updated_at"),
    )


READERS: Mapping[str, Callable[[Place, Payload], Iterator[Event]]] = {
    "post_created": _created,
    "post_edited": _edited,
    "post_recovered": _edited,
    "post_destroyed": _destroyed,
}
_USELESS = frozenset(
    {"topic_created", "topic_edited", "topic_revised", "topic_destroyed", "topic_recovered"}
)
EVENTS = frozenset(
    {*READERS, *_USELESS, *_OTHER_TYPES.values(), "ping", "post.other", "post.system"}
)


def _post(place: Place, post: Payload, author: str) -> IncomingPost:
    name = _name_of(post)
    private = place.private or post.text_or("", "topic_archetype") == "private_message"
    raw = post.text("raw")
    slug = post.text_or("", "topic_slug") or "-"
    return IncomingPost(
        account_id=place.account_id,
        external_id=str(name),
        author_id=author,
        author_name=post.text_or("", "name") or post.text_or("", "display_username"),
        author_handle=post.text_or("", "username"),
        author_avatar_url=_avatar(place, post),
        text=_with_title(post, name, raw),
        posted_at=post.moment("created_at"),
        edited_at=post.moment("updated_at") if post.integer_or(1, "version") > 1 else None,
        kind=_kind(name, private=private, own=author == place.account_id),
        visibility="private" if private else "public",
        thread_id=str(name.topic),
        in_reply_to=_answered(post, name),
        url=f"{place.address}/t/{slug}/{name}",
        mentions=tuple(dict.fromkeys(_MENTION.findall(raw)))[:50],
        metrics={ours: post.integer_or(0, theirs) for ours, theirs in _COUNTS.items()},
        attachments=attachments_of(post.text_or("", "cooked"), place.address),
    )


def _changes(place: Place, post: Payload) -> Iterator[Event]:
    name = _name_of(post)
    if post.boolean_or(False, "user_deleted"):
        yield from _destroyed(place, post)
        return
    yield PostEdited(
        account_id=place.account_id,
        external_id=str(name),
        text=_with_title(post, name, post.text("raw")),
        edited_at=post.moment("updated_at"),
    )
    yield PostHidden(
        account_id=place.account_id,
        external_id=str(name),
        hidden=post.boolean_or(False, "hidden"),
    )


def _with_title(post: Payload, name: PostName, raw: str) -> str:
    """Put a topic's title above its first post, unless the post begins by saying it again."""
    title = post.text_or("", "topic_title").strip() if name.number == 1 else ""
    said = raw.strip().casefold().startswith(title.casefold())
    return raw if said else f"{title}\n\n{raw}"


def _kind(name: PostName, *, private: bool, own: bool) -> PostKind:
    if private:
        return "message"
    if name.number > 1:
        return "reply"
    return "post" if own else "mention"


def _answered(post: Payload, name: PostName) -> str | None:
    """Name the post that is answered; without one, a post answers its topic."""
    if name.number == 1:
        return None
    number = post.integer_or(1, "reply_to_post_number")
    return str(PostName(name.topic, number if 0 < number < name.number else 1))


def _name_of(post: Payload) -> PostName:
    topic, number = post.integer("topic_id"), post.integer("post_number")
    for field, value in (("topic_id", topic), ("post_number", number)):
        if not 0 < value < 10**18:
            raise InvalidPayload(f"{post.path}.{field}", "a number from 1")
    return PostName(topic, number)


def _moment_of(post: Payload, *fields: str) -> datetime:
    return post.moment(next((field for field in fields if post.has(field)), fields[-1]))


def _avatar(place: Place, post: Payload) -> str | None:
    path = post.text_or("", "avatar_template").replace("{size}", "120")
    if path.startswith("//"):
        return f"https:{path}"
    return f"{place.address}{path}" if path.startswith("/") else path or None

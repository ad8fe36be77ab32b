"""Turn LinkedIn's notifications into events; webhooks and polling send the same objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tanggap.sdk import (
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostEdited,
    PostKind,
    Unreadable,
    WebhookRequest,
    read_json,
)
from tanggap_linkedin.reading import (
    COMMENT,
    SHARE,
    author_of,
    comment_urn,
    decorated,
    happened,
    has_text,
    parent_of,
    share_urn,
    text_of,
)
from tanggap_linkedin.texts import mentions_in, plain_text
from tanggap_linkedin.urns import dated_by, link, local_id, read_urn

NOTIFICATIONS = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
_LONGEST_NAME = 80


def parse(request: WebhookRequest) -> Sequence[Event]:
    """Read a delivery; raises `InvalidPayload` when nothing of it can be read."""
    body = read_json(request.body)
    body.mapping()
    kind = body.text_or(NOTIFICATIONS, "type")
    if kind != NOTIFICATIONS:
        return [Ignored(event=_name(kind), known=False)]
    if not body.has("notifications"):
        raise InvalidPayload("notifications", "a list")
    events = events_of(body.items("notifications"))
    bad = [event for event in events if isinstance(event, Unreadable)]
    if bad and len(bad) == len(events):
        raise InvalidPayload(bad[0].path, bad[0].reason)
    return events


def events_of(notifications: Iterable[Payload]) -> list[Event]:
    """Read a batch entry by entry, so that a bad one does not cost the others."""
    events: list[Event] = []
    for notification in notifications:
        try:
            events.extend(_read(notification))
        except InvalidPayload as error:
            events.append(Unreadable(path=error.path, reason=error.expected))
    return events


def _read(notification: Payload) -> list[Event]:
    action = notification.mapping().text("action")
    reader = READERS.get(action)
    if reader is None:
        return [Ignored(event=_name(action), known=False)]
    return list(reader(notification))


def _comment(notification: Payload) -> Iterator[Event]:
    yield from _written_comment(notification)


def _admin_comment(notification: Payload) -> Iterator[Event]:
    """Read a comment written as the page, whoever among its people typed it."""
    page = read_urn(notification, "organizationalEntity")
    yield from _written_comment(notification, author=page)


def _comment_mention(notification: Payload) -> Iterator[Event]:
    yield from _written_comment(notification, "mention")


def _comment_edit(notification: Payload) -> Iterator[Event]:
    """Read a comment's new text; without one there is nothing to change."""
    urn = comment_urn(notification)
    comment = decorated(notification, COMMENT)
    if not has_text(comment):
        yield Ignored(event="COMMENT_EDIT")
        return
    yield PostEdited(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=str(urn),
        text=text_of(comment),
        edited_at=happened(notification, urn.id),
    )


def _comment_delete(notification: Payload) -> Iterator[Event]:
    urn = comment_urn(notification)
    yield PostDeleted(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=str(urn),
        deleted_at=happened(notification, urn.id),
    )


def _share_mention(notification: Payload) -> Iterator[Event]:
    if notification.has("decoratedGeneratedActivity", "comment"):
        yield from _written_comment(notification, "mention")
    else:
        yield _share_post(notification, "mention")


def _share(notification: Payload) -> Iterator[Event]:
    """Read a reshare: what somebody says over our post may need an answer, a bare one never."""
    source = None
    if notification.has("sourcePost"):
        source = read_urn(notification, "sourcePost")
        yield from _source(notification, source)
    said = text_of(decorated(notification, *SHARE))
    yield _share_post(notification, "quote" if said.strip() else "repost", quoted=source)


def _like(notification: Payload) -> Iterator[Event]:
    yield Ignored(event=notification.text("action"))


READERS: Mapping[str, Callable[[Payload], Iterator[Event]]] = {
    "COMMENT": _comment,
    "ADMIN_COMMENT": _admin_comment,
    "COMMENT_EDIT": _comment_edit,
    "COMMENT_DELETE": _comment_delete,
    "COMMENT_MENTION": _comment_mention,
    "SHARE_MENTION": _share_mention,
    "SHARE": _share,
    "LIKE": _like,
}
EVENTS = frozenset(READERS)


def _written_comment(
    notification: Payload, kind: PostKind | None = None, *, author: str | None = None
) -> Iterator[Event]:
    urn = comment_urn(notification)
    comment = decorated(notification, COMMENT)
    parent = parent_of(comment, urn)
    yield from _source(notification, urn.post)
    yield IncomingPost(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=str(urn),
        author_id=author or author_of(comment, str(urn)),
        text=text_of(comment),
        posted_at=happened(notification, urn.id),
        kind=kind or ("reply" if parent else "comment"),
        thread_id=parent or str(urn),
        in_reply_to=parent or urn.post,
        url=link(str(urn)),
    )


def _share_post(
    notification: Payload, kind: PostKind, *, quoted: str | None = None
) -> IncomingPost:
    share = decorated(notification, *SHARE)
    urn = share_urn(notification, share)
    text = text_of(share)
    return IncomingPost(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=urn,
        author_id=author_of(share, urn),
        text=plain_text(text),
        posted_at=happened(notification, local_id(urn)),
        kind=kind,
        thread_id=urn,
        quoted_id=quoted,
        mentions=mentions_in(text),
        url=link(urn),
    )


def _source(notification: Payload, urn: str) -> Iterator[Event]:
    """Give the post that was commented, as far as LinkedIn sent it along."""
    try:
        if not notification.has("decoratedSourcePost", "owner"):
            return
        post = notification.mapping("decoratedSourcePost")
        seen = happened(notification, local_id(urn))
        yield IncomingPost(
            account_id=read_urn(notification, "organizationalEntity"),
            external_id=urn,
            author_id=read_urn(post, "owner"),
            text=plain_text(text_of(post)),
            posted_at=min(dated_by(local_id(urn)) or seen, seen),
            kind="post",
            thread_id=urn,
            url=link(urn),
        )
    except InvalidPayload as error:
        # Only context: the comment itself goes on.
        yield Unreadable(path=error.path, reason=error.expected)


def _name(event: str) -> str:
    """Name an event for the counters: short and plain, whatever was sent."""
    return event[:_LONGEST_NAME].encode("ascii", "replace").decode()

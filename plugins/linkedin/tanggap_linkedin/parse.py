"""Turn LinkedIn's notifications into events; webhooks and polling send the same objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from tanggap.sdk import (
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostEdited,
    Unreadable,
    WebhookRequest,
    read_json,
)
from tanggap.sdk.types import PostKind
from tanggap_linkedin.urns import (
    CommentUrn,
    link,
    local_id,
    read_comment,
    read_urn,
    written_at,
)

NOTIFICATIONS = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
# "Little text": @[Name](urn:li:organization:1), #[tag](…), {hashtag|\#|tag} and \-escapes.
_MENTION = re.compile(r"@\[((?:[^\]\\]|\\.)*)\]\(urn:li:[^()]*\)")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^{}|]*)\}")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")


def parse(request: WebhookRequest) -> Sequence[Event]:
    """Read a delivery; raises `InvalidPayload` when nothing of it can be read."""
    body = read_json(request.body)
    if body.value is None:
        raise InvalidPayload("body", "an object")
    kind = body.text_or(NOTIFICATIONS, "type")
    if kind != NOTIFICATIONS:
        return [Ignored(event=kind, known=False)]
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
    action = notification.text("action")
    reader = READERS.get(action)
    if reader is None:
        return [Ignored(event=action, known=False)]
    return list(reader(notification))


def _comment(notification: Payload) -> Iterator[Event]:
    yield from _written_comment(notification)


def _comment_mention(notification: Payload) -> Iterator[Event]:
    yield from _written_comment(notification, "mention")


def _comment_edit(notification: Payload) -> Iterator[Event]:
    comment = notification.mapping("decoratedGeneratedActivity", "comment")
    yield PostEdited(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=str(_comment_urn(notification)),
        text=text_of(comment),
        edited_at=_happened(notification),
    )


def _comment_delete(notification: Payload) -> Iterator[Event]:
    yield PostDeleted(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=str(_comment_urn(notification)),
        deleted_at=_happened(notification),
    )


def _share_mention(notification: Payload) -> Iterator[Event]:
    yield _share_post(notification, "mention")


def _share(notification: Payload) -> Iterator[Event]:
    if not notification.has("decoratedGeneratedActivity", "share"):
        yield Ignored(event="SHARE")
        return
    source = read_urn(notification, "sourcePost")
    said = text_of(notification.mapping("decoratedGeneratedActivity", "share"))
    yield from _source(notification, source)
    # What somebody says over our post may need an answer; a bare reshare never does.
    yield _share_post(notification, "quote" if said.strip() else "repost", quoted=source)


def _like(notification: Payload) -> Iterator[Event]:
    yield Ignored(event=notification.text("action"))


READERS: Mapping[str, Callable[[Payload], Iterator[Event]]] = {
    "COMMENT": _comment,
    "ADMIN_COMMENT": _comment,
    "COMMENT_EDIT": _comment_edit,
    "COMMENT_DELETE": _comment_delete,
    "COMMENT_MENTION": _comment_mention,
    "SHARE_MENTION": _share_mention,
    "SHARE": _share,
    "LIKE": _like,
}


def text_of(written: Payload) -> str:
    """Read the text of a comment or share from either place; empty where only images are."""
    return written.text("text") if written.has("text") else written.text_or("", "message", "text")


def plain_text(little: str) -> str:
    """Show a post's "little text" as people see it."""
    shown = _HASHTAG.sub(r"#\1", _MENTION.sub(r"@\1", little))
    return _ESCAPED.sub(r"\1", shown)


def _written_comment(notification: Payload, kind: PostKind | None = None) -> Iterator[Event]:
    comment = notification.mapping("decoratedGeneratedActivity", "comment")
    urn = _comment_urn(notification)
    parent = _parent_of(comment)
    yield from _source(notification, urn.post)
    yield IncomingPost(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=str(urn),
        author_id=read_urn(comment, "owner"),
        text=text_of(comment),
        posted_at=_happened(notification),
        kind=kind or ("reply" if parent else "comment"),
        thread_id=parent or str(urn),
        in_reply_to=parent or urn.post,
        url=link(str(urn)),
    )


def _share_post(
    notification: Payload, kind: PostKind, *, quoted: str | None = None
) -> IncomingPost:
    share = notification.mapping("decoratedGeneratedActivity", "share")
    named = share if share.has("entity") else notification
    urn = read_urn(named, "entity" if named is share else "generatedActivity")
    text = text_of(share)
    return IncomingPost(
        account_id=read_urn(notification, "organizationalEntity"),
        external_id=urn,
        author_id=read_urn(share, "owner"),
        text=plain_text(text),
        posted_at=_happened(notification),
        kind=kind,
        thread_id=urn,
        quoted_id=quoted,
        mentions=tuple(_MENTION.findall(text)),
        url=link(urn),
    )


def _source(notification: Payload, urn: str) -> Iterator[Event]:
    """Give the post that was commented, as far as LinkedIn sent it along."""
    try:
        if not notification.has("decoratedSourcePost", "owner"):
            return
        post = notification.mapping("decoratedSourcePost")
        yield IncomingPost(
            account_id=read_urn(notification, "organizationalEntity"),
            external_id=urn,
            author_id=read_urn(post, "owner"),
            text=plain_text(text_of(post)),
            posted_at=written_at(local_id(urn), latest=_happened(notification)),
            kind="post",
            thread_id=urn,
            url=link(urn),
        )
    except InvalidPayload as error:
        # Only context: the comment itself goes on.
        yield Unreadable(path=error.path, reason=error.expected)


def _comment_urn(notification: Payload) -> CommentUrn:
    if notification.has("generatedActivity"):
        return read_comment(notification, "generatedActivity")
    return read_comment(notification, "decoratedGeneratedActivity", "comment", "entity")


def _parent_of(comment: Payload) -> str | None:
    for key in ("parentComment", "object"):
        parent = CommentUrn.read(comment.text_or("", key))
        if parent:
            return str(parent)
    return None


def _happened(notification: Payload) -> datetime:
    return notification.epoch("lastModifiedAt", unit=1000)

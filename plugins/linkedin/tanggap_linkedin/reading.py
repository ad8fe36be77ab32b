"""Small readers of one notification: ids, times, authors and texts, wherever they stand."""

from __future__ import annotations

from datetime import datetime

from tanggap.sdk import InvalidPayload, Payload
from tanggap_linkedin.urns import CommentUrn, dated_by, read_comment, read_urn

COMMENT = "comment"
SHARE = ("share", "ugcPost", "post")
_ACTIVITY = "decoratedGeneratedActivity"
_FIRST_MILLISECONDS = 10**11
_AUTHORS = (("owner",), ("actor",), ("author",), ("created", "actor"))


def decorated(notification: Payload, *names: str) -> Payload:
    """Give the comment or post that LinkedIn sent along; an empty object where it did not."""
    for name in names:
        if notification.has(_ACTIVITY, name):
            return notification.mapping(_ACTIVITY, name)
    return Payload({}, notification.at(_ACTIVITY).path)


def comment_urn(notification: Payload) -> CommentUrn:
    """Read which comment it is about."""
    if notification.has("generatedActivity") or not notification.has(_ACTIVITY, COMMENT):
        return read_comment(notification, "generatedActivity")
    return read_comment(notification, _ACTIVITY, COMMENT, "entity")


def share_urn(notification: Payload, share: Payload) -> str:
    """Read which post it is about."""
    if share.has("entity"):
        return read_urn(share, "entity")
    return read_urn(notification, "generatedActivity")


def parent_of(comment: Payload, itself: CommentUrn) -> str | None:
    """Name the comment that this one answers; None where it stands below the post itself."""
    for key in ("parentComment", "object"):
        named = comment.at(key).value
        parent = CommentUrn.read(named) if isinstance(named, str) else None
        if parent and parent != itself:
            return str(parent)
    return None


def author_of(written: Payload, unknown: str) -> str:
    """Find who wrote it.

    LinkedIn may leave the decorated part out. Such an author gets an id of their own made from
    `unknown`, the id of the post, so that strangers are never taken for one another.
    """
    for keys in _AUTHORS:
        if written.has(*keys):
            return read_urn(written, *keys)
    return f"anonymous:{unknown}"


def knows_author(written: Payload) -> bool:
    """Tell whether LinkedIn said who wrote it."""
    return any(written.has(*keys) for keys in _AUTHORS)


def text_of(written: Payload) -> str:
    """Read the text of a comment or a post; empty where only images are."""
    return _said(written) or ""


def has_text(written: Payload) -> bool:
    """Tell an empty text from none."""
    return _said(written) is not None


def happened(notification: Payload, number: str = "") -> datetime:
    """Read when it happened; where LinkedIn does not say, `number` may tell, the id of the post."""
    if not notification.has("lastModifiedAt"):
        dated = dated_by(number)
        if dated is None:
            raise InvalidPayload(notification.at("lastModifiedAt").path, "a time")
        return dated
    given = notification.at("lastModifiedAt")
    unit = 1000 if abs(given.integer()) >= _FIRST_MILLISECONDS else 1
    return given.epoch(unit=unit)


def _said(written: Payload) -> str | None:
    for key in ("text", "commentary"):
        if written.has(key):
            return written.text(key)
    message = written.at("message")
    if isinstance(message.value, str):
        return message.value
    return message.text("text") if message.has("text") else None

"""The notifications a page gets, kept for polling and sent to subscribed webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from tanggap.sdk.simulator import Change, Person, SimulatedPost
from tanggap_linkedin.simulator.urns import (
    activity_of,
    is_comment,
    milliseconds,
    root_of,
    short,
    top_of,
)

RETENTION = timedelta(days=60)
_EVERY_THIRD = 3


@dataclass(frozen=True, slots=True)
class Notification:
    """One entry of a page's notification list."""

    entity: str
    action: str
    at: int
    body: dict[str, object]


class NotificationLog:
    """All notifications so far."""

    def __init__(self, member: Person) -> None:
        self._member = member
        self._ids = count(7_700_001)
        self._entries: list[Notification] = []

    def record(self, post: SimulatedPost, change: Change, now: datetime) -> Notification | None:
        """Note what a change tells the company's pages."""
        action = _action(post, change)
        if action is None:
            return None
        entry = self._entry(post, action, post.at if change == "created" else now)
        self._entries.append(entry)
        return entry

    def find(
        self, entity: str, actions: frozenset[str], begin: int, end: int
    ) -> Sequence[Notification]:
        """List a page's notifications of a span of time, newest first."""
        found = [
            entry
            for entry in self._entries
            if entry.entity == entity and entry.action in actions and begin <= entry.at <= end
        ]
        return sorted(found, key=lambda entry: -entry.at)

    def _entry(self, post: SimulatedPost, action: str, at: datetime) -> Notification:
        root = _source_of(post)
        entity = root.author.id if root.ours else post.account.id
        number = next(self._ids)
        body: dict[str, object] = {
            # LinkedIn's ids may be negative, so every third one is.
            "notificationId": -number if number % _EVERY_THIRD == 0 else number,
            "organizationalEntity": entity,
            "action": action,
            "sourcePost": activity_of(root),
            "lastModifiedAt": milliseconds(at),
            "subscriber": self._member.id,
        }
        if root is not post:
            body["decoratedSourcePost"] = _share(root)
        if action != "LIKE":
            body["generatedActivity"] = short(post.id)
        if action not in {"LIKE", "COMMENT_DELETE"}:
            body["decoratedGeneratedActivity"] = (
                {"comment": _comment(post)} if is_comment(post) else {"share": _share(post)}
            )
        return Notification(entity, action, milliseconds(at), body)


def _action(post: SimulatedPost, change: Change) -> str | None:
    """Name the notification, if LinkedIn sends one."""
    if change == "metrics":
        return "LIKE" if "likes" in post.metrics and _source_of(post).ours else None
    if is_comment(post):
        return _comment_action(post, change)
    if change != "created" or post.ours:
        return None
    if post.kind == "mention":
        return "SHARE_MENTION"
    return "SHARE" if post.parent and _source_of(post).ours else None


def _comment_action(post: SimulatedPost, change: Change) -> str | None:
    if not root_of(post).ours:
        mentioned = post.kind == "mention" and change == "created"
        return "COMMENT_MENTION" if mentioned else None
    if change == "created":
        return "ADMIN_COMMENT" if post.ours else "COMMENT"
    return {"edited": "COMMENT_EDIT", "deleted": "COMMENT_DELETE"}.get(change)


def _source_of(post: SimulatedPost) -> SimulatedPost:
    """Find the post a comment stands below or a share repeats; else the post itself."""
    return root_of(post if is_comment(post) or post.parent is None else post.parent)


def _share(post: SimulatedPost) -> dict[str, object]:
    return {
        "entity": post.id,
        "owner": post.author.id,
        # A script must give a reshare some text; on LinkedIn a bare one has none.
        "text": "" if post.kind == "repost" else post.text,
        "mediaCategory": "NONE",
    }


def _comment(post: SimulatedPost) -> dict[str, object]:
    top = top_of(post)
    return {
        "entity": post.id,
        "owner": post.author.id,
        "text": post.text,
        "object": activity_of(post) if top is post else top.id,
    }

"""Look up what LinkedIn left out of its notifications: texts and authors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tanggap.sdk import (
    Event,
    Gone,
    IncomingPost,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostEdited,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap_linkedin.client import Client
from tanggap_linkedin.parse import events_of
from tanggap_linkedin.reading import COMMENT, SHARE, decorated, has_text, knows_author
from tanggap_linkedin.urns import encode, read_comment, read_urn

# A development app has 100 calls per member and day.
MOST_PER_PAGE = 10
_COMMENTS = frozenset({"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_MENTION"})


def complete(
    notifications: Sequence[Payload], client: Client
) -> tuple[Sequence[Payload], Sequence[Event]]:
    """Fill gaps, some per page, and give what to correct.

    A webhook may have brought the same post with its gap, so the text also goes in as an edit,
    which changes nothing where it was known. What is gone by now is left out and marked deleted.
    """
    completed: list[Payload] = []
    corrections: list[Event] = []
    left = MOST_PER_PAGE
    for notification in notifications:
        part = _missing_part(notification) if left else None
        if part is None:
            completed.append(notification)
            continue
        left -= 1
        try:
            full = _filled(notification, part, client)
        except Gone:
            corrections += _as_deletions(events_of([notification]))
            continue
        except (RateLimited, Unavailable):
            full, left = notification, 0
        except (InvalidPayload, Rejected):
            full = notification
        completed.append(full)
        if full is not notification:
            corrections += _as_edits(events_of([full]))
    return completed, corrections


def _missing_part(notification: Payload) -> str | None:
    """Name the decorated part that came without a text; None where nothing is missing."""
    try:
        action = notification.text_or("", "action")
        if action in _COMMENTS:
            written, part = decorated(notification, COMMENT), COMMENT
        elif action == "SHARE_MENTION":
            written, part = decorated(notification, *SHARE), SHARE[0]
        else:
            return None
        return None if has_text(written) and knows_author(written) else part
    except InvalidPayload:
        return None


def _filled(notification: Payload, part: str, client: Client) -> Payload:
    """Fill the part from the post or the comment itself."""
    written = _share(notification, client) if part == SHARE[0] else _comment(notification, client)
    fields = notification.value if isinstance(notification.value, dict) else {}
    return Payload({**fields, "decoratedGeneratedActivity": {part: written}}, notification.path)


def _share(notification: Payload, client: Client) -> dict[str, object]:
    urn = read_urn(notification, "generatedActivity")
    post = client.get(f"posts/{encode(urn)}")
    owner, text = post.at("author").value, post.at("commentary").value
    return {"entity": urn, "owner": owner, "text": text}


def _comment(notification: Payload, client: Client) -> dict[str, object]:
    comment = read_comment(notification, "generatedActivity")
    found = client.get(f"socialActions/{encode(comment.post)}/comments/{comment.id}")
    return {
        "entity": str(comment),
        "owner": found.at("actor").value,
        "message": found.at("message").value,
        "parentComment": found.at("parentComment").value,
    }


def _as_edits(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, IncomingPost) and event.kind != "post":
            yield PostEdited(
                account_id=event.account_id,
                external_id=event.external_id,
                text=event.text,
                edited_at=event.posted_at,
            )


def _as_deletions(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, IncomingPost) and event.kind != "post":
            yield PostDeleted(
                account_id=event.account_id,
                external_id=event.external_id,
                deleted_at=event.posted_at,
            )

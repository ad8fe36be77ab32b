"""Ask LinkedIn for notifications of a span of time: first connection, gaps, lost subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tanggap.sdk import (
    Account,
    Event,
    Http,
    IncomingPost,
    InvalidPayload,
    Page,
    Payload,
    PostEdited,
    Rejected,
)
from tanggap_linkedin.client import PAGE_SIZE, Client
from tanggap_linkedin.parse import events_of, text_of
from tanggap_linkedin.urns import encode, read_comment, read_urn

# A development app has 100 calls per member and day, and replies need some of them.
EVERY = timedelta(minutes=20)
FIRST_LOOK_BACK = timedelta(hours=48)
_KEPT_BY_LINKEDIN = timedelta(days=60)
# Notifications may be listed a little later than they are dated.
_OVERLAP = timedelta(minutes=10)
_ACTIONS = "COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,COMMENT_MENTION,SHARE_MENTION,SHARE"
_LOOK_UPS_PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class Cursor:
    """A span of time in milliseconds and how much of it has been read."""

    begin: int
    end: int
    offset: int

    @classmethod
    def read(cls, text: str | None, now: datetime) -> Cursor:
        """Read `begin` or `begin:end:offset`; anything else starts afresh."""
        parts = (text or "").split(":")
        if all(part.isascii() and part.isdigit() and len(part) < 15 for part in parts):
            numbers = [int(part) for part in parts]
            if len(numbers) == 3:
                return cls(*numbers)
            if len(numbers) == 1:
                oldest = _milliseconds(now - _KEPT_BY_LINKEDIN)
                return cls(max(numbers[0], oldest), _milliseconds(now), 0)
        return cls(_milliseconds(now - FIRST_LOOK_BACK), _milliseconds(now), 0)

    def after(self, page_length: int) -> tuple[str, bool]:
        """Give the next cursor, and whether this span has more pages."""
        if page_length >= PAGE_SIZE:
            return f"{self.begin}:{self.end}:{self.offset + page_length}", True
        return str(self.end - _OVERLAP // timedelta(milliseconds=1)), False


def fetch(
    account: Account,
    cursor: str | None,
    http: Http,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Page:
    """Fetch one page of notifications, oldest first; the first call looks back 48 hours."""
    span = Cursor.read(cursor, clock())
    client = Client.of(account, http)
    body = client.get(
        f"organizationalEntityNotifications?q=criteria&actions=List({_ACTIONS})"
        f"&organizationalEntity={encode(account.external_id)}"
        f"&timeRange=(start:{span.begin},end:{span.end})"
        f"&start={span.offset}&count={PAGE_SIZE}",
        finder=True,
    )
    found = list(body.items("elements"))
    completed, corrections = _complete(found, client)
    following, more = span.after(len(found))
    events = [*events_of(sorted(completed, key=_dated)), *corrections]
    return Page(events=events, cursor=following, more=more)


def _complete(found: list[Payload], client: Client) -> tuple[list[Payload], list[Event]]:
    """Look up the texts LinkedIn left out, some per page.

    A webhook may have brought the same post without its text, so the text also goes in as an
    edit, which changes nothing where it was known.
    """
    completed: list[Payload] = []
    corrections: list[Event] = []
    look_ups = 0
    for notification in found:
        part = _missing_part(notification) if look_ups < _LOOK_UPS_PER_PAGE else None
        full = _looked_up(notification, part, client) if part else notification
        completed.append(full)
        if part:
            look_ups += 1
        if full is not notification:
            corrections += _as_edits(events_of([full]))
    return completed, corrections


def _missing_part(notification: Payload) -> str | None:
    """Name the decorated part that came without a text; None where nothing is missing."""
    try:
        action = notification.text_or("", "action")
        if action not in {"COMMENT", "ADMIN_COMMENT", "COMMENT_MENTION", "SHARE_MENTION"}:
            return None
        part = "share" if action == "SHARE_MENTION" else "comment"
        if not notification.has("decoratedGeneratedActivity", part):
            return part
        written = notification.mapping("decoratedGeneratedActivity", part)
        return None if text_of(written) and written.has("owner") else part
    except InvalidPayload:
        return None


def _looked_up(notification: Payload, part: str, client: Client) -> Payload:
    """Fill the missing part from the post or comment itself; as it was where that is refused."""
    try:
        if part == "share":
            urn = read_urn(notification, "generatedActivity")
            post = client.get(f"posts/{encode(urn)}")
            written: dict[str, object] = {
                "entity": urn,
                "owner": post.at("author").value,
                "text": post.at("commentary").value,
            }
        else:
            comment = read_comment(notification, "generatedActivity")
            found = client.get(f"socialActions/{encode(comment.post)}/comments/{comment.id}")
            written = {
                "entity": str(comment),
                "owner": found.at("actor").value,
                "message": found.at("message").value,
                "parentComment": found.at("parentComment").value,
            }
    except (InvalidPayload, Rejected):
        return notification
    fields = notification.value if isinstance(notification.value, dict) else {}
    filled = {**fields, "decoratedGeneratedActivity": {part: written}}
    return Payload(filled, notification.path)


def _as_edits(events: Iterable[Event]) -> list[PostEdited]:
    return [
        PostEdited(
            account_id=event.account_id,
            external_id=event.external_id,
            text=event.text,
            edited_at=event.posted_at,
        )
        for event in events
        if isinstance(event, IncomingPost) and event.kind != "post"
    ]


def _dated(notification: Payload) -> int:
    try:
        return notification.integer_or(0, "lastModifiedAt")
    except InvalidPayload:
        return 0


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

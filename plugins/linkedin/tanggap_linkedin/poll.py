"""Ask LinkedIn for notifications of a span of time: first connection, gaps, lost subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tanggap.sdk import Account, Http, InvalidPayload, Page, Payload
from tanggap_linkedin.client import PAGE_SIZE, Client, elements_of
from tanggap_linkedin.looking_up import complete
from tanggap_linkedin.parse import events_of
from tanggap_linkedin.urns import encode

# A development app has 100 calls per member and day, and replies need some of them.
EVERY = timedelta(minutes=20)
FIRST_LOOK_BACK = timedelta(hours=48)
_KEPT_BY_LINKEDIN = timedelta(days=60)
# Notifications may be listed a little later than they are dated.
_OVERLAP = timedelta(minutes=10)
_ACTIONS = "COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,COMMENT_MENTION,SHARE_MENTION,SHARE"


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
    found = elements_of(body)
    completed, corrections = complete(found, client)
    following, more = span.after(len(found))
    events = [*events_of(sorted(completed, key=_dated)), *corrections]
    return Page(events=events, cursor=following, more=more)


def _dated(notification: Payload) -> int:
    try:
        return notification.integer_or(0, "lastModifiedAt")
    except InvalidPayload:
        return 0


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

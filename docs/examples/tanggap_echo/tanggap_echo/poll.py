"""Ask Echo for new entries, page by page."""

from __future__ import annotations

from datetime import timedelta

from tanggap.sdk import Account, Http, InvalidPayload, Page, Unavailable

from tanggap_echo.client import Client
from tanggap_echo.parse import entries_of

EVERY = timedelta(minutes=2)
PAGE_SIZE = 20


def fetch(account: Account, cursor: str | None, http: Http) -> Page:
    """Read the entries after the cursor, which is the number of the last one read."""
    after = cursor if cursor and cursor.isascii() and cursor.isdigit() else "0"
    answer = Client.of(account, http).call(
        "GET", "entries", params={"after": after, "limit": str(PAGE_SIZE)}
    )
    try:
        events = entries_of(account.external_id, answer.items("entries"))
        last = answer.id_or_none("last")
        more = answer.boolean_or(False, "more")
    except InvalidPayload as error:
        raise Unavailable(f"Echo's answer cannot be read: {error}") from error
    return Page(events, last or after, more=more and last is not None)

"""LinkedIn's measures: the length of a comment, the daily quotas, how long data may be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tanggap.sdk import Retention

MAX_COMMENT = 1250
# Members' comments, mentions and reactions for 48 hours, their profiles for 24.
RETENTION = Retention(
    posts=timedelta(hours=48),
    authors=timedelta(hours=24),
    source="https://learn.microsoft.com/en-us/linkedin/marketing/data-storage-requirements",
)
_SHORT_WAIT = timedelta(minutes=1)


def measure(text: str) -> int:
    """Count UTF-16 units, as LinkedIn's servers do: most emoji count as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def until_quota_reset(now: datetime) -> timedelta:
    """Give the time until 00:00 UTC, when the daily quotas of app and member start again."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) - now


def pause(retry_after: str, message: str, now: datetime) -> timedelta:
    """Say how long to wait after a 429.

    LinkedIn sends one code for daily quotas and for short throttles and names the difference
    in the message alone, so the message decides the length of the wait and nothing else.
    """
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) <= 6:
        return timedelta(seconds=int(retry_after))
    return until_quota_reset(now) if " DAY " in message.upper() else _SHORT_WAIT

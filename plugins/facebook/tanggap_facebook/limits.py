"""Facebook's measures: how long texts may be, how many calls are left, how long data is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from tanggap.sdk import InvalidPayload, Payload, Retention
from tanggap_facebook.reading import loose_count

MAX_COMMENT = 8000
MAX_MESSAGE = 2000
# Meta's terms bound no time; what people ask to have deleted must go.
RETENTION = Retention(source="https://developers.facebook.com/terms/")
# Facebook throttles at 100; calling on then prolongs the throttling.
NEARLY_USED_UP = 90
_APP_USAGE = ("x-app-usage", "x-page-usage")
_BUSINESS_USAGE = "x-business-use-case-usage"
_SHARES = ("call_count", "total_time", "total_cputime")
_LONGEST_PAUSE = timedelta(hours=24)


def measure(text: str) -> int:
    """Count code points; links and emoji have no weight of their own on Facebook."""
    return len(text)


def time_to_regain_access(headers: Mapping[str, str]) -> timedelta | None:
    """Read how long the pause lasts from the business usage header, which counts minutes."""
    key = "estimated_time_to_regain_access"
    longest = max((loose_count(entry, key) or 0 for entry in _business(headers)), default=0)
    return min(timedelta(minutes=min(longest, 10_000)), _LONGEST_PAUSE) if longest > 0 else None


def used_percent(headers: Mapping[str, str]) -> int:
    """Read how much of the allowed calls is used: the fullest of all the meters of an answer."""
    found = [_header(headers, name) for name in _APP_USAGE]
    entries = [*(entry for entry in found if isinstance(entry.value, dict)), *_business(headers)]
    return max((loose_count(entry, key) or 0 for entry in entries for key in _SHARES), default=0)


def _business(headers: Mapping[str, str]) -> Iterator[Payload]:
    usage = _header(headers, _BUSINESS_USAGE)
    for key in usage.keys():  # noqa: SIM118 (`Payload` is no mapping)
        try:
            yield from (entry for entry in usage.items(key) if isinstance(entry.value, dict))
        except InvalidPayload:
            continue


def _header(headers: Mapping[str, str], name: str) -> Payload:
    """Decode the JSON in a header; anything else reads as null."""
    found = next((value for key, value in headers.items() if key.lower() == name), "")
    try:
        return Payload(json.loads(found))
    except (ValueError, RecursionError):
        return Payload(None)

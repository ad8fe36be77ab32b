"""Facebook's measures: how long texts may be, and how many calls are left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from tanggap.sdk import InvalidPayload, Payload
from tanggap_facebook.reading import loose_count

MAX_COMMENT = 8000
MAX_MESSAGE = 2000
# Facebook throttles at 100; calling on then prolongs the throttling.
NEARLY_USED_UP = 90
_APP_USAGE = ("x-app-usage", "x-page-usage")
_BUSINESS_USAGE = "x-business-use-case-usage"
_SHARES = ("call_count", "total_time", "total_cputime")
_DEFAULT_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(hours=24)


def measure(text: str) -> int:
    """Count code points; links and emoji have no weight of their own on Facebook."""
    return len(text)


def time_to_regain_access(headers: Mapping[str, str]) -> timedelta | None:
    """Read how long the pause lasts from the business usage header, which counts minutes."""
    key = "estimated_time_to_regain_access"
    longest = max((loose_count(entry, key) or 0 for entry in _business(headers)), default=0)
    return min(timedelta(minutes=min(longest, 10_000)), _LONGEST_PAUSE) if longest > 0 else None


def pause(headers: Mapping[str, str]) -> timedelta:
    """Say how long to wait; Facebook itself sends no `Retry-After`, a proxy before it may."""
    given = header(headers, "retry-after")
    if given.isascii() and given.isdigit() and 0 < len(given) <= 6:
        return min(timedelta(seconds=max(int(given), 1)), _LONGEST_PAUSE)
    return time_to_regain_access(headers) or _DEFAULT_PAUSE


def header(headers: Mapping[str, str], name: str) -> str:
    """Read a header whatever its case; empty where it is missing."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def used_percent(headers: Mapping[str, str]) -> int:
    """Read how much of the allowed calls is used: the fullest of all the meters of an answer."""
    found = [_decoded(headers, name) for name in _APP_USAGE]
    entries = [*(entry for entry in found if isinstance(entry.value, dict)), *_business(headers)]
    return max((loose_count(entry, key) or 0 for entry in entries for key in _SHARES), default=0)


def _business(headers: Mapping[str, str]) -> Iterator[Payload]:
    usage = _decoded(headers, _BUSINESS_USAGE)
    for key in usage.keys():  # noqa: SIM118 (`Payload` is no mapping)
        try:
            yield from (entry for entry in usage.items(key) if isinstance(entry.value, dict))
        except InvalidPayload:
            continue


def _decoded(headers: Mapping[str, str], name: str) -> Payload:
    """Decode the JSON in a header; anything else reads as null."""
    try:
        return Payload(json.loads(header(headers, name)))
    except (ValueError, RecursionError):
        return Payload(None)

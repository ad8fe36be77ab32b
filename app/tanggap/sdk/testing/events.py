"""Check that events hold what their types promise: parsers read what strangers write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tanggap.sdk.types import Event, IncomingPost

_EMPTY_IS_FINE = frozenset(
    {"event", "text", "author_name", "author_handle", "description", "reason"}
)

_HINTS = {kind.__name__: get_type_hints(kind) for kind in get_args(Event)}


def wrong_values(event: object) -> list[str]:
    """Name every value of an event that is not what its field promises; empty when all are."""
    if not isinstance(event, get_args(Event)):
        return [f"{type(event).__name__} is no event of the SDK"]
    found = [
        f"{type(event).__name__}.{name}: {value!r:.80} is not {wanted}"
        for name, wanted in _HINTS[type(event).__name__].items()
        if not _fits(value := getattr(event, name), wanted) or _is_void(name, value)
    ]
    if isinstance(event, IncomingPost) and event.in_reply_to == event.external_id:
        found.append("IncomingPost.in_reply_to: a post cannot answer itself")
    return found


def _is_void(name: str, value: object) -> bool:
    return value == "" and name not in _EMPTY_IS_FINE


def _fits(value: object, wanted: Any) -> bool:
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(wanted))
    if origin is Literal:
        return value in get_args(wanted)
    if origin in (Sequence, Mapping):
        return _holds(value, origin, get_args(wanted))
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted is datetime:
        return isinstance(value, datetime) and value.utcoffset() == timedelta(0)
    return isinstance(value, wanted)


def _holds(value: object, origin: Any, inner: tuple[Any, ...]) -> bool:
    if isinstance(value, str) or not isinstance(value, origin):
        return False
    if isinstance(value, Mapping):
        keys, values = inner
        return all(_fits(k, keys) and _fits(v, values) for k, v in value.items())
    return isinstance(value, Sequence) and all(_fits(one, inner[0]) for one in value)

"""Read what is nice to have: absent where X sends it in a form nobody knows.

A post must not be lost because its like count is a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from tanggap.sdk import InvalidPayload, Payload

P = ParamSpec("P")
T = TypeVar("T")


def text(payload: Payload, *keys: str) -> str:
    """Read a string; empty where there is none."""
    found = _find(payload, keys)
    return found if isinstance(found, str) else ""


def id_of(payload: Payload, *keys: str) -> str | None:
    """Read an identifier."""
    found = _find(payload, keys)
    return _or(None, payload.id_or_none, *keys) if found is not None else None


def integer(payload: Payload, *keys: str) -> int | None:
    """Read a whole number."""
    found = _find(payload, keys)
    return _or(None, payload.integer, *keys) if found is not None else None


def boolean(payload: Payload, *keys: str) -> bool:
    """Read true or false; false where there is neither."""
    return boolean_or(False, payload, *keys)


def boolean_or(default: bool, payload: Payload, *keys: str) -> bool:
    """Read true or false, or `default` where there is neither."""
    found = _find(payload, keys)
    return found if isinstance(found, bool) else default


def at(payload: Payload, *keys: str) -> Payload:
    """Step down; to null where there is no way down."""
    return _or(Payload(None), payload.at, *keys)


def items(payload: Payload, *keys: str) -> tuple[Payload, ...]:
    """Walk a list; empty where there is none."""
    found = _find(payload, keys)
    return tuple(payload.items(*keys)) if isinstance(found, list) else ()


# Most of what could be there is not: asking for it first costs a tenth of a refusal.
def _find(payload: Payload, keys: Sequence[str]) -> object:
    found = payload.value
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _or(default: T, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return read(*args, **kwargs)
    except InvalidPayload:
        return default

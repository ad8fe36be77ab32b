"""Read what is nice to have: absent where X sends it in a form nobody knows.

A post must not be lost because its like count is a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tanggap.sdk import InvalidPayload, Payload

P = ParamSpec("P")
T = TypeVar("T")


def text(payload: Payload, *keys: str) -> str:
    """Read a string; empty where there is none."""
    return _or("", payload.text_or, "", *keys)


def id_of(payload: Payload, *keys: str) -> str | None:
    """Read an identifier."""
    return _or(None, payload.id_or_none, *keys)


def integer(payload: Payload, *keys: str) -> int | None:
    """Read a whole number."""
    return _or(None, payload.integer, *keys)


def boolean(payload: Payload, *keys: str) -> bool:
    """Read true or false; false where there is neither."""
    return boolean_or(False, payload, *keys)


def boolean_or(default: bool, payload: Payload, *keys: str) -> bool:
    """Read true or false, or `default` where there is neither."""
    return _or(default, payload.boolean_or, default, *keys)


def at(payload: Payload, *keys: str) -> Payload:
    """Step down; to null where there is no way down."""
    return _or(Payload(None), payload.at, *keys)


def items(payload: Payload, *keys: str) -> tuple[Payload, ...]:
    """Walk a list; empty where there is none."""
    found = at(payload, *keys)
    return tuple(found.items()) if isinstance(found.value, list) else ()


def _or(default: T, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return read(*args, **kwargs)
    except InvalidPayload:
        return default

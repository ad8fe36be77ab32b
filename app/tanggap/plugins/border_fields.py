"""What the fields of values that plugins return must hold, read from their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, get_args, get_type_hints

from tanggap.sdk.channel import Profile
from tanggap.sdk.inviting import Invitation
from tanggap.sdk.types import Account, Attachment, Event, Token

EARLIEST: Final = 1995
"""The year before which nobody wrote: a zero time is older, and no clock can count from it."""
MOST: Final = 2**31
"""What a whole number in the tables stays below."""


def words(value: Any) -> bool:
    """Tell whether something is words for people."""
    return isinstance(value, str) or (bool(value) and _settings(value))


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(type(one) is str for one in value)


def _figures(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        type(key) is str and type(number) is int for key, number in value.items()
    )


def _settings(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        type(key) is str and type(text) is str for key, text in value.items()
    )


def _attachments(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        type(one) is Attachment and type(one.url) is type(one.description) is type(one.kind) is str
        for one in value
    )


def is_moment(value: Any) -> bool:
    """Tell whether something is a moment whose time zone is known, and one that can be."""
    return isinstance(value, datetime) and value.utcoffset() is not None and value.year >= EARLIEST


def kind_of(value: object) -> str:
    """Name what a plugin gave in place of what it should."""
    if isinstance(value, datetime):
        return f"the moment {value.isoformat()}"
    return f"a value of type {type(value).__name__}"


_SPECIAL: Final[Mapping[str, Callable[[Any], bool]]] = {
    "mentions": _texts,
    "previous_ids": _texts,
    "scopes": _texts,
    "metrics": _figures,
    "config": _settings,
    "reason": words,
    "hint": words,
    "attachments": _attachments,
}


def _fits(name: str, hint: Any) -> Callable[[Any], bool]:
    """Make the check of one field from its type."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    options = get_args(hint) or (hint,)
    optional = type(None) in options
    if datetime in options:
        return lambda value: (optional and value is None) or is_moment(value)
    literal = tuple(option for option in options if isinstance(option, str))
    if literal:
        return lambda value: isinstance(value, str) and value in literal
    kinds = tuple(option for option in options if isinstance(option, type))
    if int in kinds:
        return lambda value: type(value) in kinds and (value is None or abs(value) < MOST)
    return lambda value: type(value) in kinds or not kinds


def _rules(kind: type) -> Sequence[tuple[str, Callable[[Any], bool]]]:
    hints = get_type_hints(kind)
    return [(field.name, _fits(field.name, hints[field.name])) for field in fields(kind)]


RULES: Final = {
    kind: _rules(kind) for kind in (*get_args(Event), Account, Invitation, Profile, Token)
}
"""The checks of each value's fields, by its type."""

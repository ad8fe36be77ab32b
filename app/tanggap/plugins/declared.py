"""Check what plugins declare: a value of the wrong type would break pages of everybody later."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tanggap.plugins.border_fields import kind_of
from tanggap.sdk.channel import Channel, RuleAction

_SEVERAL = (Sequence, Collection, frozenset)


def check_declared(what: str, declared: Channel | RuleAction) -> None:
    """Raise `TypeError` with everything in a declaration that is not of its field's type."""
    found = list(_inside(declared, type(declared), ""))
    if found:
        raise TypeError(f"{what} {declared.key!r}: {'; '.join(found)}")


def _misfits(value: object, hint: Any, path: str) -> Iterator[str]:
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    fitting = next((one for one in options if _fits(value, one)), None)
    if fitting is None:
        wanted = " or ".join(_named(one) for one in options)
        yield f"{path} must be {wanted}, not {kind_of(value)}"
    else:
        yield from _inside(value, fitting, path)


def _fits(value: object, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Callable:
        return callable(value)
    if origin is Literal:
        # Which ones there are grows within a version of the SDK.
        return isinstance(value, str)
    if origin in _SEVERAL:
        return isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
    if origin is tuple:
        return isinstance(value, tuple) and len(value) == len(get_args(hint))
    if hint in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if hint is float else origin or hint)


def _inside(value: Any, hint: Any, path: str) -> Iterator[str]:
    for one, wanted, below in _parts(value, hint, path):
        yield from _misfits(one, wanted, below)


def _parts(value: Any, hint: Any, path: str) -> Iterator[tuple[object, Any, str]]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in _SEVERAL:
        inner = inner[:1] * len(value)
    if origin in (*_SEVERAL, tuple):
        for number, (one, kind) in enumerate(zip(value, inner, strict=True)):
            yield one, kind, f"{path}[{number}]"
    elif origin is Mapping:
        for key, one in value.items():
            yield key, inner[0], f"a key of {path}"
            yield one, inner[1], f"{path}[{key!r}]"
    elif is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        for field in fields(value):
            yield getattr(value, field.name), hints[field.name], f"{path}.{field.name}".lstrip(".")


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _named(hint: Any) -> str:
    origin = get_origin(hint)
    if hint is NoneType:
        return "None"
    if origin is Callable:
        return "a function"
    if origin in _SEVERAL:
        return "several values"
    if origin is Literal:
        return "a text"
    return str((origin or hint).__name__)

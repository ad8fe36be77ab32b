"""Damage JSON as the world does: missing, null and wrong values, huge lists, odd text."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

Path = tuple[str | int, ...]

HOSTILE_TEXTS = (
    "",
    " \t\r\n",
    "\x00\x07\x1b[31m",
    "\ud800",
    "ab\udfffcd",
    "\u202egnirts desrever",
    "e\u0301\u0301\u0301\u0301" * 50,
    "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}#{7*7}%s%n",
    "' OR 1=1; --",
    "https://example.com/?q=%00%ff&" + "a=1&" * 200,
    "@" * 500,
    "ﷺ" * 100,
    "x" * 50_000,
)
# More digits than Python turns into a number, which JSON cannot be asked to write.
_ENDLESS = "@endless-number@"
HOSTILE_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    2**53 + 1,
    -(2**63) - 1,
    10**40,
    "0",
    "-1",
    "1e5",
    "null",
    "2026-11-02T12:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "99999999999999999999",
    [],
    [None],
    [[]],
    [{}],
    {},
    {"": None},
    {"id": 1},
    _ENDLESS,
    *HOSTILE_TEXTS,
)
_MANY = 500


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """List every place in a JSON value, the whole of it first."""
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from places(child, (*path, key))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from places(child, (*path, number))


def mutants(value: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Damage every place in every way, one at a time; each comes with what is done.

    The second of a pair makes the damaged value, since a body has more of them than one wants.
    """
    for path in places(value):
        name = ".".join(map(str, path)) or "body"
        for hostile in HOSTILE_VALUES:
            yield f"{name} = {hostile!r:.40}", partial(replaced, value, path, hostile)
        if path:
            yield f"{name} is missing", partial(removed, value, path)
        found = at(value, path)
        if isinstance(found, list):
            many = found * _MANY or [0] * _MANY
            yield f"{name} is a huge list", partial(replaced, value, path, many)
        if isinstance(found, dict):
            extra = {**found, "a_new_field": {"deep": [1, {"deeper": None}]}, "🆕": "x"}
            yield f"{name} has further fields", partial(replaced, value, path, extra)


def mutate(rng: random.Random, value: Any) -> Any:
    """Damage a few places at random."""
    damaged = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        path = rng.choice(list(places(damaged)))
        found = at(damaged, path)
        if rng.random() < 0.25 and path:
            damaged = _without(damaged, path)
        elif isinstance(found, list) and rng.random() < 0.3:
            damaged = _with(damaged, path, found * rng.choice((0, 2, 3, 40)))
        elif isinstance(found, str) and found and rng.random() < 0.3:
            damaged = _with(damaged, path, _scratched(rng, found))
        else:
            damaged = _with(damaged, path, copy.deepcopy(rng.choice(HOSTILE_VALUES)))
    return damaged


def encode(value: Any) -> bytes:
    """Write a JSON value, its lone surrogates and endless numbers included."""
    return json.dumps(value).replace(f'"{_ENDLESS}"', "9" * 5000).encode()


def corrupt(rng: random.Random, body: bytes) -> bytes:
    """Damage the bytes themselves: cut, flipped, doubled."""
    damaged = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        if not damaged:
            return rng.randbytes(8)
        at = rng.randrange(len(damaged))
        match rng.randrange(3):
            case 0:
                damaged[at] = rng.randrange(256)
            case 1:
                del damaged[at:]
            case _:
                damaged[at:at] = damaged[: rng.randrange(40)]
    return bytes(damaged)


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Copy a JSON value with another value in one place."""
    return _with(copy.deepcopy(value), path, copy.deepcopy(new))


def removed(value: Any, path: Path) -> Any:
    """Copy a JSON value without one place."""
    return _without(copy.deepcopy(value), path)


def _scratched(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(HOSTILE_TEXTS[:7]) + text[at + 1 :]


def at(value: Any, path: Path) -> Any:
    """Give what stands in one place of a JSON value."""
    for step in path:
        value = value[step]
    return value


def _with(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    at(value, path[:-1])[path[-1]] = new
    return value


def _without(value: Any, path: Path) -> Any:
    del at(value, path[:-1])[path[-1]]
    return value

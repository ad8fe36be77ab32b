"""Read untrusted JSON by path, so that a surprise is an `InvalidPayload` with the field's name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tanggap.sdk.errors import InvalidPayload

MAX_DEPTH = 64
_MAX_INT_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Payload:
    """One JSON value and where it stands; every read checks the type it needs."""

    value: object
    path: str = ""

    def has(self, *keys: str) -> bool:
        """Tell whether the value at `keys` is there and not null."""
        return self._find(keys) is not None

    def at(self, *keys: str) -> Payload:
        """Step down to the value at `keys`; a missing one reads as null."""
        return Payload(self._find(keys), self._name(keys))

    def text(self, *keys: str) -> str:
        """Read a string."""
        found = self._find(keys)
        if isinstance(found, str):
            return found
        raise InvalidPayload(self._name(keys), "text")

    def text_or(self, default: str, *keys: str) -> str:
        """Read a string, or `default` where it is missing or null."""
        return default if self._find(keys) is None else self.text(*keys)

    def id(self, *keys: str) -> str:
        """Read an identifier that platforms send as text or as a whole number."""
        found = self._find(keys)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        raise InvalidPayload(self._name(keys), "an id (text or whole number)")

    def id_or_none(self, *keys: str) -> str | None:
        """Read an identifier, or None where it is missing, null or empty."""
        return None if self._find(keys) in (None, "") else self.id(*keys)

    def integer(self, *keys: str) -> int:
        """Read a whole number, also when it is sent as digits in a string."""
        found = self._find(keys)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if isinstance(found, str) and len(found) <= _MAX_INT_DIGITS:
            sign, digits = ("-", found[1:]) if found.startswith("-") else ("", found)
            if digits.isascii() and digits.isdigit():
                return int(sign + digits)
        raise InvalidPayload(self._name(keys), "a whole number")

    def integer_or(self, default: int, *keys: str) -> int:
        """Read a whole number, or `default` where it is missing or null."""
        return default if self._find(keys) is None else self.integer(*keys)

    def boolean_or(self, default: bool, *keys: str) -> bool:
        """Read true or false, or `default` where it is missing or null."""
        found = self._find(keys)
        if found is None:
            return default
        if isinstance(found, bool):
            return found
        raise InvalidPayload(self._name(keys), "true or false")

    def mapping(self, *keys: str) -> Payload:
        """Step down to an object."""
        found = self._find(keys)
        if isinstance(found, dict):
            return Payload(found, self._name(keys))
        raise InvalidPayload(self._name(keys), "an object")

    def items(self, *keys: str) -> Iterator[Payload]:
        """Walk a list, each entry with its index in the path; missing or null is empty."""
        found = self._find(keys)
        if found is None:
            return
        if not isinstance(found, list):
            raise InvalidPayload(self._name(keys), "a list")
        name = self._name(keys)
        for index, entry in enumerate(found):
            yield Payload(entry, f"{name}[{index}]")

    def keys(self) -> frozenset[str]:
        """Name the fields of this object."""
        return frozenset(self.value) if isinstance(self.value, dict) else frozenset()

    def moment(self, *keys: str) -> datetime:
        """Read an ISO 8601 time, with or without a colon in its offset, as UTC."""
        try:
            found = datetime.fromisoformat(self.text(*keys))
        except ValueError as error:
            raise InvalidPayload(self._name(keys), "an ISO 8601 time") from error
        return _utc(found, self._name(keys))

    def epoch(self, *keys: str, unit: int = 1) -> datetime:
        """Read a time as whole seconds since 1970, or milliseconds with `unit=1000`."""
        name = self._name(keys)
        try:
            return datetime.fromtimestamp(self.integer(*keys) / unit, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise InvalidPayload(name, "a time since 1970") from error

    def _find(self, keys: tuple[str, ...]) -> object:
        found = self.value
        for depth, key in enumerate(keys):
            if found is None:
                return None
            if not isinstance(found, dict):
                raise InvalidPayload(self._name(keys[:depth]), "an object")
            found = found.get(key)
        return found

    def _name(self, keys: tuple[str, ...]) -> str:
        if self.path and len(keys) == 1:
            return f"{self.path}.{keys[0]}" if keys[0] else self.path
        return ".".join(filter(None, (self.path, *keys))) or "body"


def read_json(body: bytes) -> Payload:
    """Decode a webhook body; raises `InvalidPayload` for non-JSON and for absurd nesting."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidPayload("body", "JSON") from error
    # A body with few brackets cannot be deep, whatever stands in its texts.
    if body.count(b"[") + body.count(b"{") >= MAX_DEPTH and _too_deep(value):
        raise InvalidPayload("body", f"JSON of at most {MAX_DEPTH} levels")
    return Payload(value)


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _utc(found: datetime, path: str) -> datetime:
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise InvalidPayload(path, "a time between the years 1 and 9999") from error

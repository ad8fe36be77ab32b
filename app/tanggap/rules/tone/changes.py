"""What an owner changed of a profile: kept apart from it, so that better proposals still reach."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from tanggap.rules.tone.profile import Part, Profile
from tanggap.sdk.types import Formality

_LISTS: Final = frozenset({"address", "wrong_address", "use", "avoid", "promises"})
_NUMBERS: Final = frozenset({"emoji", "exclamations", "hashtags", "links", "target"})
_TEXTS: Final = frozenset({"greeting", "closing"})


def changed(profile: Profile, changes: Mapping[str, Any]) -> Profile:
    """Apply stored changes; what this version does not know or cannot use is left out."""
    usable = {name: _usable(profile, name, value) for name, value in changes.items()}
    values = {name: value for name, value in usable.items() if value is not None}
    return dataclasses.replace(profile, **values)


def changes_between(before: Profile, after: Profile) -> dict[str, Any]:
    """Write what differs, as it is stored: of `parts` only the labels that do."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(Profile):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name == "parts":
            labels = dict.fromkeys([*dict(old), *dict(new)])
            parts = {
                label: list(after.parts_for(label))
                for label in labels
                if set(after.parts_for(label)) != set(before.parts_for(label))
            }
            changes |= {"parts": parts} if parts else {}
        elif field.name != "language" and old != new:
            changes[field.name] = list(new) if isinstance(new, tuple) else new
    return changes


def _usable(profile: Profile, name: str, value: object) -> Any:
    if name == "formality":
        return next((known for known in Formality if known == value), None)
    if name == "parts":
        return _merged(profile, value) if isinstance(value, Mapping) else None
    if name in _LISTS:
        return tuple(map(str, value)) if isinstance(value, list | tuple) else None
    if name in _NUMBERS:
        return value if isinstance(value, int) else None
    if name in _TEXTS:
        return value if isinstance(value, str) else None
    return bool(value) if name == "initials" else None


def _merged(
    profile: Profile, changes: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    known = get_args(Part)
    parts = dict(profile.parts)
    for label, wanted in changes.items():
        parts[label] = tuple(part for part in known if part in wanted)
    return tuple(parts.items())

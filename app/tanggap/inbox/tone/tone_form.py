"""Read a tone profile from a form's fields; lists hold one phrase a line."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, get_args

from tanggap.rules.tone import Profile
from tanggap.rules.tone.lexicon import PARTS
from tanggap.rules.tone.profile import Part
from tanggap.sdk.types import Formality
from tanggap.store.storable import storable

LISTS: Final = ("address", "wrong_address", "use", "avoid", "promises")
TEXTS: Final = ("greeting", "closing")
NUMBERS: Final = {"emoji": 20, "exclamations": 20, "hashtags": 20, "links": 20, "target": 10_000}
"""The most that each may be."""

CHECKED_PARTS: Final = tuple(part for part in get_args(Part) if part in PARTS)
"""Parts that the linter can see; the others are left as they are."""

MOST_PHRASES: Final = 200
LONGEST_PHRASE: Final = 80
_OPPOSITES: Final = (("address", "wrong_address"), ("use", "avoid"))

Problem = Literal["choice", "number", "long", "many", "both", "over_limit"]


@dataclass(frozen=True, slots=True)
class ToneProblem:
    """What is wrong with a field; `values` fill the message."""

    kind: Problem
    values: Mapping[str, object] = field(default_factory=dict)


def write_form(profile: Profile) -> dict[str, str]:
    """Write a profile as the fields of the form, its parts apart."""
    return {
        "formality": profile.formality.value,
        "initials": "1" if profile.initials else "",
        **{name: "\n".join(getattr(profile, name)) for name in LISTS},
        **{name: getattr(profile, name) for name in TEXTS},
        **{name: str(getattr(profile, name)) for name in NUMBERS},
    }


def write_parts(profile: Profile) -> set[str]:
    """Write what a first answer must hold as the form's ticked boxes, `label:part`."""
    return {f"{label}:{part}" for label, parts in profile.parts for part in parts}


def read_form(
    typed: Mapping[str, str],
    ticked: Collection[str],
    *,
    beneath: Profile,
    labels: Sequence[str],
    limit: int = 0,
) -> tuple[Profile, dict[str, ToneProblem]]:
    """Return the profile that was typed and what is wrong with it, by field.

    A field with a problem keeps what `beneath` says. `labels` are those whose parts the form
    offers, `limit` is the platform's longest reply (0: not known).
    """
    values: dict[str, Any] = {"initials": bool(typed.get("initials"))}
    problems: dict[str, ToneProblem] = {}
    read: dict[str, Callable[[str], Any]] = {
        "formality": _formality,
        **dict.fromkeys(LISTS, _phrases),
        **dict.fromkeys(TEXTS, _line),
        **{name: partial(_number, most) for name, most in NUMBERS.items()},
    }
    for name, reader in read.items():
        value = reader(storable(typed.get(name, "")))
        if isinstance(value, ToneProblem):
            problems[name] = value
        else:
            values[name] = value
    for wanted, unwanted in _OPPOSITES:
        both = _common(values.get(wanted, ()), values.get(unwanted, ()))
        if both:
            problems[unwanted] = ToneProblem("both", {"phrase": both})
            del values[unwanted]
    if limit and values.get("target", 0) > limit:
        problems["target"] = ToneProblem("over_limit", {"most": limit})
        del values["target"]
    values["parts"] = _parts(ticked, beneath, labels)
    return dataclasses.replace(beneath, **values), problems


def read_phrases(typed: str) -> tuple[str, ...] | ToneProblem:
    """Read phrases, one a line; what stands twice stays once."""
    return _phrases(storable(typed))


def _formality(typed: str) -> Formality | ToneProblem:
    return Formality(typed) if typed in tuple(Formality) else ToneProblem("choice")


def _phrases(typed: str) -> tuple[str, ...] | ToneProblem:
    lines = [" ".join(line.split()) for line in typed.splitlines()]
    by_fold = {line.casefold(): line for line in reversed(lines) if line}
    phrases = tuple(reversed(by_fold.values()))
    long = next((phrase for phrase in phrases if len(phrase) > LONGEST_PHRASE), None)
    if long is not None:
        return ToneProblem("long", {"phrase": f"{long[:30]}…", "most": LONGEST_PHRASE})
    if len(phrases) > MOST_PHRASES:
        return ToneProblem("many", {"most": MOST_PHRASES})
    return phrases


def _line(typed: str) -> str | ToneProblem:
    line = " ".join(typed.split())
    if len(line) > LONGEST_PHRASE:
        return ToneProblem("long", {"phrase": f"{line[:30]}…", "most": LONGEST_PHRASE})
    return line


def _number(most: int, typed: str) -> int | ToneProblem:
    digits = typed.strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 8 and int(digits) <= most:
        return int(digits)
    return ToneProblem("number", {"most": most})


def _common(wanted: Sequence[str], unwanted: Sequence[str]) -> str:
    folded = {phrase.casefold() for phrase in wanted}
    return next((phrase for phrase in unwanted if phrase.casefold() in folded), "")


def _parts(
    ticked: Collection[str], beneath: Profile, labels: Sequence[str]
) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    parts = dict(beneath.parts)
    for label in labels:
        kept = beneath.parts_for(label)
        parts[label] = tuple(
            part
            for part in get_args(Part)
            if (f"{label}:{part}" in ticked if part in CHECKED_PARTS else part in kept)
        )
    return tuple(parts.items())

"""Tone profiles in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask_babel import gettext, lazy_gettext

from tanggap.inbox.tone.tone_form import ToneProblem
from tanggap.rules.tone import CODES, Profile
from tanggap.rules.tone.lexicon import PART_NAMES
from tanggap.web.i18n import told
from tanggap.web.labels import label_name

FORMALITIES: Final = {
    "formal": lazy_gettext("Formal"),
    "neutral": lazy_gettext("Neither formal nor casual"),
    "casual": lazy_gettext("Casual"),
}
FIELDS: Final = {
    "formality": lazy_gettext("Formality"),
    "address": lazy_gettext("Forms of address to use"),
    "wrong_address": lazy_gettext("Forms of address to avoid"),
    "greeting": lazy_gettext("Greeting"),
    "closing": lazy_gettext("Closing"),
    "emoji": lazy_gettext("Emoji, at most"),
    "exclamations": lazy_gettext("Exclamation marks, at most"),
    "hashtags": lazy_gettext("Hashtags, at most"),
    "links": lazy_gettext("Links, at most"),
    "target": lazy_gettext("Length to aim at"),
    "initials": lazy_gettext("Initials"),
    "use": lazy_gettext("Words to use"),
    "avoid": lazy_gettext("Words to avoid"),
    "promises": lazy_gettext("Promises to be careful with"),
    "parts": lazy_gettext("What a first answer must hold"),
}
HINTS: Final = {
    "address": lazy_gettext("One a line. The first one replaces a wrong one with one click."),
    "wrong_address": lazy_gettext("One a line. Whole words, capitals do not matter."),
    "greeting": lazy_gettext("Fills the variable greeting of templates; agents see it."),
    "closing": lazy_gettext("Agents see it beside the suggested answers."),
    "target": lazy_gettext(
        "As the platform counts, initials included. 0: no target, only the platform's limit."
    ),
    "use": lazy_gettext("One a line. Agents see them beside the suggested answers."),
    "avoid": lazy_gettext("One a line: words of competitors, of the past, of another tone."),
    "promises": lazy_gettext("One a line, in addition to those that Tanggap knows."),
}
SOURCES: Final = {
    "plugin": lazy_gettext("as proposed"),
    "channel": lazy_gettext("changed here"),
    "account": lazy_gettext("changed for this account"),
}
_PROBLEMS: Final = {
    "choice": lazy_gettext("Choose one of the values offered."),
    "number": lazy_gettext("Enter a whole number from 0 to %(most)s."),
    "long": lazy_gettext("“%(phrase)s” is longer than %(most)s characters. Shorten it."),
    "many": lazy_gettext("These are more than %(most)s lines. Leave some out."),
    "both": lazy_gettext("“%(phrase)s” is to be used and to be avoided. Choose one."),
    "over_limit": lazy_gettext("The platform takes at most %(most)s. Enter less."),
}


def explain_problem(problem: ToneProblem) -> str:
    """Say what is wrong with a typed value and what to do."""
    return str(_PROBLEMS[problem.kind]) % problem.values


def describe(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield every field's name and value in words."""
    for name, title in FIELDS.items():
        if name != "parts":
            yield str(title), value_of(profile, name)
    for label, parts in profile.parts:
        if parts:
            title = gettext("A first answer to: %(label)s", label=label_name(label))
            yield title, ", ".join(part_name(part) for part in parts)


def advice(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield what an account likes to say, for those who write."""
    for name in ("greeting", "closing", "use"):
        if getattr(profile, name):
            yield str(FIELDS[name]), value_of(profile, name)


def gist(profile: Profile) -> str:
    """Say the main things of a profile in one line."""
    counted = (
        (profile.emoji, gettext("no emoji"), gettext("emoji: %(count)s")),
        (
            profile.exclamations,
            gettext("no exclamation marks"),
            gettext("exclamation marks: %(count)s"),
        ),
    )
    told_of = [
        value_of(profile, "formality"),
        *([_quoted(profile.address[:3])] if profile.address else []),
        *(some % {"count": most} if most else nothing for most, nothing, some in counted),
    ]
    return " · ".join(told_of)


def field_names(names: Iterable[str]) -> str:
    """List fields by name."""
    return ", ".join(str(FIELDS[name]) for name in names if name in FIELDS)


def value_of(profile: Profile, name: str) -> str:
    """Say in words what a profile has in one field."""
    value = getattr(profile, name)
    if name == "formality":
        return str(FORMALITIES[value.value])
    if name == "initials":
        return str(gettext("looked for in public answers") if value else gettext("not checked"))
    if name == "target":
        counted = gettext("%(count)s characters", count=value)
        return str(counted if value else gettext("no target"))
    if isinstance(value, int):
        return str(value or gettext("none"))
    if name == "parts":
        return "; ".join(
            f"{label_name(label)}: {', '.join(map(part_name, parts)) or '–'}"
            for label, parts in value
        )
    return _quoted(value if isinstance(value, tuple) else (value,) if value else ()) or "–"


def part_name(part: str) -> str:
    """Name a part of an answer."""
    return told(PART_NAMES[part])


def code_name(code: str) -> str:
    """Name a finding; one of another version by its code."""
    return told(CODES[code].name) if code in CODES else code


def _quoted(phrases: Sequence[str]) -> str:
    return ", ".join(f"“{phrase}”" for phrase in phrases)

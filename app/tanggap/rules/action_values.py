"""Read the values that actions take, each with its reason where it cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from tanggap.rules.problems import InvalidRuleError, choices, closest
from tanggap.rules.routing import Priority
from tanggap.sdk.types import Formality

KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
EMAIL: Final = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,190}")
MAX_TEXT: Final = 500
MAX_TAGS: Final = 20
MAX_TAG: Final = 50
FORMALITIES: Final = tuple(formality.value for formality in Formality)


def read_fields(value: object, known: Sequence[str]) -> Mapping[str, Any]:
    """Read a mapping that has none but known names."""
    if not isinstance(value, dict):
        raise InvalidRuleError(f"expected fields, got {value!r}", choices(known))
    for name in value:
        if name not in known:
            raise InvalidRuleError(f"no field {name!r}", closest(str(name), known))
    return value


def read_flag(fields: Mapping[str, Any], name: str) -> bool:
    """Read a yes/no that may be missing."""
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise InvalidRuleError(f"{name} must be yes or no, got {value!r}", "Write true or false.")
    return value


def read_text(value: object) -> str:
    """Read a short text."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_TEXT:
        raise InvalidRuleError(
            f"expected a text of 1 to {MAX_TEXT} characters, got {value!r}", "Put quotes around it."
        )
    return value


def read_team(value: object) -> str:
    """Read the key of a team."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidRuleError(
            f"expected the key of a team, got {value!r}",
            "A key is lower-case letters, digits, - and _, such as care.",
        )
    return value


def read_email(value: object) -> str:
    """Read the e-mail address of a person."""
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise InvalidRuleError(
            f"expected the e-mail address of a person, got {value!r}",
            "Write the address the person signs in with, such as ayu@contoh.example.",
        )
    return value.lower()


def read_template(value: object) -> str:
    """Read the key of a template."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidRuleError(
            f"expected the key of a template, got {value!r}",
            "A key is lower-case letters, digits, - and _, such as ack-outage.",
        )
    return value


def read_formality(value: object) -> str:
    """Read a formality."""
    if value not in FORMALITIES:
        raise InvalidRuleError(f"no tone {value!r}", closest(str(value), FORMALITIES))
    return str(value)


def read_priority(value: object) -> Priority:
    """Read a priority."""
    for known in get_args(Priority):
        if value == known:
            priority: Priority = known
            return priority
    raise InvalidRuleError(f"no priority {value!r}", closest(str(value), get_args(Priority)))


def read_tags(value: object, what: str = "tags") -> tuple[str, ...]:
    """Read a list of tags, or of `what` else."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TAGS:
        raise InvalidRuleError(
            f"expected a list of 1 to {MAX_TAGS} {what}", "Write for example [regulator]."
        )
    for tag in value:
        if not isinstance(tag, str) or not _is_tag(tag):
            raise InvalidRuleError(
                f"{tag!r} cannot be a tag",
                f"Use 1 to {MAX_TAG} printable characters without spaces around; put quotes "
                "around words such as yes, no, on and numbers.",
            )
    return tuple(dict.fromkeys(value))


def _is_tag(tag: str) -> bool:
    return 0 < len(tag) <= MAX_TAG and tag.isprintable() and tag == tag.strip()

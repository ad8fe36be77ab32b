"""What a form asks: its questions, in both languages, as they are stored and as they must be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from tanggap.errors import TanggapError

FIELDS_MOST: Final = 20
CHOICES_MOST: Final = 20
PHOTOS_MOST: Final = 3
LABEL_MOST: Final = 200
HELP_MOST: Final = 300
INTRO_MOST: Final = 1_000
PATTERN_MOST: Final = 200
DAYS: Final = range(1, 366)
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PLACES: Final = {"9": "[0-9]", "A": "[A-Za-z]", "*": "[A-Za-z0-9]"}


class FieldKind(StrEnum):
    """What sort of answer a question takes."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    ORDER = "order"
    DATE = "date"
    PHONE = "phone"
    EMAIL = "email"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question; `choices` are pairs of an Indonesian and an English text.

    `pattern` of an order number writes 9 for a digit, A for a letter, * for either and everything
    else as it stands; several are separated by spaces.
    """

    key: str
    kind: FieldKind = FieldKind.TEXT
    label_id: str = ""
    label_en: str = ""
    help_id: str = ""
    help_en: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    pattern: str = ""

    def label(self, language: str) -> str:
        """Give the question in a language."""
        return self.label_id if language == "id" else self.label_en

    def help(self, language: str) -> str:
        """Give the help in a language."""
        return self.help_id if language == "id" else self.help_en

    def choice(self, number: str, language: str) -> str:
        """Give the text of an answer that was chosen, by its number."""
        place = int(number) if number.isdecimal() and number.isascii() and len(number) < 4 else -1
        pair = self.choices[place] if 0 <= place < len(self.choices) else ("", "")
        return pair[0 if language == "id" else 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDefinition:
    """A form's questions and what stands above them.

    Of a form that verifies, `days` are how long it holds and `asks_code` whether the code of the
    message is asked on the page.
    """

    intro_id: str = ""
    intro_en: str = ""
    fields: tuple[FormField, ...] = ()
    days: int = 90
    asks_code: bool = True

    def intro(self, language: str) -> str:
        """Give what stands above the questions in a language."""
        return self.intro_id if language == "id" else self.intro_en


class UnfitFormError(TanggapError):
    """A form cannot be kept as it is: `place` is its part, `code` says what is wrong there."""

    def __init__(self, place: str, code: str) -> None:
        super().__init__(f"the form cannot be kept as it is: {code} at {place}")
        self.place = place
        self.code = code


def definition_json(definition: FormDefinition) -> dict[str, Any]:
    """Write a definition as it is stored."""
    return asdict(definition)


def definition_of(stored: Mapping[str, Any]) -> FormDefinition:
    """Read a stored definition."""
    return FormDefinition(
        intro_id=stored["intro_id"],
        intro_en=stored["intro_en"],
        days=stored["days"],
        asks_code=stored["asks_code"],
        fields=tuple(
            FormField(
                **{
                    **field,
                    "kind": FieldKind(field["kind"]),
                    "choices": tuple((pair[0], pair[1]) for pair in field["choices"]),
                }
            )
            for field in stored["fields"]
        ),
    )


def check_definition(definition: FormDefinition) -> None:
    """Raise `UnfitFormError` unless a form can be kept and filled in."""
    if max(len(definition.intro_id), len(definition.intro_en)) > INTRO_MOST:
        raise UnfitFormError("intro", "too_long")
    if definition.days not in DAYS:
        raise UnfitFormError("days", "days")
    code = _wrong_number(definition.fields)
    if code:
        raise UnfitFormError("fields", code)
    keys = [field.key for field in definition.fields]
    for number, field in enumerate(definition.fields):
        if not _KEY.fullmatch(field.key) or keys.index(field.key) != number:
            raise UnfitFormError(str(number), "key")
        code = _wrong(field)
        if code:
            raise UnfitFormError(str(number), code)


def fits_pattern(pattern: str, written: str) -> bool:
    """Tell whether an order number is built as one of the patterns; without any, all are."""
    return not pattern or any(one.fullmatch(written) for one in _compiled(pattern))


def next_key(fields: Sequence[FormField]) -> str:
    """Make the key of a new question."""
    taken = {field.key for field in fields}
    return next(key for number in range(1, 1_000) if (key := f"q{number}") not in taken)


def _wrong_number(fields: Sequence[FormField]) -> str:
    if not fields:
        return "no_fields"
    if len(fields) > FIELDS_MOST:
        return "too_many"
    photos = sum(field.kind == FieldKind.PHOTO for field in fields)
    return "too_many_photos" if photos > PHOTOS_MOST else ""


def _wrong(field: FormField) -> str:
    labels = (field.label_id, field.label_en)
    if not all(label.strip() for label in labels):
        return "label"
    if (
        max(map(len, labels)) > LABEL_MOST
        or max(len(field.help_id), len(field.help_en)) > HELP_MOST
    ):
        return "too_long"
    if field.kind == FieldKind.CHOICE:
        texts = [text for pair in field.choices for text in pair]
        if not 2 <= len(field.choices) <= CHOICES_MOST or not all(text.strip() for text in texts):
            return "choices"
        if max(map(len, texts)) > LABEL_MOST:
            return "too_long"
    return "pattern" if len(field.pattern) > PATTERN_MOST else ""


@cache
def _compiled(pattern: str) -> tuple[re.Pattern[str], ...]:
    """Translate to expressions without repetition, so that none can run long."""
    return tuple(
        re.compile("".join(_PLACES.get(place, re.escape(place)) for place in part), re.IGNORECASE)
        for part in pattern.split()
    )

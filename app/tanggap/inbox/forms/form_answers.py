"""Read what a customer filled in: every answer checked, tidied and bounded, or a reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField, fits_pattern
from tanggap.inbox.media.form_photos import Photo, UnfitPhotoError, draw_again
from tanggap.store.storable import storable

SHORT_MOST: Final = 200
LONG_MOST: Final = 4_000
_EMAIL: Final = re.compile(r"[^@\s<>\"']{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_REGION: Final = "ID"
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(slots=True)
class Filled:
    """What was filled in: answers and photos by question, and `problems` as codes."""

    answers: dict[str, str] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


class _UnfitAnswerError(Exception):
    """One answer cannot be taken; its text is a code of `web.form_words`."""


def read_filled(
    definition: FormDefinition, typed: Mapping[str, str], uploads: Mapping[str, bytes]
) -> Filled:
    """Check what was typed and uploaded against the questions; what is not asked is dropped."""
    filled = Filled()
    for one in definition.fields:
        try:
            _take(filled, one, typed.get(one.key, ""), uploads.get(one.key, b""))
        except _UnfitAnswerError as error:
            filled.problems[one.key] = str(error)
        except UnfitPhotoError as error:
            filled.problems[one.key] = error.code
    return filled


def lines_of(
    definition: FormDefinition, answers: Mapping[str, str], language: str
) -> Iterable[tuple[FormField, str]]:
    """Pair the questions, photos apart, with the answers as they are shown."""
    for one in definition.fields:
        if one.kind == FieldKind.PHOTO:
            continue
        text = answers.get(one.key, "")
        yield one, one.choice(text, language) if one.kind == FieldKind.CHOICE else text


def _take(filled: Filled, one: FormField, typed: str, upload: bytes) -> None:
    if one.kind == FieldKind.PHOTO:
        if upload:
            filled.photos[one.key] = draw_again(upload)
        elif one.required:
            raise _UnfitAnswerError("required")
        return
    text = _tidy(typed, keep_lines=one.kind == FieldKind.LONG_TEXT)
    if text:
        filled.answers[one.key] = _checked(one, text)
    elif one.required:
        raise _UnfitAnswerError("required")


def _tidy(typed: str, *, keep_lines: bool) -> str:
    text = _CONTROLS.sub("", storable(typed.replace("\r\n", "\n"))).strip()
    return text if keep_lines else " ".join(text.split())


def _checked(one: FormField, text: str) -> str:
    if len(text) > (LONG_MOST if one.kind == FieldKind.LONG_TEXT else SHORT_MOST):
        raise _UnfitAnswerError("too_long")
    if one.kind == FieldKind.CHOICE and not one.choice(text, "id"):
        raise _UnfitAnswerError("choice")
    if one.kind == FieldKind.ORDER and not fits_pattern(one.pattern, text):
        raise _UnfitAnswerError("pattern")
    if one.kind == FieldKind.EMAIL and not _EMAIL.fullmatch(text):
        raise _UnfitAnswerError("email")
    if one.kind == FieldKind.DATE:
        return _date(text)
    return _phone(text) if one.kind == FieldKind.PHONE else text


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _UnfitAnswerError("date") from error


def _phone(text: str) -> str:
    try:
        number = parse(text, _REGION)
    except NumberParseException as error:
        raise _UnfitAnswerError("phone") from error
    if not is_valid_number(number):
        raise _UnfitAnswerError("phone")
    return str(format_number(number, PhoneNumberFormat.INTERNATIONAL))

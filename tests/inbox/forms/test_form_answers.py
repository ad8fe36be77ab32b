"""What customers fill in: tidied, checked by the kind of question, bounded; photos drawn anew."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photos import PLACE, picture
from tanggap.inbox.forms.form_answers import lines_of, read_filled
from tanggap.inbox.forms.form_fields import (
    FieldKind,
    FormDefinition,
    FormField,
    UnfitFormError,
    check_definition,
    definition_json,
    definition_of,
    fits_pattern,
    next_key,
)
from tanggap.inbox.media.form_photos import LONGEST_SIDE, UnfitPhotoError, draw_again

CHOICES = (("Rusak", "Broken"), ("Hilang", "Lost"))
WHOLE = FormDefinition(
    intro_id="Halo",
    intro_en="Hello",
    fields=tuple(
        FormField(
            key=kind.value,
            kind=kind,
            label_id=f"{kind} id",
            label_en=f"{kind} en",
            required=False,
            choices=CHOICES if kind == FieldKind.CHOICE else (),
            pattern="INV-9999/A*" if kind == FieldKind.ORDER else "",
        )
        for kind in FieldKind
    ),
)


def asked(kind: FieldKind, *, required: bool = True) -> FormDefinition:
    field = next(one for one in WHOLE.fields if one.kind == kind)
    return replace(WHOLE, fields=(replace(field, required=required),))


def test_definition_is_stored_and_read_again() -> None:
    check_definition(WHOLE)
    assert definition_of(definition_json(WHOLE)) == WHOLE
    assert next_key(WHOLE.fields) == "q1"


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.TEXT, "  Jl.\u00a0 Contoh \r\n 1 ", "Jl. Contoh 1"),
        (FieldKind.LONG_TEXT, " satu\r\ndua\x00\x07 ", "satu\ndua\ufffd"),
        (FieldKind.CHOICE, "1", "1"),
        (FieldKind.ORDER, "inv-1234/b7", "inv-1234/b7"),
        (FieldKind.DATE, "2026-11-22", "2026-11-22"),
        (FieldKind.PHONE, "0812 3456 7890", "+62 812-3456-7890"),
        (FieldKind.EMAIL, "rita@contoh.example", "rita@contoh.example"),
    ],
)
def test_right_answers_are_kept_tidily(kind: FieldKind, typed: str, kept: str) -> None:
    filled = read_filled(asked(kind), {kind.value: typed}, {})
    assert (filled.answers, filled.problems) == ({kind.value: kept}, {})


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (FieldKind.TEXT, "  ", "required"),
        (FieldKind.TEXT, "x" * 201, "too_long"),
        (FieldKind.LONG_TEXT, "x" * 4_001, "too_long"),
        (FieldKind.CHOICE, "2", "choice"),
        (FieldKind.CHOICE, "-1", "choice"),
        (FieldKind.CHOICE, "²", "choice"),
        (FieldKind.ORDER, "INV-12345/B7", "pattern"),
        (FieldKind.DATE, "22/11/2026", "date"),
        (FieldKind.PHONE, "12", "phone"),
        (FieldKind.PHONE, "hubungi saya", "phone"),
        (FieldKind.EMAIL, "<script>@contoh.example", "email"),
        (FieldKind.EMAIL, "rita", "email"),
        (FieldKind.PHOTO, "foto.jpg", "required"),
    ],
)
def test_wrong_answers_are_refused_with_a_reason(kind: FieldKind, typed: str, code: str) -> None:
    filled = read_filled(asked(kind), {kind.value: typed}, {})
    assert (filled.answers, filled.problems) == ({}, {kind.value: code})


def test_what_is_not_asked_is_dropped_and_what_is_not_required_may_be_empty() -> None:
    filled = read_filled(WHOLE, {"text": "ya", "stranger": "x"}, {"stranger": picture()})
    assert filled.answers == {"text": "ya"}
    assert not filled.photos
    assert not filled.problems


def test_answers_are_shown_beside_their_questions_in_the_readers_language() -> None:
    shown = {field.key: text for field, text in lines_of(WHOLE, {"choice": "0"}, "en")}
    assert shown["choice"] == "Broken"
    assert shown["text"] == ""
    assert "photo" not in shown


@given(st.dictionaries(st.sampled_from([kind.value for kind in FieldKind]), st.text()))
def test_whatever_is_typed_is_answered_or_refused(typed: dict[str, str]) -> None:
    filled = read_filled(WHOLE, typed, {})
    assert not set(filled.answers) & set(filled.problems)
    assert all("\x00" not in text for text in filled.answers.values())


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_pattern_runs_long_or_fails(pattern: str, written: str) -> None:
    fits_pattern(pattern, written)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fields": ()}, "no_fields"),
        ({"fields": WHOLE.fields * 3}, "too_many"),
        ({"fields": WHOLE.fields * 2}, "key"),
        ({"fields": (replace(WHOLE.fields[0], label_en=" "),)}, "label"),
        ({"fields": (replace(WHOLE.fields[0], label_id="x" * 201),)}, "too_long"),
        ({"fields": (replace(WHOLE.fields[2], choices=CHOICES[:1]),)}, "choices"),
        ({"fields": (replace(WHOLE.fields[2], choices=(("a", ""), ("b", "b"))),)}, "choices"),
        ({"fields": (replace(WHOLE.fields[0], key="<b>"),)}, "key"),
        ({"days": 0}, "days"),
        ({"intro_id": "x" * 1_001}, "too_long"),
        (
            {"fields": tuple(replace(WHOLE.fields[-1], key=f"p{n}") for n in range(4))},
            "too_many_photos",
        ),
    ],
)
def test_form_that_cannot_be_filled_in_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(UnfitFormError) as raised:
        check_definition(replace(WHOLE, **change))  # type: ignore[arg-type]
    assert raised.value.code == code


def test_photo_is_drawn_anew_upright_and_without_what_it_told() -> None:
    raw = picture()
    assert PLACE in raw
    drawn = draw_again(raw)
    assert (drawn.width, drawn.height) == (40, 60)
    assert drawn.content.startswith(b"\xff\xd8\xff")
    assert PLACE not in drawn.content
    assert b"<script" not in drawn.content
    with Image.open(io.BytesIO(drawn.content)) as again:
        assert not again.getexif()


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB")]
)
def test_other_kinds_of_photos_become_jpegs(kind: str, mode: str) -> None:
    assert draw_again(picture(kind, mode=mode)).content.startswith(b"\xff\xd8\xff")


def test_large_photo_is_made_smaller() -> None:
    drawn = draw_again(picture("PNG", (5_000, 100)))
    assert (drawn.width, drawn.height) == (LONGEST_SIDE, 41)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "photo"),
        (b"<svg onload=alert(1)>", "photo"),
        (b"GIF89a" + b"\x00" * 50, "photo"),
        (b"\xff\xd8\xff" + b"\x00" * 50, "photo"),
        (picture("PNG")[:60], "photo"),
        (b"RIFF\x00\x00\x00\x00WEBP", "photo"),
        (b"x" * (8 * 1024 * 1024 + 1), "photo_too_large"),
        (picture("PNG", (10_000, 6_000), "L"), "photo_too_large"),
    ],
)
def test_what_is_no_photo_or_too_large_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UnfitPhotoError) as raised:
        draw_again(content)
    assert raised.value.code == code

"""Read the editor of a form: what was typed, and the one thing that was pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tanggap.inbox.forms.form_fields import (
    FIELDS_MOST,
    FieldKind,
    FormDefinition,
    FormField,
    next_key,
)
from tanggap.inbox.forms.forms import KeptForm
from tanggap.store.storable import storable

_BETWEEN: Final = "|"


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What stands in the editor; `seen` is the version it began with, 0 for a new form."""

    name_id: str = ""
    name_en: str = ""
    active: bool = True
    seen: int = 0
    definition: FormDefinition = field(
        default_factory=lambda: FormDefinition(fields=(FormField(key="q1"),))
    )


def typed_of(kept: KeptForm) -> TypedForm:
    """Show a form as it is kept."""
    form = kept.form
    return TypedForm(form.name_id, form.name_en, form.active, form.version, kept.definition)


def read_typed(form: Mapping[str, str]) -> TypedForm:
    """Read what was typed; nothing is checked yet."""
    fields: list[FormField] = []
    while len(fields) <= FIELDS_MOST and f"f.{len(fields)}.key" in form:
        fields.append(_field(form, f"f.{len(fields)}."))
    days = form.get("days", "")
    definition = FormDefinition(
        intro_id=_text(form.get("intro_id", "")),
        intro_en=_text(form.get("intro_en", "")),
        fields=tuple(fields),
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
        asks_code="asks_code" in form,
    )
    seen = form.get("seen", "")
    return TypedForm(
        name_id=form.get("name_id", ""),
        name_en=form.get("name_en", ""),
        active="active" in form,
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0,
        definition=definition,
    )


def press(typed: TypedForm, pressed: str) -> TypedForm:
    """Do what a button of the editor says: add:kind, up:n, down:n, drop:n; others do nothing."""
    act, _, value = pressed.partition(":")
    fields = list(typed.definition.fields)
    if act == "add" and value in set(FieldKind) and len(fields) < FIELDS_MOST:
        fields.append(FormField(key=next_key(fields), kind=FieldKind(value)))
    at = int(value) if value.isascii() and value.isdigit() and len(value) < 4 else len(fields)
    other = at - 1 if act == "up" else at + 1
    if act in ("up", "down") and at < len(fields) and 0 <= other < len(fields):
        fields[at], fields[other] = fields[other], fields[at]
    elif act == "drop" and at < len(fields):
        del fields[at]
    return replace(typed, definition=replace(typed.definition, fields=tuple(fields)))


def write_choices(one: FormField) -> str:
    """Write choices as they are edited: one a line, Indonesian and English."""
    return "\n".join(f"{pair[0]} {_BETWEEN} {pair[1]}" for pair in one.choices)


def _field(form: Mapping[str, str], at: str) -> FormField:
    kind = form.get(f"{at}kind", "")
    return FormField(
        key=form.get(f"{at}key", ""),
        kind=FieldKind(kind) if kind in set(FieldKind) else FieldKind.TEXT,
        label_id=_text(form.get(f"{at}label_id", "")),
        label_en=_text(form.get(f"{at}label_en", "")),
        help_id=_text(form.get(f"{at}help_id", "")),
        help_en=_text(form.get(f"{at}help_en", "")),
        required=f"{at}required" in form,
        choices=tuple(
            _pair(line) for line in form.get(f"{at}choices", "").splitlines() if line.strip()
        ),
        pattern=_text(form.get(f"{at}pattern", "")),
    )


def _pair(line: str) -> tuple[str, str]:
    """Read one choice; without an English text the Indonesian one stands for both."""
    first, _, second = line.partition(_BETWEEN)
    return _text(first), _text(second) or _text(first)


def _text(written: str) -> str:
    return storable(written.strip())

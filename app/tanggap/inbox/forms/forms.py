"""The forms of the company: built by people, kept in versions, asked of customers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.forms.form_fields import (
    FieldKind,
    FormDefinition,
    FormField,
    UnfitFormError,
    check_definition,
    definition_json,
    definition_of,
)
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.forms import COLLECT, VERIFY, Form, FormVersion
from tanggap.store.storable import storable

NAME_MOST: Final = 120
VERIFY_KEY: Final = "verify"
_SLUG: Final = re.compile(r"[^a-z0-9]+")

VERIFYING: Final = FormDefinition(
    intro_id="Isi data berikut supaya kami tahu bahwa kami berbicara dengan Anda.",
    intro_en="Fill this in so that we know that it is you we are talking to.",
    fields=(
        FormField(
            key="customer_number",
            label_id="Nomor pelanggan",
            label_en="Customer number",
            help_id="Ada di tagihan Anda.",
            help_en="It stands on your bill.",
        ),
        FormField(
            key="last_four",
            label_id="Empat angka terakhir nomor telepon Anda",
            label_en="Last four digits of your telephone number",
            kind=FieldKind.ORDER,
            pattern="9999",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form with the questions that are asked now."""

    form: Form
    version: FormVersion
    definition: FormDefinition


def list_forms(session: Session) -> list[KeptForm]:
    """List the forms by name, those that are switched off last."""
    query = (
        select(Form, FormVersion)
        .join(FormVersion, (FormVersion.form_id == Form.id) & (FormVersion.number == Form.version))
        .options(joinedload(FormVersion.user))
        .order_by(Form.active.desc(), Form.name_id)
    )
    return [KeptForm(*row, definition_of(row[1].definition)) for row in session.execute(query)]


def read_form(session: Session, key: str) -> KeptForm:
    """Load a form with the questions that are asked now; raises `NotFoundError`."""
    form = session.scalar(select(Form).where(Form.key == key))
    if form is None:
        raise NotFoundError(f"there is no form {key!r}")
    version = session.scalars(
        select(FormVersion)
        .where(FormVersion.form_id == form.id, FormVersion.number == form.version)
        .options(joinedload(FormVersion.user))
    ).one()
    return KeptForm(form, version, definition_of(version.definition))


def versions_of(session: Session, form_id: int) -> list[FormVersion]:
    """List the versions of a form, newest first."""
    query = (
        select(FormVersion)
        .where(FormVersion.form_id == form_id)
        .options(joinedload(FormVersion.user))
        .order_by(FormVersion.number.desc())
    )
    return list(session.scalars(query))


def read_version(session: Session, form_id: int, number: int) -> FormVersion:
    """Load one version of a form; raises `NotFoundError`."""
    found = session.scalar(
        select(FormVersion).where(FormVersion.form_id == form_id, FormVersion.number == number)
    )
    if found is None:
        raise NotFoundError(f"form {form_id} has no version {number}")
    return found


def save_form(
    session: Session,
    key: str | None,
    *,
    name_id: str,
    name_en: str,
    definition: FormDefinition,
    seen: int = 0,
    active: bool = True,
    user_id: int | None = None,
) -> Form:
    """Store a form; changed questions become its next version.

    `seen` is the version the person looked at. Raises `UnfitFormError`, and `ConflictError` when a
    colleague saved another one since.
    """
    names = [" ".join(storable(name).split()) for name in (name_id, name_en)]
    if not all(0 < len(name) <= NAME_MOST for name in names):
        raise UnfitFormError("name", "name")
    check_definition(definition)
    form = _form_to_change(session, key, seen, names)
    before = _facts(session, form) if key is not None else None
    form.name_id, form.name_en = names
    form.active = active
    form.updated_at = utcnow()
    session.flush()
    _add_version(session, form, definition, user_id)
    detail = {"key": form.key, "before": before, "after": _facts(session, form)}
    audit.record(session, "form.saved", "form", form.id, user_id=user_id, detail=detail)
    return form


def verifying_form(session: Session) -> KeptForm:
    """Load the form that verifies customers; the first time, make it."""
    try:
        return read_form(session, VERIFY_KEY)
    except NotFoundError:
        form = Form(
            key=VERIFY_KEY, purpose=VERIFY, name_id="Verifikasi pelanggan", name_en="Verification"
        )
        session.add(form)
        session.flush()
        _add_version(session, form, VERIFYING, None)
        session.flush()
        return read_form(session, VERIFY_KEY)


def _facts(session: Session, form: Form) -> dict[str, Any]:
    """Give what the audit log keeps of a form: its names, and its questions one by one."""
    asked = definition_of(read_version(session, form.id, form.version).definition)
    questions = {
        f"question {field.key}": f"{field.kind}: {field.label_id} / {field.label_en}"
        + (" *" if field.required else "")
        for field in asked.fields
    }
    names = ("name_id", "name_en", "active", "version")
    rest = {name: getattr(asked, name) for name in ("intro_id", "intro_en", "days", "asks_code")}
    return {name: getattr(form, name) for name in names} | rest | questions


def _form_to_change(session: Session, key: str | None, seen: int, names: list[str]) -> Form:
    if key is None:
        form = Form(key=_free_key(session, names[0]), purpose=COLLECT, name_id="", name_en="")
        session.add(form)
        return form
    found = session.scalar(select(Form).where(Form.key == key).with_for_update())
    if found is None:
        raise NotFoundError(f"there is no form {key!r}")
    if found.version != seen:
        raise ConflictError(f"somebody saved version {found.version} of this form meanwhile")
    return found


def _free_key(session: Session, name: str) -> str:
    wanted = _SLUG.sub("-", name.lower()).strip("-")[:48].strip("-") or "form"
    taken = set(session.scalars(select(Form.key).where(Form.key.startswith(wanted))))
    taken.add(VERIFY_KEY)
    candidates = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(key for key in candidates if key not in taken)


def _add_version(
    session: Session, form: Form, definition: FormDefinition, user_id: int | None
) -> None:
    stored = definition_json(definition)
    if form.version:
        newest = session.scalars(
            select(FormVersion.definition).where(
                FormVersion.form_id == form.id, FormVersion.number == form.version
            )
        ).one()
        if definition_of(newest) == definition:
            return
    form.version += 1
    session.add(
        FormVersion(form_id=form.id, number=form.version, definition=stored, user_id=user_id)
    )
    session.flush()

"""The pages on which the company builds its forms."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from tanggap.errors import ConflictError
from tanggap.inbox.forms import forms, verifying
from tanggap.inbox.forms.form_fields import FIELDS_MOST, FieldKind, FormDefinition, UnfitFormError
from tanggap.inbox.forms.form_fields import definition_of as read_definition
from tanggap.inbox.forms.form_typed import TypedForm, press, read_typed, typed_of
from tanggap.inbox.forms.forms import KeptForm
from tanggap.inbox.operation.company import read_company
from tanggap.store.forms import VERIFY
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.forms.form_words import FIELD_KINDS
from tanggap.web.public.public_form import Shown, page

bp = Blueprint("forms", __name__, url_prefix="/admin/forms")

_LIST_BYTES: Final = 16 * 1024 * 1024


@bp.get("")
def index() -> ResponseReturnValue:
    """List the forms."""
    with services().database.read() as db:
        return render_template("admin/forms.html", kept=forms.list_forms(db))


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Build a form that does not exist yet."""
    if request.method == "GET":
        return _editor(None, TypedForm())
    return _save(None)


@bp.route("/<key>", methods=["GET", "POST"])
def edit(key: str) -> ResponseReturnValue:
    """Change a form."""
    with services().database.read() as db:
        kept = forms.read_form(db, key)
    if request.method == "GET":
        return _editor(kept, typed_of(kept))
    return _save(kept)


@bp.post("/preview")
def preview() -> ResponseReturnValue:
    """Show the form as it stands in the editor as customers would see it."""
    typed = read_typed(request.form)
    verifies = request.form.get("purpose") == VERIFY
    return _preview(typed.name_id, typed.name_en, typed.definition, verifies=verifies)


@bp.get("/<key>/versions/<int:number>")
def version(key: str, number: int) -> ResponseReturnValue:
    """Show a version as customers saw it."""
    with services().database.read() as db:
        form = forms.read_form(db, key).form
        found = forms.read_version(db, form.id, number)
    definition = read_definition(found.definition)
    return _preview(form.name_id, form.name_en, definition, verifies=form.purpose == VERIFY)


@bp.post("/customers")
def customers() -> ResponseReturnValue:
    """Replace the list of customers that confirmed details are compared with."""
    request.max_content_length = _LIST_BYTES
    request.max_form_memory_size = _LIST_BYTES
    lines = request.form.get("lines", "").splitlines()
    try:
        with services().database.write() as db:
            count = verifying.replace_known(services(), db, lines, user_id=me().id)
    except ConflictError:
        flash(gettext("The list is too long and was not saved."), "error")
    else:
        flash(
            ngettext(
                "%(num)d customer is in the list.", "%(num)d customers are in the list.", count
            )
        )
    return redirect(url_for(".edit", key=forms.VERIFY_KEY, _anchor="customers"), 303)


def _save(kept: KeptForm | None) -> ResponseReturnValue:
    typed = read_typed(request.form)
    pressed = request.form.get("do", "")
    if pressed:
        return _editor(kept, press(typed, pressed))
    try:
        with services().database.write() as db:
            form = forms.save_form(
                db,
                kept.form.key if kept else None,
                name_id=typed.name_id,
                name_en=typed.name_en,
                definition=typed.definition,
                seen=typed.seen,
                active=typed.active,
                user_id=me().id,
            )
    except UnfitFormError as error:
        return _editor(kept, typed, {error.place: error.code}), 422
    except ConflictError as error:
        return _editor(kept, typed, {}, explain(error)), 409
    flash(gettext("Saved as version %(number)d.", number=form.version))
    return redirect(url_for(".edit", key=form.key), 303)


def _editor(
    kept: KeptForm | None,
    typed: TypedForm,
    problems: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    with services().database.read() as db:
        versions = forms.versions_of(db, kept.form.id) if kept else []
        known = verifying.known_count(db)
    template = "form_editor" if "HX-Request" in request.headers else "form_edit"
    return render_template(
        f"admin/{template}.html",
        kept=kept,
        typed=typed,
        problems=problems or {},
        problem=problem,
        versions=versions,
        known=known,
        kinds=FIELD_KINDS,
        most=FIELDS_MOST,
        choice=FieldKind.CHOICE,
        order=FieldKind.ORDER,
        verifies=kept is not None and kept.form.purpose == VERIFY,
    )


def _preview(
    name_id: str, name_en: str, definition: FormDefinition, *, verifies: bool
) -> ResponseReturnValue:
    shown = Shown(
        title_id=name_id,
        title_en=name_en,
        definition=definition,
        verifies=verifies,
        asks_code=verifies and definition.asks_code,
        preview=True,
    )
    return page(shown)


@bp.context_processor
def _company() -> dict[str, object]:
    with services().database.read() as db:
        return {"company": read_company(db)}

"""The page on which a customer fills in a form; the same one confirms who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.inbox import single_use
from tanggap.inbox.forms.form_answers import LONG_MOST, SHORT_MOST, Filled, read_filled
from tanggap.inbox.forms.form_fields import PHOTOS_MOST, FieldKind, FormDefinition
from tanggap.inbox.forms.form_requests import Asked, open_request, take_answers
from tanggap.inbox.forms.verifying import take_details
from tanggap.inbox.media import form_photos
from tanggap.inbox.single_use import WrongCodeError
from tanggap.store.forms import VERIFY
from tanggap.store.single_use import SingleUseLink
from tanggap.web.context import services

MAX_BYTES: Final = PHOTOS_MOST * form_photos.BYTES_MOST + 256 * 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: the questions, what was typed, and what is wrong with it."""

    title_id: str
    title_en: str
    definition: FormDefinition
    verifies: bool
    asks_code: bool
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False


def show(link: SingleUseLink) -> ResponseReturnValue:
    """Show the questions."""
    return page(_shown(link, _asked(link)))


def take(link: SingleUseLink) -> ResponseReturnValue:
    """Keep what was filled in, or say beside each question what is wrong."""
    asked = _asked(link)
    filled = _read(asked.definition)
    problems = dict(filled.problems)
    if link.code_hash is not None and not problems:
        try:
            single_use.check_code(services(), link.id, request.form.get("code", ""))
        except WrongCodeError:
            problems["code"] = gettext("This code is not the right one. Check the message.")
    if problems:
        return page(_shown(link, asked, request.form, problems)), 422
    keep = take_details if asked.purpose == VERIFY else take_answers
    with services().database.write() as db:
        keep(services(), db, link, filled)
    return render_template(
        "public/done.html",
        heading=gettext("Thank you"),
        text=gettext("We have received your answer. We go on where you got the link."),
    )


def page(shown: Shown) -> str:
    """Render the page."""
    return render_template("public/form.html", shown=shown, most=(SHORT_MOST, LONG_MOST))


def _asked(link: SingleUseLink) -> Asked:
    with services().database.read() as db:
        return open_request(db, link)


def _shown(
    link: SingleUseLink,
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Shown:
    form = asked.request.version.form
    return Shown(
        title_id=form.name_id,
        title_en=form.name_en,
        definition=asked.definition,
        verifies=asked.purpose == VERIFY,
        asks_code=link.code_hash is not None,
        typed=typed or {},
        problems=problems or {},
    )


def _read(definition: FormDefinition) -> Filled:
    uploads: dict[str, bytes] = {}
    for one in definition.fields:
        upload = request.files.get(one.key) if one.kind == FieldKind.PHOTO else None
        if upload is not None:
            uploads[one.key] = upload.stream.read(form_photos.BYTES_MOST + 1)
    return read_filled(definition, request.form, uploads)

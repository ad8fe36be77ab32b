"""The company's name, colours and contact: one page for administrators."""

from __future__ import annotations

from typing import Final
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.operation.company import (
    CompanyCard,
    UnfitCompanyError,
    read_company,
    save_company,
)
from tanggap.web.context import me, services

bp = Blueprint("company", __name__, url_prefix="/admin/company")

PROBLEMS: Final = {
    "name": lazy_gettext("Enter a name of at most 120 characters."),
    "logo_text": lazy_gettext("At most 24 characters."),
    "colour": lazy_gettext("Choose a colour such as #0f766e."),
    "contact": lazy_gettext("At most 500 characters."),
    "website": lazy_gettext("Enter an address that begins with https://."),
    "zone": lazy_gettext("Choose a time zone such as Asia/Jakarta."),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Show what is known of the company."""
    with services().database.read() as db:
        return _page(read_company(db))


@bp.post("")
def save() -> ResponseReturnValue:
    """Store what is known of the company."""
    form = request.form
    typed = CompanyCard(
        name=form.get("name", ""),
        logo_text=form.get("logo_text", ""),
        colour=form.get("colour", ""),
        contact=form.get("contact", ""),
        website=form.get("website", ""),
        zone=form.get("zone", ""),
    )
    try:
        with services().database.write() as db:
            save_company(db, typed, user_id=me().id)
    except UnfitCompanyError as error:
        return _page(typed, error.field), 422
    flash(gettext("Saved. Pages for customers look like this from now on."))
    return redirect(url_for(".index"), 303)


def _page(card: CompanyCard, wrong: str = "") -> str:
    problems = {wrong: PROBLEMS[wrong]} if wrong else {}
    zones = sorted(available_timezones())
    return render_template("admin/company.html", card=card, problems=problems, zones=zones)

"""What people may ask of their data: give it out, erase it; and how long texts are kept."""

from __future__ import annotations

from collections import Counter
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from tanggap.errors import ConflictError
from tanggap.inbox.privacy import privacy_erase, privacy_export, retention_rules
from tanggap.inbox.privacy.privacy_certificate import list_backups
from tanggap.inbox.privacy.retention import bounded_channels
from tanggap.inbox.privacy.retention_rules import LONGEST, UnfitDaysError, Wanted
from tanggap.inbox.privacy_person import find_people, refuse_limited
from tanggap.store.accounts import list_accounts
from tanggap.store.privacy import DONE, FAILED, Erasure
from tanggap.web.context import me, services, tasks
from tanggap.web.filters import read_id
from tanggap.web.privacy.privacy_words import place_name, step_name

bp = Blueprint("privacy", __name__, url_prefix="/privacy")

RECENT: Final = 20
WRONG_PHRASE: Final = lazy_gettext(
    "Nothing was erased: type what stands above the field exactly as it stands."
)


@bp.get("")
def index() -> ResponseReturnValue:
    """Look for a person, and show what was done lately."""
    refuse_limited()
    words = request.args.get("q", "").strip()
    with services().database.read() as db:
        return render_template(
            "privacy/index.html",
            words=words,
            found=find_people(db, words) if words else [],
            erasures=list(db.scalars(select(Erasure).order_by(Erasure.id.desc()).limit(RECENT))),
            exports=privacy_export.recent_exports(db),
            backup_days=services().settings.backup_days,
            backups=list_backups(services().settings),
            drops=services().settings.erased_authors == "drop",
            step_name=step_name,
        )


@bp.get("/people/<int:author_id>")
def person(author_id: int) -> ResponseReturnValue:
    """Show what there is of a person, and what can be done with it."""
    return _person(author_id)


@bp.post("/people/<int:author_id>/export")
def export(author_id: int) -> ResponseReturnValue:
    """Make the export of a person."""
    privacy_export.make_export(services(), author_id, user_id=me().id)
    flash(gettext("The export is ready. It can be downloaded once."))
    return redirect(url_for(".person", author_id=author_id, _anchor="exports"), 303)


@bp.post("/exports/<int:export_id>/download")
def download(export_id: int) -> ResponseReturnValue:
    """Give an export away, once."""
    try:
        data = privacy_export.take_export(services(), export_id, user_id=me().id)
    except ConflictError:
        flash(gettext("This export was downloaded, or its time is over. Make a new one."), "error")
        return redirect(url_for(".index"), 303)
    name = f"personal-data-{export_id}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return data, 200, {"Content-Type": "application/zip", **headers}


@bp.post("/people/<int:author_id>/erase")
def erase(author_id: int) -> ResponseReturnValue:
    """Have a person erased everywhere."""
    try:
        number = privacy_erase.request(
            services(),
            author_id,
            typed=request.form.get("typed", ""),
            user_id=me().id,
            reason=request.form.get("reason", ""),
        )
    except privacy_erase.UnderWayError:
        flash(gettext("This person is being erased already."))
        return redirect(url_for(".index"), 303)
    except ConflictError:
        return _person(author_id, str(WRONG_PHRASE)), 422
    tasks().erase(number)
    return redirect(url_for(".erasure", erasure_id=number), 303)


@bp.get("/erasures/<int:erasure_id>")
def erasure(erasure_id: int) -> ResponseReturnValue:
    """Show how far an erasure is, then its certificate."""
    refuse_limited()
    with services().database.read() as db:
        row = privacy_erase.erasure_by_id(db, erasure_id)
    part = "progress" if "HX-Request" in request.headers else "erasure"
    return render_template(
        f"privacy/{part}.html",
        row=row,
        over=row.state in (DONE, FAILED),
        place_name=place_name,
        step_name=step_name,
    )


@bp.get("/erasures/<int:erasure_id>/certificate.json")
def certificate(erasure_id: int) -> ResponseReturnValue:
    """Give the certificate as a file."""
    refuse_limited()
    with services().database.read() as db:
        row = privacy_erase.erasure_by_id(db, erasure_id)
    name = f"erasure-{row.id}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return row.certificate, 200, {"Content-Type": "application/json; charset=utf-8", **headers}


@bp.route("/retention", methods=["GET", "POST"])
def retention() -> ResponseReturnValue:
    """Show and set how long texts are kept; the other button counts what would go."""
    refuse_limited()
    if request.method == "GET":
        return _retention()
    channel, _, account = request.form.get("place", "").partition(":")
    try:
        wanted = Wanted(
            channel=channel,
            account_id=(read_id(account) or 0) if account else None,
            text_days=retention_rules.read_days(request.form.get("text_days", "")),
            profile_days=retention_rules.read_days(request.form.get("profile_days", "")),
            beside_days=retention_rules.read_days(request.form.get("beside_days", "")),
        )
    except UnfitDaysError:
        problem = gettext("Write a whole number of days from 1 to %(most)s.", most=LONGEST)
        return _retention(problem=problem), 422
    if request.form.get("do") == "preview":
        with services().database.read() as db:
            return _retention(counts=retention_rules.preview(services(), db, wanted))
    retention_rules.save_rule(services(), wanted, user_id=me().id)
    flash(gettext("Saved. What is over goes within minutes, and does not come back."))
    return redirect(url_for(".retention"), 303)


def _person(author_id: int, problem: str = "") -> str:
    with services().database.read() as db:
        found = privacy_erase.preview(db, author_id)
        ids = [author.id for author in found.authors]
        return render_template(
            "privacy/person.html",
            found=found,
            author_id=author_id,
            exports=privacy_export.recent_exports(db, ids),
            problem=problem,
            backup_days=services().settings.backup_days,
            hours=services().settings.export_hours,
            place_name=place_name,
        )


def _retention(problem: str = "", counts: Counter[str] | None = None) -> str:
    with services().database.read() as db:
        return render_template(
            "privacy/retention.html",
            rules=retention_rules.list_rules(db),
            accounts={account.id: account for account in list_accounts(db)},
            channels=sorted(services().registry.channels),
            bounds=dict(bounded_channels(services())),
            would_go=counts,
            place_name=place_name,
            typed=request.form,
            problem=problem,
        )

"""The page of the first start, while there is no person yet."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.arrival import samples
from tanggap.inbox.operation import first_run
from tanggap.inbox.operation.company import UnfitCompanyError
from tanggap.inbox.operation.first_run import WrongCodeError
from tanggap.inbox.people.people import UnfitError, user_by_id
from tanggap.web.clocks.calendar_pages import ZONES
from tanggap.web.context import me, services, tasks
from tanggap.web.i18n import LANGUAGES
from tanggap.web.security import limiter, public
from tanggap.web.session import signed_in
from tanggap.web.signing_in.entering import enter
from tanggap.web.staff_words import explain

bp = Blueprint("first_run", __name__)

CONNECT: Final = "connect"
SAMPLES: Final = "samples"


@bp.get("/setup")
@public
def show() -> ResponseReturnValue:
    """Show the form, or lead to signing in when there is a person."""
    with services().database.read() as db:
        if not first_run.nobody_yet(db):
            return redirect(url_for("auth.login"))
    return _page({})


@bp.post("/setup")
@public
@limiter.limit(lambda: services().settings.login_rate)
def set_up() -> ResponseReturnValue:
    """Make the first person and begin their session."""
    form = request.form
    language = form.get("language", "")
    try:
        user = first_run.set_up(
            services(),
            code=form.get("code", ""),
            email=form.get("email", ""),
            name=form.get("name", ""),
            password=form.get("password", ""),
            company=form.get("company", ""),
            zone=form.get("zone", ""),
            language=language if language in LANGUAGES else "id",
        )
    except ConflictError:
        return redirect(url_for("auth.login"), 303)
    except WrongCodeError:
        return _page({"code": gettext("This is not the code that the server printed.")}, 422)
    except UnfitCompanyError as error:
        name = "company" if error.field == "name" else error.field
        return _page({name: gettext("Write between 1 and 120 characters.")}, 422)
    except UnfitError as error:
        return _page({error.field: explain(error)}, 422)
    session["language"] = user.language
    with services().database.read() as db:
        person = signed_in(user_by_id(db, user.id))
    enter(person)
    return _go_on(user.id, form.get("then", ""))


@bp.post("/setup/samples")
def add_samples() -> ResponseReturnValue:
    """Fill the inbox with sample cases."""
    return _go_on(me().id, SAMPLES)


@bp.post("/setup/samples/remove")
def remove_samples() -> ResponseReturnValue:
    """Remove the sample cases again."""
    with services().database.write() as db:
        if not samples.remove_samples(db, me().id):
            raise NotFoundError("there are no sample cases")
    flash(gettext("The sample cases are gone."))
    return redirect(url_for("inbox.index"), 303)


@bp.app_template_global("has_samples")
def has_samples() -> bool:
    """Tell whether the inbox holds sample cases."""
    with services().database.read() as db:
        return samples.sample_account(db) is not None


def _go_on(user_id: int, then: str) -> ResponseReturnValue:
    if then == CONNECT:
        return redirect(url_for("accounts.index"), 303)
    if then == SAMPLES:
        samples.add_samples(services(), user_id)
        tasks().sweep()
        flash(gettext("Some invented cases are in your inbox. Remove them on the accounts page."))
    return redirect(url_for("inbox.index"), 303)


def _page(problems: dict[str, Any], status: int = 200) -> ResponseReturnValue:
    page = render_template("first_run.html", problems=problems, typed=request.form, zones=ZONES)
    return page, status

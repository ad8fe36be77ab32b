"""The page behind an invitation's link: choose a name and a password once, or sign in elsewhere."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.people import invitations
from tanggap.inbox.people.people import UnfitError
from tanggap.store.sign_on import SignOnProvider
from tanggap.web.context import me, services
from tanggap.web.security import limiter, public
from tanggap.web.session import signed_in
from tanggap.web.signing_in.entering import enter
from tanggap.web.signing_in.sign_on import offered
from tanggap.web.staff_words import explain

bp = Blueprint("invitation", __name__, url_prefix="/invitation")


@bp.get("/<token>")
@public
@limiter.limit(lambda: services().settings.login_rate)
def show(token: str) -> ResponseReturnValue:
    """Show the form, or say that the link does nothing any more."""
    return _page(token)


@bp.post("/<token>")
@public
@limiter.limit(lambda: services().settings.login_rate)
def accept(token: str) -> ResponseReturnValue:
    """Make the account and begin a session, unless people sign in with the company's provider."""
    form = request.form
    if _company_alone() is not None:
        return redirect(url_for(".show", token=token), 303)
    try:
        with services().database.write() as db:
            user = invitations.accept(
                db,
                token,
                name=form.get("name", ""),
                password=form.get("password", ""),
                initials=form.get("initials", ""),
            )
            person = signed_in(user)
    except NotFoundError:
        return _page(token)
    except (UnfitError, ConflictError) as error:
        field = getattr(error, "field", "")
        return _page(token, {field: explain(error)})
    enter(person)
    flash(gettext("Welcome, %(name)s.", name=person.name))
    return redirect(url_for("inbox.index"), 303)


def _page(token: str, problems: dict[str, str] | None = None) -> ResponseReturnValue:
    try:
        with services().database.read() as db:
            invitation = invitations.find_invitation(db, token)
    except NotFoundError:
        return render_template("invitation.html", invitation=None), 404
    page = render_template(
        "invitation.html",
        invitation=invitation,
        token=token,
        problems=problems or {},
        typed=request.form,
        company=_company_alone(),
        elsewhere=me().name if me().is_authenticated else "",
    )
    return page, 422 if problems else 200


def _company_alone() -> SignOnProvider | None:
    """Give the company's provider where nobody signs in with a password."""
    company = offered()
    return company if company is not None and company.passwords_off else None

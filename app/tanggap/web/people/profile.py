"""A person's own page: who they are to customers, and their password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_user

from tanggap.inbox.people import people
from tanggap.web.context import me, services
from tanggap.web.security import TRIES, limiter
from tanggap.web.session import signed_in

bp = Blueprint("profile", __name__)


@bp.get("/profile")
def show() -> ResponseReturnValue:
    """Show the page."""
    return render_template("profile.html", problems={})


@bp.post("/profile/password")
@limiter.limit(TRIES, key_func=lambda: f"password {me().id}")
def change_password() -> ResponseReturnValue:
    """Change the password; this session goes on, all others end."""
    try:
        with services().database.write() as db:
            user = people.change_password(
                db,
                me().id,
                old=request.form.get("old", ""),
                new=request.form.get("new", ""),
            )
            person = signed_in(user)
    except people.UnfitError as error:
        return render_template("profile.html", problems={error.field: _explain(error)}), 422
    login_user(person)
    flash(gettext("Your password is changed. All your other sessions are signed out."))
    return redirect(url_for("profile.show"), 303)


def _explain(error: people.UnfitError) -> str:
    if error.field == "old":
        return str(gettext("The present password is different. Nothing was changed."))
    return str(
        gettext(
            "A password has between %(least)d and %(most)d characters.",
            least=people.PASSWORD_SHORTEST,
            most=people.PASSWORD_LONGEST,
        )
    )

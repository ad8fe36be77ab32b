"""Who may sign in: invitations, roles, teams, and those who left."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from tanggap.errors import ConflictError
from tanggap.inbox.mailbox.mail import MailError, can_mail, send_mail
from tanggap.inbox.people import (
    invitations,
    people,
    people_limits,
    second_factor,
    staff_admin,
    staff_view,
)
from tanggap.inbox.people.people import UnfitError
from tanggap.store.accounts import list_accounts
from tanggap.store.base import utcnow
from tanggap.store.sight import Sight
from tanggap.store.users import ROLES, list_teams
from tanggap.web.context import me, services, tasks
from tanggap.web.filters import read_id
from tanggap.web.i18n import LANGUAGES
from tanggap.web.staff_words import explain

bp = Blueprint("people", __name__, url_prefix="/admin/people")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show everybody and the open invitations."""
    return _index()


@bp.post("/invite")
def invite() -> ResponseReturnValue:
    """Invite somebody; the link goes by e-mail where a server is set, else it is shown once."""
    form = request.form
    language = form.get("language", "")
    try:
        with services().database.write() as db:
            invitation, token = invitations.invite(
                db,
                email=form.get("email", ""),
                name=form.get("name", ""),
                role=form.get("role", ""),
                team_ids=_ids("team"),
                sight=Sight(tuple(_ids("only_team")), tuple(_ids("only_account"))),
                language=language if language in LANGUAGES else "id",
                by_user_id=me().id,
            )
    except (UnfitError, ConflictError) as error:
        return _index(problem=explain(error)), 422
    link = f"{services().settings.public_url}{url_for('invitation.show', token=token)}"
    if mail_link(invitation.email, link):
        flash(gettext("The invitation is on its way to %(email)s.", email=invitation.email))
        return redirect(url_for(".index"), 303)
    return _index(link=link, invited=invitation.email)


@bp.post("/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> ResponseReturnValue:
    """End an invitation."""
    with services().database.write() as db:
        invitations.withdraw(db, invitation_id, by_user_id=me().id)
    flash(gettext("The invitation is withdrawn; its link does nothing any more."))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:user_id>/role")
def set_role(user_id: int) -> ResponseReturnValue:
    """Give a person another role."""
    try:
        with services().database.write() as db:
            changed = staff_admin.set_role(
                db, user_id, request.form.get("role", ""), by_user_id=me().id
            )
    except (UnfitError, ConflictError) as error:
        flash(explain(error), "error")
    else:
        flash(gettext("Saved.") if changed else gettext("Nothing was changed."))
    return redirect(url_for("staff.person", user_id=user_id), 303)


@bp.post("/<int:user_id>/limits")
def set_limits(user_id: int) -> ResponseReturnValue:
    """Limit a person to the cases of some teams or accounts."""
    try:
        with services().database.write() as db:
            returned = people_limits.set_limits(
                db, user_id, _ids("only_team"), _ids("only_account"), by_user_id=me().id
            )
    except ConflictError as error:
        flash(explain(error), "error")
    else:
        flash(_limited(returned))
        tasks().wake_reassign()
    return redirect(url_for("staff.person", user_id=user_id), 303)


@bp.post("/<int:user_id>/sessions/end")
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Sign a person out everywhere."""
    with services().database.write() as db:
        people.end_sessions(db, user_id, by_user_id=me().id)
    flash(gettext("All their sessions are ended."))
    return redirect(url_for("staff.person", user_id=user_id), 303)


@bp.post("/<int:user_id>/second-factor/remove")
def remove_second_factor(user_id: int) -> ResponseReturnValue:
    """Switch off the second step of somebody who has lost it."""
    with services().database.write() as db:
        removed = second_factor.remove(db, user_id, by_user_id=me().id)
    flash(gettext("The second step is off.") if removed else gettext("Nothing was changed."))
    return redirect(url_for("staff.person", user_id=user_id), 303)


@bp.post("/<int:user_id>/deactivate")
def deactivate(user_id: int) -> ResponseReturnValue:
    """Let a person sign in no more; their cases go back to the queue."""
    try:
        with services().database.write() as db:
            returned = people.deactivate(db, user_id, by_user_id=me().id)
    except ConflictError as error:
        flash(explain(error), "error")
        return redirect(url_for("staff.person", user_id=user_id), 303)
    tasks().wake_reassign()
    flash(
        ngettext(
            "They cannot sign in any more. %(num)d case went back to the queue.",
            "They cannot sign in any more. %(num)d cases went back to the queue.",
            returned,
        )
    )
    return redirect(url_for(".index"), 303)


@bp.post("/<int:user_id>/reactivate")
def reactivate(user_id: int) -> ResponseReturnValue:
    """Let a person sign in again."""
    with services().database.write() as db:
        people.reactivate(db, user_id, by_user_id=me().id)
    flash(gettext("They can sign in again."))
    return redirect(url_for("staff.person", user_id=user_id), 303)


def _limited(returned: int | None) -> str:
    if returned is None:
        return str(gettext("Nothing was changed."))
    if not returned:
        return str(gettext("Saved."))
    return str(
        ngettext(
            "Saved. %(num)d case that they see no more went back to the queue.",
            "Saved. %(num)d cases that they see no more went back to the queue.",
            returned,
        )
    )


def _index(*, problem: str = "", link: str = "", invited: str = "") -> str:
    with services().database.read() as db:
        return render_template(
            "admin/people.html",
            people=staff_view.read_colleagues(db, utcnow()),
            invitations=invitations.open_invitations(db) if me().may("manage_people") else [],
            teams=list_teams(db),
            accounts=list_accounts(db),
            roles=ROLES,
            typed=request.form,
            problem=problem,
            link=link,
            invited=invited,
            mails=can_mail(services().settings),
        )


def mail_link(email: str, link: str) -> bool:
    """Send the link of an invitation where that is possible; tells whether it was."""
    if not can_mail(services().settings):
        return False
    subject = gettext("You are invited to Tanggap")
    text = gettext(
        "%(name)s invites you to answer customers in Tanggap. Open this link within a week to "
        "choose your password; it works once:\n\n%(link)s\n",
        name=me().name,
        link=link,
    )
    try:
        send_mail(services().settings, [email], subject, text)
    except MailError as error:
        flash(gettext("The e-mail was not sent: %(reason)s", reason=str(error)), "warning")
        return False
    return True


def _ids(name: str) -> list[int]:
    return [id_ for one in request.form.getlist(name) if (id_ := read_id(one)) is not None]

"""The e-mail leg of a case, files that came with mails, and mails without a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import NotFoundError, ReplyRefusedError, TanggapError
from tanggap.inbox.arrival import mail_strays
from tanggap.inbox.desk.conversation_view import read_conversation, read_view
from tanggap.inbox.mailbox import mail_legs
from tanggap.inbox.mailbox.mail_addresses import UnfitAddressError
from tanggap.inbox.mailbox.mail_legs import UnfitSubjectError
from tanggap.inbox.mailbox.mail_view import read_mail_side
from tanggap.store.mails import EMAIL, Mail, MailFile
from tanggap.web.context import me, services
from tanggap.web.desk.composer_view import show_composer
from tanggap.web.desk.inbox import address_of, list_args, open_parts
from tanggap.web.errors import explain
from tanggap.web.filters import read_id

bp = Blueprint("mails", __name__)


@bp.post("/inbox/<int:conversation_id>/mail")
def go_on(conversation_id: int) -> ResponseReturnValue:
    """Let the case go on by e-mail, and turn the composer to it; what was typed stays."""
    typed = request.form
    try:
        with services().database.write() as db:
            mail_legs.go_on_by_mail(
                services(),
                db,
                conversation_id,
                me().id,
                address=typed.get("address", ""),
                subject=typed.get("subject", ""),
            )
    except (UnfitAddressError, UnfitSubjectError, ReplyRefusedError) as error:
        return _refused(conversation_id, explain_mail(error))
    if "HX-Request" not in request.headers:
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        composer = show_composer(db, view, text=typed.get("text", ""), wanted=EMAIL)
        parts = open_parts(db, list_args(), view, composer)
        page = render_template("mails/opened.html", **parts)
    return page, 200, {"HX-Trigger": "conversation-changed"}


@bp.post("/inbox/<int:conversation_id>/mail/address")
def address(conversation_id: int) -> ResponseReturnValue:
    """Show the whole address to somebody who compares it."""
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        shown = mail_legs.reveal_address(services(), db, conversation_id, me().id)
    if "HX-Request" not in request.headers:
        flash(shown)
        return redirect(address_of(conversation_id, list_args()), 303)
    return render_template("mails/address.html", address=shown)


@bp.get("/mails/files/<int:file_id>")
def file(file_id: int) -> ResponseReturnValue:
    """Hand a file out to be saved; no browser shows it in our name."""
    with services().database.read() as db:
        found = db.get(MailFile, file_id)
        mail = db.get(Mail, found.mail_id) if found is not None else None
        if found is None or mail is None or mail.conversation_id is None:
            raise NotFoundError(f"there is no file {file_id}")
        read_conversation(db, mail.conversation_id)
        content, name = services().vault.open_bytes(found.sealed), found.name
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/mails")
def index() -> ResponseReturnValue:
    """List the mails that wait for somebody to say where they belong."""
    with services().database.read() as db:
        page = mail_strays.list_waiting(db, read_id(request.args.get("after")))
    return render_template("mails/index.html", page=page)


@bp.get("/mails/<int:mail_id>")
def show(mail_id: int) -> ResponseReturnValue:
    """Show one of them, and the cases its sender is known from."""
    return _stray(mail_id)


@bp.post("/mails/<int:mail_id>/put")
def put(mail_id: int) -> ResponseReturnValue:
    """Put a mail into the case with this number."""
    number = read_id(request.form.get("case", "").strip().lstrip("#"))
    if number is None:
        return _stray(mail_id, gettext("Write the number of a case.")), 422
    try:
        with services().database.write() as db:
            mail_strays.put_in_case(services(), db, mail_id, number, me().id)
    except (NotFoundError, UnfitAddressError, mail_strays.UnfitMailError) as error:
        return _stray(mail_id, explain_mail(error)), 422
    except mail_strays.SettledError as error:
        flash(explain_mail(error), "error")
        return redirect(url_for(".index"), 303)
    return redirect(url_for("inbox.show", conversation_id=number, state="any"), 303)


@bp.post("/mails/<int:mail_id>/dismiss")
def dismiss(mail_id: int) -> ResponseReturnValue:
    """Put a mail away that belongs to no case."""
    try:
        with services().database.write() as db:
            mail_strays.dismiss(db, mail_id, me().id)
    except mail_strays.SettledError as error:
        flash(explain_mail(error), "error")
    else:
        flash(gettext("The mail is put away."))
    return redirect(url_for(".index"), 303)


def explain_mail(error: TanggapError) -> str:
    """Say what is wrong with an address, a subject or a mail, and what to do."""
    if isinstance(error, UnfitAddressError):
        return str(gettext("Write one e-mail address, such as ayu@example.com."))
    if isinstance(error, UnfitSubjectError):
        return str(gettext("Write a subject of at most 150 characters."))
    if isinstance(error, mail_strays.SettledError):
        return str(gettext("A colleague has decided on this mail already."))
    if isinstance(error, mail_strays.UnfitMailError):
        return str(gettext("Nothing of this mail can be read, so it cannot stand in a case."))
    if isinstance(error, NotFoundError):
        return str(gettext("There is no case with this number."))
    return explain(error)


def _refused(conversation_id: int, problem: str) -> ResponseReturnValue:
    if "HX-Request" not in request.headers:
        flash(problem, "error")
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        case = read_conversation(db, conversation_id)
        page = render_template(
            "mails/leg.html",
            c=case,
            mail=read_mail_side(db, conversation_id, ()),
            args=list_args(),
            mail_problem=problem,
            mail_typed=request.form,
        )
    return page, 422, {"HX-Retarget": "#mail-leg", "HX-Reswap": "outerHTML"}


def _stray(mail_id: int, problem: str = "") -> str:
    with services().database.read() as db:
        mail = mail_strays.read_stray(db, mail_id)
        context: Mapping[str, Any] = {
            "mail": mail,
            "sender": mail_strays.sender_of(services(), mail),
            "legs": mail_strays.likely_cases(services(), db, mail),
            "problem": problem,
        }
        return render_template("mails/stray.html", **context)

"""The company's mailboxes: servers, passwords that nobody sees again, and a try of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.errors import NotFoundError
from tanggap.inbox.mailbox import mail_setup
from tanggap.inbox.mailbox.mail import SECURITIES, MailError
from tanggap.inbox.mailbox.mail_setup import NEW, UnfitMailboxError
from tanggap.store.mails import Mailbox
from tanggap.store.users import list_teams
from tanggap.web.context import me, services

bp = Blueprint("mailbox", __name__, url_prefix="/admin/mailbox")

SECURITY_NAMES: Final = {
    "starttls": lazy_gettext("STARTTLS"),
    "tls": lazy_gettext("TLS from the start"),
    "none": lazy_gettext("none, for a server on this machine or network"),
}
_FIELDS: Final = {
    "address": lazy_gettext("Write one e-mail address, such as ayu@example.com."),
    "host": lazy_gettext("Write the server's name, such as mail.example.com."),
    "port": lazy_gettext("A port is a number such as 587 or 993."),
    "security": lazy_gettext("Choose how the server is spoken to."),
    "folder": lazy_gettext("Write the folder's name in plain letters, such as INBOX."),
    "password": lazy_gettext("Type the password of this user; it is asked anew for a new server."),
    "name": lazy_gettext("Write a name without signs that do not print."),
    "user": lazy_gettext("Write a name without signs that do not print."),
    "id": lazy_gettext("Choose one of the teams."),
}
_FAULTS: Final = {
    "host": lazy_gettext("There is no such server. Check its name."),
    "private": lazy_gettext(
        "This server is on a private address. An operator can allow it in TANGGAP_PRIVATE_HOSTS."
    ),
    "port": lazy_gettext(
        "Mail servers use 25, 465, 587 or 2525 to send and 143 or 993 to read. An operator can "
        "allow others in TANGGAP_PRIVATE_HOSTS."
    ),
    "plain": lazy_gettext(
        "Without TLS anybody on the way could read the password. Choose TLS or STARTTLS."
    ),
    "certificate": lazy_gettext("The server's certificate is not valid for this name."),
    "tls": lazy_gettext("The server does not speak TLS here. Try the other kind, or another port."),
    "login": lazy_gettext("The server refused the user or the password."),
    "folder": lazy_gettext("There is no such folder in the mailbox."),
    "refused": lazy_gettext("The server refused."),
    "away": lazy_gettext("The server cannot be reached. Check name, port and firewall."),
}
_DEFAULTS: Final = {
    "smtp_port": "587",
    "smtp_security": "starttls",
    "imap_port": "993",
    "imap_security": "tls",
    "folder": "INBOX",
}


@bp.route("", methods=["GET", "POST"])
@bp.route("/<int:mailbox_id>", methods=["GET", "POST"])
def edit(mailbox_id: int | None = None) -> ResponseReturnValue:
    """Show and save a mailbox, the first where none is named."""
    return _edit(mailbox_id)


@bp.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Set up one more mailbox."""
    return _edit(NEW)


@bp.post("/try")
@bp.post("/<int:mailbox_id>/try")
def try_it(mailbox_id: int | None = None) -> ResponseReturnValue:
    """Sign in to both servers as they are saved; nothing is sent and nothing is read."""
    with services().database.read() as db:
        row = mail_setup.mailbox_of(db, mailbox_id)
    if row is None:
        raise NotFoundError("no mailbox is set up yet")
    tried = {
        "smtp": mail_setup.try_smtp(services(), row),
        "imap": mail_setup.try_imap(services(), row),
    }
    return _page(row.id, tried=tried)


@bp.app_template_filter("mailbox_trouble")
def mailbox_trouble(row: Mailbox) -> str:
    """Say why a mailbox cannot be read, where it cannot."""
    if not row.enabled or not row.problem:
        return ""
    return str(_FAULTS.get(row.problem.partition(":")[0], _FAULTS["refused"]))


def _edit(mailbox_id: int | None) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(mailbox_id)
    try:
        with services().database.write() as db:
            typed = mail_setup.read_typed(request.form)
            row = mail_setup.save_mailbox(services(), db, typed, me().id, mailbox_id)
    except UnfitMailboxError as error:
        return _page(mailbox_id, typed=request.form, wrong=error.field), 422
    flash(gettext("Saved. Try both servers now."))
    return redirect(url_for(".edit", mailbox_id=row.id), 303)


def _page(
    mailbox_id: int | None,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: str = "",
    tried: Mapping[str, MailError | None] | None = None,
) -> str:
    with services().database.read() as db:
        mailboxes, teams = mail_setup.list_mailboxes(db), list_teams(db)
    chosen = mailboxes[:1] if mailbox_id is None else [m for m in mailboxes if m.id == mailbox_id]
    if mailbox_id not in (None, NEW) and not chosen:
        raise NotFoundError(f"there is no mailbox {mailbox_id}")
    row = chosen[0] if chosen else None
    kind = wrong.rpartition("_")[2] if wrong else ""
    return render_template(
        "mails/mailbox.html",
        row=row,
        mailboxes=mailboxes,
        teams=teams,
        typed=typed if typed is not None else _values(row),
        wrong=wrong,
        problem=str(_FIELDS[kind]) if wrong else "",
        tried={name: _said(error) for name, error in (tried or {}).items()},
        securities={name: SECURITY_NAMES[name] for name in SECURITIES},
    )


def _said(error: MailError | None) -> tuple[str, str] | None:
    """Say what went wrong, and what the server itself said."""
    if error is None:
        return None
    return str(_FAULTS.get(error.code, _FAULTS["refused"])), str(error)


def _values(row: Mailbox | None) -> Mapping[str, str]:
    """Write the mailbox as its form does; passwords never leave again."""
    if row is None:
        return {**_DEFAULTS, "enabled": "1"}
    names = (
        *("address", "name", "smtp_host", "smtp_port", "smtp_security", "smtp_user"),
        *("imap_host", "imap_port", "imap_security", "imap_user", "folder"),
    )
    ticks = {name: "1" for name in ("plus_addresses", "enabled") if getattr(row, name)}
    values = {name: str(getattr(row, name)) for name in names}
    return values | ticks | {"team_id": str(row.team_id or "")}

"""The company's mailbox: its servers, its passwords that nobody sees again, and a try of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.errors import NotFoundError
from tanggap.inbox import mail_setup
from tanggap.inbox.mail import SECURITIES, MailError
from tanggap.inbox.mail_setup import UnfitMailboxError
from tanggap.store.mails import Mailbox
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
def edit() -> ResponseReturnValue:
    """Show and save the mailbox."""
    if request.method == "GET":
        return _page()
    try:
        with services().database.write() as db:
            typed = mail_setup.read_typed(request.form)
            mail_setup.save_mailbox(services(), db, typed, me().id)
    except UnfitMailboxError as error:
        return _page(typed=request.form, wrong=error.field), 422
    flash(gettext("Saved. Try both servers now."))
    return redirect(url_for(".edit"), 303)


@bp.post("/try")
def try_it() -> ResponseReturnValue:
    """Sign in to both servers as they are saved; nothing is sent and nothing is read."""
    with services().database.read() as db:
        row = mail_setup.mailbox_of(db)
    if row is None:
        raise NotFoundError("no mailbox is set up yet")
    tried = {
        "smtp": mail_setup.try_smtp(services(), row),
        "imap": mail_setup.try_imap(services(), row),
    }
    return _page(tried=tried)


@bp.app_template_global("mailbox_trouble")
def mailbox_trouble() -> str:
    """Say why the mailbox cannot be read, where it cannot."""
    with services().database.read() as db:
        row = mail_setup.mailbox_of(db)
    if row is None or not row.enabled or not row.problem:
        return ""
    return str(_FAULTS.get(row.problem.partition(":")[0], _FAULTS["refused"]))


def _page(
    *,
    typed: Mapping[str, str] | None = None,
    wrong: str = "",
    tried: Mapping[str, MailError | None] | None = None,
) -> str:
    with services().database.read() as db:
        row = mail_setup.mailbox_of(db)
    kind = wrong.rpartition("_")[2] if wrong else ""
    return render_template(
        "mails/mailbox.html",
        row=row,
        typed=typed if typed is not None else _values(row),
        wrong=wrong,
        problem=str(_FIELDS[kind]) if wrong else "",
        tried={name: _said(error) for name, error in (tried or {}).items()},
        securities={name: SECURITY_NAMES[name] for name in SECURITIES},
        trouble=mailbox_trouble(),
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
    return {name: str(getattr(row, name)) for name in names} | ticks

"""The company's mailboxes: set up by an administrator, tried before they are relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.inbox.mailbox import mail
from tanggap.inbox.mailbox.imap import open_imap
from tanggap.inbox.mailbox.mail import NONE, SECURITIES, MailError, MailServer
from tanggap.inbox.mailbox.mail_addresses import UnfitAddressError, read_address
from tanggap.inbox.services import Services
from tanggap.plugins.http import safe_address
from tanggap.sdk.errors import Unavailable
from tanggap.settings import Settings
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.mails import Mailbox
from tanggap.store.storable import storable
from tanggap.store.users import Team

SMTP_PORTS: Final = (25, 465, 587, 2525)
IMAP_PORTS: Final = (143, 993)
NEW: Final = 0
"""The id of a mailbox that is not there yet."""

_TEXT: Final = 255


class UnfitMailboxError(TanggapError):
    """A mailbox that cannot be as it was typed; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A mailbox as a form gives it; an empty password keeps the one that is known."""

    address: str
    name: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_password: str = field(repr=False)
    imap_host: str
    imap_port: int
    imap_security: str
    imap_user: str
    imap_password: str = field(repr=False)
    folder: str = "INBOX"
    plus_addresses: bool = False
    enabled: bool = True
    team_id: int | None = None


@dataclass(frozen=True, slots=True)
class Servers:
    """Both servers of a mailbox, looked up and checked."""

    smtp: MailServer
    imap: MailServer


def list_mailboxes(session: Session) -> Sequence[Mailbox]:
    """List the mailboxes, oldest first."""
    return session.scalars(select(Mailbox).order_by(Mailbox.id)).all()


def mailbox_of(session: Session, mailbox_id: int | None = None) -> Mailbox | None:
    """Give a mailbox, the first where none is named; None where there is none."""
    if mailbox_id is not None:
        return session.get(Mailbox, mailbox_id)
    return session.scalars(select(Mailbox).order_by(Mailbox.id).limit(1)).first()


def mailbox_for(session: Session, team_id: int | None) -> Mailbox | None:
    """Choose where a team's cases go on from: its own mailbox, else one of no team, else any."""
    used = [one for one in list_mailboxes(session) if one.enabled]
    order = {team_id: 0, None: 1}
    return min(used, key=lambda one: (order.get(one.team_id, 2), one.id), default=None)


def is_own_address(session: Session, address: str) -> bool:
    """Tell whether an address is one that we write from ourselves."""
    ours = session.scalars(select(Mailbox.address)).all()
    return address.casefold() in {one.casefold() for one in ours}


def read_typed(form: Mapping[str, str]) -> Typed:
    """Read the form; raises `UnfitMailboxError`."""
    try:
        address = read_address(form.get("address", ""))
    except UnfitAddressError as error:
        raise UnfitMailboxError("address", str(error)) from error
    typed = Typed(
        address=address,
        name=_line(form, "name"),
        smtp_host=_host(form, "smtp_host"),
        smtp_port=_port(form, "smtp_port"),
        smtp_security=_security(form, "smtp_security"),
        smtp_user=_line(form, "smtp_user"),
        smtp_password=form.get("smtp_password", "")[:_TEXT],
        imap_host=_host(form, "imap_host"),
        imap_port=_port(form, "imap_port"),
        imap_security=_security(form, "imap_security"),
        imap_user=_line(form, "imap_user"),
        imap_password=form.get("imap_password", "")[:_TEXT],
        folder=_line(form, "folder") or "INBOX",
        plus_addresses="plus_addresses" in form,
        enabled="enabled" in form,
        team_id=int(team) if (team := form.get("team_id", "")).isdecimal() else None,
    )
    if not typed.folder.isascii():
        raise UnfitMailboxError("folder", "the folder's name may hold ASCII letters alone")
    return typed


def _line(form: Mapping[str, str], name: str) -> str:
    written = storable(form.get(name, "").strip(), _TEXT)
    if not written.isprintable():
        raise UnfitMailboxError(name, "signs that do not print are no part of a name")
    return written


def _host(form: Mapping[str, str], name: str) -> str:
    host = _line(form, name).lower()
    if not host or any(sign in host for sign in "/@ \\:"):
        raise UnfitMailboxError(name, "write the server's name, such as mail.example.com")
    return host


def _port(form: Mapping[str, str], name: str) -> int:
    written = form.get(name, "")
    if not (written.isascii() and written.isdigit() and 0 < len(written) < 6):
        raise UnfitMailboxError(name, "a port is a number")
    if not 0 < int(written) < 65_536:
        raise UnfitMailboxError(name, "there is no such port")
    return int(written)


def _security(form: Mapping[str, str], name: str) -> str:
    written = form.get(name, "")
    if written not in SECURITIES:
        raise UnfitMailboxError(name, "choose how the server is spoken to")
    return written


def save_mailbox(
    services: Services,
    session: Session,
    typed: Typed,
    user_id: int,
    mailbox_id: int | None = None,
) -> Mailbox:
    """Keep a mailbox, the first where none is named, or a `NEW` one.

    Another address or folder is read from its present end on. Another server never gets the
    password of the one before. Raises `UnfitMailboxError`.
    """
    row = None if mailbox_id == NEW else mailbox_of(session, mailbox_id)
    _refuse_twin(session, typed, row)
    known = services.vault.open(row.sealed) if row is not None else {}
    passwords = _passwords(row, known, typed)
    values = _columns(typed)
    if row is None:
        row = Mailbox(**values, sealed=services.vault.seal(passwords))
        session.add(row)
    else:
        place = (row.imap_host, row.imap_user, row.folder)
        for name, value in values.items():
            setattr(row, name, value)
        row.sealed = services.vault.seal(passwords)
        if place != (row.imap_host, row.imap_user, row.folder):
            row.uid_validity, row.last_uid = None, 0
    row.problem, row.problem_at, row.poll_claimed_until = "", None, None
    row.updated_at = utcnow()
    session.flush()
    told = {name: value for name, value in values.items() if name != "enabled"}
    audit.record(
        session,
        "mailbox.saved",
        "mailbox",
        row.id,
        user_id=user_id,
        detail=told | {"enabled": row.enabled},
    )
    return row


def _refuse_twin(session: Session, typed: Typed, row: Mailbox | None) -> None:
    """Raise for the address of another mailbox, and for a team that does not exist."""
    twin = select(Mailbox.id).where(func.lower(Mailbox.address) == typed.address.lower())
    if session.scalar(twin.where(Mailbox.id != (row.id if row is not None else NEW))) is not None:
        raise UnfitMailboxError("address", "another mailbox has this address already")
    if typed.team_id is not None and session.get(Team, typed.team_id) is None:
        raise UnfitMailboxError("team_id", "there is no such team")


def _columns(typed: Typed) -> dict[str, Any]:
    passwords = ("smtp_password", "imap_password")
    return {name: getattr(typed, name) for name in Typed.__slots__ if name not in passwords}


def _passwords(row: Mailbox | None, known: Mapping[str, Any], typed: Typed) -> dict[str, str]:
    """Take what was typed, else what is known of the same server and user."""
    found: dict[str, str] = {}
    for kind in ("smtp", "imap"):
        written = str(getattr(typed, f"{kind}_password"))
        same = row is not None and all(
            getattr(row, f"{kind}_{name}") == getattr(typed, f"{kind}_{name}")
            for name in ("host", "user")
        )
        found[kind] = written or (str(known.get(kind, "")) if same else "")
        if getattr(typed, f"{kind}_user") and not found[kind]:
            raise UnfitMailboxError(f"{kind}_password", "this user needs a password")
    return found


def servers_of(services: Services, row: Mailbox) -> Servers:
    """Look both servers up, opened for use; raises `MailError` where one may not be called."""
    passwords = services.vault.open(row.sealed)
    smtp = MailServer(
        row.smtp_host, row.smtp_port, row.smtp_security, row.smtp_user, passwords["smtp"]
    )
    imap = MailServer(
        row.imap_host, row.imap_port, row.imap_security, row.imap_user, passwords["imap"]
    )
    return Servers(
        guarded(services.settings, smtp, SMTP_PORTS), guarded(services.settings, imap, IMAP_PORTS)
    )


def guarded(settings: Settings, server: MailServer, ports: tuple[int, ...]) -> MailServer:
    """Look a server up once, to be called at exactly the address that was checked.

    Servers on private addresses, other ports and talk without TLS are for hosts that the
    installation names in TANGGAP_PRIVATE_HOSTS. Raises `MailError`.
    """
    names = {server.host, f"{server.host}:{server.port}"}
    private = not names.isdisjoint(settings.private_hosts)
    if not private and server.port not in ports:
        raise MailError(f"{server.port} is no port of mail servers", reached=False, code="port")
    if not private and server.security == NONE:
        raise MailError("without TLS the password would be read", reached=False, code="plain")
    try:
        address = safe_address(server.host, server.port, private=private)
    except Unavailable as error:
        code = "private" if "private address" in str(error) else "host"
        raise MailError(str(error), reached=False, code=code) from error
    return replace(server, address=address)


def try_smtp(services: Services, row: Mailbox) -> MailError | None:
    """Sign in to send, without sending; gives what went wrong."""
    try:
        with mail.sign_in(servers_of(services, row).smtp):
            return None
    except MailError as error:
        return error


def try_imap(services: Services, row: Mailbox) -> MailError | None:
    """Sign in to read and open the folder, without reading; gives what went wrong."""
    try:
        with open_imap(servers_of(services, row).imap, row.folder):
            return None
    except MailError as error:
        return error

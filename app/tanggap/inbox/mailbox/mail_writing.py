"""Write mails of ours so that their answers find the case again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from tanggap.sdk.attaching import AttachedFile

REFERENCES_MOST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What a mail is made of; `earlier` are the Message-IDs of its thread, oldest first."""

    address: str
    company: str
    agent: str
    to: str
    subject: str
    token: str
    key: str
    text: str
    at: datetime
    earlier: tuple[str, ...] = ()
    plus_addresses: bool = False
    files: tuple[AttachedFile, ...] = ()

    @property
    def message_id(self) -> str:
        """Name the mail: the same at every try, and telling which case it belongs to."""
        return f"<tg.{self.token}.{self.key}@{self.address.rpartition('@')[2]}>"


def write_mail(mail: Outgoing) -> EmailMessage:
    """Write a mail as a person of the company."""
    message = EmailMessage(policy=SMTP.clone(refold_source="none"))
    message["From"] = _named(f"{mail.agent} · {mail.company}", mail.address)
    message["To"] = Address(addr_spec=mail.to)
    again = "Re: " if mail.earlier else ""
    message["Subject"] = f"{again}{mail.subject} [TG-{mail.token.upper()}]"
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    if mail.earlier:
        message["In-Reply-To"] = mail.earlier[-1]
        message["References"] = " ".join(mail.earlier[-REFERENCES_MOST:])
    if mail.plus_addresses:
        local, _, domain = mail.address.rpartition("@")
        message["Reply-To"] = _named(mail.company, f"{local}+tg-{mail.token}@{domain}")
    message.set_content(f"{mail.text}\n\n-- \n{mail.agent}\n{mail.company}\n")
    for file in mail.files:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return message


def _named(words: str, address: str) -> Address:
    """Put a name before an address; one that no header can bear is left out."""
    shown = "".join(sign for sign in words if sign.isprintable()).strip()
    return Address(display_name=shown, addr_spec=address)

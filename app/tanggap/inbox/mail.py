"""Send e-mail through the mail server of the settings."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Final

from tanggap.errors import TanggapError
from tanggap.settings import Settings

_SECONDS: Final = 20.0


class MailError(TanggapError):
    """The mail server took nothing; `reached` says that it refused, rather than was away."""

    def __init__(self, message: str, *, reached: bool) -> None:
        super().__init__(message)
        self.reached = reached


def can_mail(settings: Settings) -> bool:
    """Tell whether a mail server is set."""
    return bool(settings.smtp_host)


def send_mail(settings: Settings, to: Sequence[str], subject: str, text: str) -> None:
    """Send one message to several people who do not see each other's address.

    Raises `MailError`.
    """
    message = EmailMessage()
    message["From"] = settings.smtp_from
    message["To"] = "undisclosed-recipients:;"
    message["Subject"] = " ".join(subject.split())[:200]
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connect(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message, settings.smtp_from, list(to))
    except smtplib.SMTPException as error:
        raise MailError(f"the mail server refused: {error}", reached=True) from error
    except OSError as error:
        raise MailError(f"the mail server cannot be reached: {error}", reached=False) from error


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=_SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server

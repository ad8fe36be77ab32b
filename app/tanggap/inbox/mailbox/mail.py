"""Send e-mail: through the mail server of the settings, or through the company's mailbox."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from tanggap.errors import TanggapError
from tanggap.settings import Settings

TIMEOUT: Final = 20.0
STARTTLS: Final = "starttls"
TLS: Final = "tls"
NONE: Final = "none"
SECURITIES: Final = (STARTTLS, TLS, NONE)
_TAKEN: Final = (250, 251)


class MailError(TanggapError):
    """A mail server took nothing; `reached` says that it refused, rather than was away.

    `code` names what went wrong. With `unknown` the server may have taken the mail all the same,
    with `for_good` no later try will be taken.
    """

    def __init__(
        self,
        message: str,
        *,
        reached: bool,
        code: str = "",
        unknown: bool = False,
        for_good: bool = False,
    ) -> None:
        super().__init__(message)
        self.reached = reached
        self.code = code
        self.unknown = unknown
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class MailServer:
    """How a mail server is spoken to; `address` is where it was found, empty to look it up."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    address: str = ""


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
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
    )
    deliver(server, message, settings.smtp_from, to)


def deliver(server: MailServer, message: EmailMessage, sender: str, to: Sequence[str]) -> None:
    """Hand a message to a server; raises `MailError`.

    Once the text is on its way nobody knows whether a server that falls silent has taken it.
    """
    with sign_in(server) as smtp:
        try:
            smtp.ehlo_or_helo_if_needed()
            _accept(smtp.mail(sender))
            _address(smtp, to)
        except (smtplib.SMTPException, OSError) as error:
            raise _away(error) from error
        try:
            code, said = smtp.data(message.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as error:
            _accept((error.smtp_code, _bytes(error.smtp_error)))
            raise _away(error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(
                f"the mail server fell silent: {error}", reached=True, code="silent", unknown=True
            ) from error
        _accept((code, said))


def _address(smtp: smtplib.SMTP, to: Sequence[str]) -> None:
    """Name the recipients; that some are refused keeps it from nobody else."""
    answers = [smtp.rcpt(one) for one in to]
    if answers and all(code not in _TAKEN for code, _ in answers):
        _accept(answers[0])


class _Session:
    """A conversation with a server that ends however it ends."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def __enter__(self) -> smtplib.SMTP:
        return self._smtp

    def __exit__(self, *_caught: object) -> None:
        try:
            self._smtp.quit()
        except (smtplib.SMTPException, OSError):
            self._smtp.close()


def sign_in(server: MailServer) -> _Session:
    """Connect and sign in; raises `MailError`."""
    try:
        smtp = _connect(server)
    except ssl.SSLError as error:
        raise tls_fault(server.host, error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _away(error) from error
    try:
        if server.user:
            smtp.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        smtp.close()
        raise MailError(f"the mail server refused: {error}", reached=True, code="login") from error
    except (smtplib.SMTPException, OSError) as error:
        smtp.close()
        raise _away(error) from error
    return _Session(smtp)


def tls_fault(host: str, error: ssl.SSLError) -> MailError:
    """Say why a server cannot be spoken to in confidence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"the mail server's certificate is not valid for {host}: {error.verify_message}"
        return MailError(words, reached=True, code="certificate")
    return MailError(f"no TLS with the mail server: {error}", reached=True, code="tls")


def _away(error: Exception) -> MailError:
    gone = isinstance(error, smtplib.SMTPServerDisconnected)
    if isinstance(error, smtplib.SMTPException) and not gone:
        return MailError(f"the mail server refused: {error}", reached=True, code="refused")
    return MailError(f"the mail server cannot be reached: {error}", reached=False, code="away")


def _accept(answer: tuple[int, bytes]) -> None:
    """Let a good answer pass; 4xx asks to come again, 5xx is for good (RFC 5321, 4.2.1)."""
    code, said = answer
    if code in _TAKEN:
        return
    words = said.decode("utf-8", "replace")
    raise MailError(
        f"the mail server refused: {code} {words}",
        reached=True,
        code="refused",
        for_good=code >= 500,
    )


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


class _Smtp(smtplib.SMTP):
    """Connects to the address that was checked, and calls the server by its name."""

    def __init__(self, server: MailServer) -> None:
        self._address = server.address or server.host
        super().__init__(server.host, server.port, timeout=TIMEOUT)

    def _get_socket(self, _host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self._address, port), timeout)


class _SmtpTls(_Smtp):
    """The same over TLS from the first byte."""

    def __init__(self, server: MailServer) -> None:
        self._name, self._context = server.host, ssl.create_default_context()
        super().__init__(server)

    def _get_socket(self, _host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(_host, port, timeout)
        return self._context.wrap_socket(plain, server_hostname=self._name)


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.security == TLS:
        return _SmtpTls(server)
    smtp = _Smtp(server)
    if server.security == STARTTLS:
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp

"""Read a mailbox over IMAP without changing anything in it."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tanggap.inbox.mailbox.mail import STARTTLS, TIMEOUT, TLS, MailError, MailServer, tls_fault

LARGEST: Final = 15 * 1024 * 1024
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
_NUMBERS: Final = ("UIDVALIDITY", "UIDNEXT")
_FAULTS: Final = (imaplib.IMAP4.error, OSError)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a folder; one that is too large comes with its headers alone."""

    uid: int
    raw: bytes
    size: int
    whole: bool = True


class Imap:
    """A mailbox that was signed in to, with one folder open for reading."""

    def __init__(self, connection: imaplib.IMAP4, uid_validity: int, next_uid: int) -> None:
        self._connection = connection
        self.uid_validity = uid_validity
        self.next_uid = next_uid

    def __enter__(self) -> Imap:
        return self

    def __exit__(self, *_caught: object) -> None:
        try:
            self._connection.logout()
        except _FAULTS:
            self._connection.shutdown()

    def letters_after(self, last_uid: int, limit: int) -> Iterator[Letter]:
        """Read what came after a message, oldest first; raises `MailError`."""
        try:
            # `*` stands for the last message there is, even where its number is smaller.
            found = self._ask("SEARCH", f"UID {last_uid + 1}:*")
            uids = sorted({int(uid) for line in found if line for uid in line.split()})
            for uid in [uid for uid in uids if uid > last_uid][:limit]:
                letter = self._read(uid)
                if letter is not None:
                    yield letter
        except _FAULTS as error:
            raise _fault(error) from error

    def _read(self, uid: int) -> Letter | None:
        told = b" ".join(_flat(self._ask("FETCH", str(uid), "(RFC822.SIZE)")))
        size = _SIZE.search(told)
        if size is None:
            return None  # deleted meanwhile
        whole = int(size[1]) <= LARGEST
        part = "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])"
        answer = self._ask("FETCH", str(uid), part)
        raw = next((line[1] for line in answer if isinstance(line, tuple)), None)
        return Letter(uid, raw, int(size[1]), whole) if raw is not None else None

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        status, answer = self._connection.uid(command, *arguments)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered with {status}")
        return answer


def open_imap(server: MailServer, folder: str) -> Imap:
    """Sign in and open a folder for reading; raises `MailError`."""
    try:
        connection = _connect(server)
    except ssl.SSLError as error:
        raise tls_fault(server.host, error) from error
    except _FAULTS as error:
        raise _fault(error) from error
    try:
        connection.login(server.user, server.password)
    except imaplib.IMAP4.abort as error:
        connection.shutdown()
        raise _fault(error) from error
    except imaplib.IMAP4.error as error:
        connection.shutdown()
        raise MailError(f"the mail server refused: {error}", reached=True, code="login") from error
    except OSError as error:
        connection.shutdown()
        raise _fault(error) from error
    return _open_folder(connection, folder)


def _open_folder(connection: imaplib.IMAP4, folder: str) -> Imap:
    name = folder.replace("\\", "\\\\").replace('"', '\\"')
    try:
        status, said = connection.select(f'"{name}"', readonly=True)
        if status == "OK":
            validity, following = (_number(connection, one) for one in _NUMBERS)
            return Imap(connection, validity, following)
        problem = MailError(f"there is no folder {folder}: {said!r}", reached=True, code="folder")
    except _FAULTS as error:
        problem = _fault(error)
    connection.shutdown()
    raise problem


def _number(connection: imaplib.IMAP4, name: str) -> int:
    told = connection.response(name)[1]
    found = next((line for line in told if line), b"0")
    return int(found) if isinstance(found, bytes) and found.isdigit() else 0


def _flat(answer: list[Any]) -> Iterator[bytes]:
    for line in answer:
        if isinstance(line, tuple):
            yield line[0]
        elif isinstance(line, bytes):
            yield line


def _fault(error: Exception) -> MailError:
    if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort):
        return MailError(f"the mail server refused: {error}", reached=True, code="refused")
    return MailError(f"the mail server cannot be reached: {error}", reached=False, code="away")


class _Imap(imaplib.IMAP4):
    """Connects to the address that was checked, and calls the server by its name."""

    def __init__(self, server: MailServer) -> None:
        self._address = server.address or server.host
        super().__init__(server.host, server.port, TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self._address, self.port), timeout)


class _ImapTls(_Imap):
    """The same over TLS from the first byte."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def _connect(server: MailServer) -> imaplib.IMAP4:
    if server.security == TLS:
        return _ImapTls(server)
    connection = _Imap(server)
    if server.security == STARTTLS:
        try:
            connection.starttls(ssl.create_default_context())
        except BaseException:
            connection.shutdown()
            raise
    return connection

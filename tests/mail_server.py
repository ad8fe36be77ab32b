"""Real mail servers for tests: aiosmtpd takes what is sent, Dovecot serves a mailbox over IMAP."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from conftest import skip_or_fail

USER = "halo"
PASSWORD = "surat rahasia"


@dataclass
class Taken:
    """One mail that the server took."""

    sender: str
    to: list[str]
    mail: Message


@dataclass
class Handler:
    """Takes mails, or answers as a test wants: `rcpt` and `data` are what it says."""

    taken: list[Taken] = field(default_factory=list)
    rcpt: str = ""
    data: str = ""
    silent: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data:
            return self.data
        self.taken.append(
            Taken(envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content))
        )
        if self.silent:
            server.transport.close()
        return "250 OK"


@dataclass
class Dovecot:
    """A mailbox of one user in a folder, and the port that serves it."""

    port: int
    home: Path
    _count: int = 0

    def put(self, mail: EmailMessage | bytes) -> None:
        """Deliver a mail into the mailbox, as a mail server would."""
        self._count += 1
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        name = f"{int(time.time())}.M{self._count}P{os.getpid()}.test"
        draft = self.home / "mail" / "tmp" / name
        draft.write_bytes(raw)
        _own(draft)
        draft.rename(self.home / "mail" / "new" / name)

    def forget_numbers(self) -> None:
        """Have the server number its messages anew, as after a restored backup."""
        for file in (self.home / "mail").glob("dovecot*"):
            file.unlink()


def start_smtp(handler: Handler) -> Controller:
    """Serve SMTP on a free port."""
    controller = Controller(handler, hostname="127.0.0.1", port=_free_port())
    controller.start()
    return controller


def start_dovecot(home: Path) -> tuple[Dovecot, subprocess.Popen[bytes]]:
    """Serve IMAP on a free port, without a system's own users or files."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None:
        skip_or_fail("Dovecot is not installed, so no mailbox is read")
    assert program is not None
    port = _free_port()
    for folder in ("mail/tmp", "mail/new", "mail/cur", "run"):
        (home / folder).mkdir(parents=True)
    account = pwd.getpwuid(os.getuid()).pw_name
    worker = "nobody" if account == "root" else account
    group = grp.getgrgid(pwd.getpwnam(worker).pw_gid).gr_name
    (home / "dovecot.conf").write_text(
        CONFIG.format(home=home, port=port, worker=worker, group=group)
    )
    (home / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    for path in (home, *home.rglob("*")):
        _own(path)
    process = subprocess.Popen([program, "-F", "-c", str(home / "dovecot.conf")])
    _wait(port)
    return Dovecot(port, home), process


def stop_dovecot(process: subprocess.Popen[bytes]) -> None:
    """Stop the server and its children."""
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def _own(path: Path) -> None:
    """Give a file to whom Dovecot reads mail as: it refuses to do so as root."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
        path.chmod(0o755 if path.is_dir() else 0o644)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as there:
                if there.recv(20).startswith(b"* OK"):
                    return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Dovecot did not answer")


CONFIG = """\
base_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {worker}
default_internal_group = {group}
default_login_user = {worker}
mail_location = maildir:{home}/mail
first_valid_uid = 1
mail_uid = {worker}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {home}/passwd
}}
userdb {{
  driver = static
  args = uid={worker} gid={group} home={home}
}}
"""

"""What `tanggap doctor` says of mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from tanggap.inbox.mailbox.mail_setup import list_mailboxes
from tanggap.inbox.operation.findings import Finding
from tanggap.store.base import utcnow

_OVERDUE: Final = timedelta(minutes=15)
_FIX: Final = "open Settings, Mailboxes, and try both servers"


def mailboxes(session: Session) -> Iterator[Finding]:
    """Look at each mailbox: in use, read lately, without trouble."""
    for row in list_mailboxes(session):
        name = f"mailbox {row.address}"
        if not row.enabled:
            yield Finding(name, "ok", "it is switched off")
        elif row.problem:
            yield Finding(name, "problem", f"it cannot be read: {row.problem}", _FIX)
        elif row.polled_at is None or row.polled_at < utcnow() - _OVERDUE:
            said = "it was not read for a while"
            yield Finding(name, "warning", said, "start the worker (`tanggap worker`)")
        else:
            yield Finding(name, "ok", f"read at {row.polled_at:%F %H:%M} UTC")

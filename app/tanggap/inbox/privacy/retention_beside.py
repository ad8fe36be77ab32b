"""Remove what cases hold beside posts once its time is over: mails, forms, notes, calls, and so on.

Rows stay, with who did what and when; their words, addresses, photos and files go. What is still
needed stays until it is not: a call that is to come, a form that is not filled in, a mail that
waits. What belongs to no case goes with the longest time of all platforms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, delete, func, select, update
from sqlalchemy.orm import Session

from tanggap.inbox.privacy_places import PLACES, empty_value, table_of
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CallBack
from tanggap.store.conversations import Conversation
from tanggap.store.forms import FormPhoto, FormRequest
from tanggap.store.mails import WAITING, Mail, MailFile
from tanggap.store.notes import Note
from tanggap.store.shift_notes import ShiftNote, ShiftNoteCase

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table that hangs on cases: which rows are over and not emptied yet."""

    name: str
    over: ColumnElement[bool]
    since: Any

    @property
    def table(self) -> Table:
        return table_of(self.name)


_KINDS: Final = (
    _Kind("mails", (Mail.sealed_sender != b"") & (Mail.state != WAITING), Mail.received_at),
    _Kind("form_requests", FormRequest.sealed_answers.is_not(None), FormRequest.answered_at),
    _Kind("notes", Note.text != "", Note.created_at),
    _Kind("call_backs", CallBack.phone_hint != "", CallBack.ended_at),
    _Kind(
        "shift_note_cases",
        ShiftNoteCase.text != "",
        select(ShiftNote.created_at)
        .where(ShiftNote.id == ShiftNoteCase.shift_note_id)
        .scalar_subquery(),
    ),
)
BESIDE: Final = (*(kind.name for kind in _KINDS), "shift_notes")
"""The tables that this is about."""

_DROPPED: Final = {
    "mails": MailFile.mail_id,
    "form_requests": FormPhoto.request_id,
}
"""The columns by which files hang on rows that are emptied; they go altogether."""


def count_old(session: Session, account_ids: Collection[int], before: datetime) -> Counter[str]:
    """Count what is over of these accounts' cases, by table."""
    found: Counter[str] = Counter()
    for kind in _KINDS:
        rows = _old(kind, account_ids, before).subquery()
        found[kind.name] = session.scalar(select(func.count()).select_from(rows)) or 0
    return +found


def empty_old(session: Session, account_ids: Collection[int], before: datetime) -> Counter[str]:
    """Empty one batch of each table of what is over; counts what went."""
    found: Counter[str] = Counter()
    for kind in _KINDS:
        ids = session.scalars(_old(kind, account_ids, before).limit(BATCH)).all()
        _empty(session, kind.name, ids)
        found[kind.name] = len(ids)
    return +found


def empty_homeless(session: Session, before: datetime) -> Counter[str]:
    """Empty one batch of mails without a case, and of the general words of hand-over notes."""
    mails = select(Mail.id).where(
        Mail.conversation_id.is_(None), Mail.sealed_sender != b"", Mail.received_at < before
    )
    ids = session.scalars(mails.limit(BATCH)).all()
    _empty(session, "mails", ids)
    notes = select(ShiftNote.id).where(ShiftNote.text != "", ShiftNote.created_at < before)
    told = session.scalars(notes.limit(BATCH)).all()
    session.execute(update(ShiftNote).where(ShiftNote.id.in_(told)).values(text=""))
    return +Counter(mails=len(ids), shift_notes=len(told))


def _old(kind: _Kind, account_ids: Collection[int], before: datetime) -> Select[int]:
    """Select the rows; a time that is not told has not begun."""
    cases = select(Conversation.id).where(Conversation.account_id.in_(account_ids))
    table = kind.table
    return select(table.c.id).where(
        table.c.conversation_id.in_(cases), kind.over, kind.since < before
    )


def _empty(session: Session, name: str, ids: Collection[int]) -> None:
    if not ids:
        return
    table = table_of(name)
    if name in _DROPPED:
        owner = _DROPPED[name]
        session.execute(delete(owner.class_).where(owner.in_(ids)))
    values = {column: empty_value(table.c[column]) for column in PLACES[name].blank}
    if name == "notes":
        values["deleted_at"] = func.coalesce(Note.deleted_at, utcnow())
    session.execute(update(table).where(table.c.id.in_(ids)).values(values))

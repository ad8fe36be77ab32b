"""Notes to colleagues beside a conversation, and the people they call by `@`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.events.notifications import notify
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.notes import NOTE, Note, NoteDraft
from tanggap.store.sql import upsert
from tanggap.store.storable import storable
from tanggap.store.users import Team, User

LONGEST: Final = 10_000
SHOWN: Final = 100
CALL: Final = re.compile(r"(?<![\w@])@([A-Za-z][A-Za-z0-9_-]{0,63})")
"""How notes call people by their initials and teams by their key."""


class UnfitNoteError(TanggapError):
    """A note that is empty or too long."""


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a note calls: how it wrote them, and who they are."""

    written: str
    kind: str
    id: int
    name: str


def write_note(
    session: Session, *, conversation_id: int, user_id: int, text: str, kind: str = NOTE
) -> Note:
    """Leave a note for colleagues; those it calls are told, and so is the case's owner.

    Raises `UnfitNoteError` for a text without words or beyond all measure.
    """
    words = storable(text.strip())
    if not 0 < len(words) <= LONGEST:
        raise UnfitNoteError(f"a note has between 1 and {LONGEST} characters")
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise missing(session, conversation_id)
    called = find_called(session, words)
    note = Note(
        conversation_id=conversation_id,
        user_id=user_id,
        kind=kind,
        text=words,
        mentions=[[one.written, one.kind, one.id, one.name] for one in called],
    )
    session.add(note)
    session.flush()
    save_note_draft(session, conversation_id, user_id, "")
    _tell(session, note, called, conversation.assignee_id)
    session.add(Change(conversation_id=conversation_id, kind="note"))
    audit.record(session, "note.written", "note", note.id, user_id=user_id)
    return note


def save_note_draft(session: Session, conversation_id: int, user_id: int, text: str) -> None:
    """Keep what a person has typed of a note so far; an emptied one is dropped."""
    words = storable(text, LONGEST)
    own = (NoteDraft.user_id == user_id, NoteDraft.conversation_id == conversation_id)
    if session.get(Conversation, conversation_id) is None:
        raise missing(session, conversation_id)
    if not words.strip():
        session.execute(delete(NoteDraft).where(*own))
        return
    statement = upsert(session, NoteDraft).values(
        user_id=user_id, conversation_id=conversation_id, text=words, updated_at=utcnow()
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "conversation_id"],
            set_={"text": new.text, "updated_at": new.updated_at},
        )
    )


def load_note_draft(session: Session, conversation_id: int, user_id: int) -> str:
    """Give back what a person had typed of a note."""
    return (
        session.scalar(
            select(NoteDraft.text).where(
                NoteDraft.user_id == user_id, NoteDraft.conversation_id == conversation_id
            )
        )
        or ""
    )


def take_back(session: Session, note_id: int, user_id: int) -> Note:
    """Remove the words of one's own note; that there was one stays visible."""
    found = session.execute(
        update(Note)
        .where(Note.id == note_id, Note.user_id == user_id, Note.deleted_at.is_(None))
        .values(text="", mentions=[], deleted_at=utcnow())
        .returning(Note.id)
    ).first()
    if found is None:
        raise NotFoundError(f"there is no note {note_id} of yours")
    note = session.get_one(Note, note_id)
    session.add(Change(conversation_id=note.conversation_id, kind="note"))
    audit.record(session, "note.removed", "note", note_id, user_id=user_id)
    return note


def notes_of(
    session: Session,
    conversation_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[Note]:
    """List the newest notes of a conversation, or of a span of it, oldest first."""
    query = (
        select(Note)
        .where(Note.conversation_id == conversation_id)
        .options(joinedload(Note.user, innerjoin=True))
        .order_by(Note.id.desc())
        .limit(SHOWN)
    )
    if since is not None:
        query = query.where(Note.created_at >= since)
    if until is not None:
        query = query.where(Note.created_at < until)
    return list(session.scalars(query))[::-1]


def find_called(session: Session, text: str) -> list[Called]:
    """Find the people and teams a text calls; who may not sign in is nobody."""
    written = {name.lower(): name for name in CALL.findall(text)}
    if not written:
        return []
    people = session.execute(
        select(User.id, User.initials, User.name).where(
            func.lower(User.initials).in_(written), User.active
        )
    )
    teams = session.scalars(select(Team).where(Team.key.in_(written)))
    found = [Called(written[i.lower()], "user", id_, name) for id_, i, name in people]
    return found + [Called(written[t.key], "team", t.id, t.name_id) for t in teams]


def _tell(session: Session, note: Note, called: Sequence[Called], assignee_id: int | None) -> None:
    common: dict[str, Any] = {
        "conversation_id": note.conversation_id,
        "actor_id": note.user_id,
        "text": note.text,
        "key": f"note:{note.id}",
    }
    people = [one.id for one in called if one.kind == "user"]
    notify(session, "mention", user_ids=people, **common)
    for one in called:
        if one.kind == "team":
            notify(session, "team_mention", team_id=one.id, **common)
    if assignee_id is not None:
        notify(session, note.kind, user_ids=[assignee_id], **common)

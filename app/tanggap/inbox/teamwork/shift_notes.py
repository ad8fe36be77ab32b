"""Notes at the end of a shift: what is to be known of one's open cases, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.cases.conversations import KEEP, assign
from tanggap.inbox.events.notifications import notify
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, SNOOZED, WAITING, Conversation
from tanggap.store.shift_notes import ShiftNote, ShiftNoteCase
from tanggap.store.storable import storable
from tanggap.store.users import Team, TeamMember, User

LONGEST: Final = 4_000
MOST_CASES: Final = 100
SHOWN: Final = 20
_UNDONE: Final = (OPEN, WAITING, SNOOZED)


class UnfitShiftNoteError(TanggapError):
    """A shift note without words and cases, or to nobody."""


@dataclass(frozen=True, slots=True)
class Left:
    """One case of a shift note; `conversation` is None where it is out of the reader's sight."""

    text: str
    conversation: Conversation | None


@dataclass(frozen=True, slots=True)
class Received:
    """A shift note as its receiver reads it."""

    note: ShiftNote
    cases: Sequence[Left]


def own_cases(session: Session, user_id: int) -> Sequence[Conversation]:
    """List what a person would leave behind: their cases that are not done, newest first."""
    query = (
        select(Conversation)
        .where(Conversation.assignee_id == user_id, Conversation.state.in_(_UNDONE))
        .options(joinedload(Conversation.author, innerjoin=True))
        .order_by(Conversation.last_post_at.desc(), Conversation.id.desc())
        .limit(MOST_CASES)
    )
    return list(session.scalars(query))


def leave(
    session: Session,
    user_id: int,
    *,
    to: str,
    text: str,
    cases: Mapping[int, str],
    give: bool = False,
) -> ShiftNote:
    """Leave a note with some of one's open cases, and tell who it is for.

    `to` is "person:ID" or "team:ID"; with `give` the cases go along. Raises `UnfitShiftNoteError`.
    """
    words = storable(text.strip(), LONGEST)
    own = {case.id: case for case in own_cases(session, user_id)}
    chosen = {id_: storable(said.strip(), LONGEST) for id_, said in cases.items() if id_ in own}
    to_user, to_team = _receiver(session, user_id, to)
    if not words and not chosen:
        raise UnfitShiftNoteError("write a note or choose a case")
    note = ShiftNote(
        user_id=user_id,
        to_user_id=to_user,
        to_team_id=to_team,
        text=words,
        given=give and bool(chosen),
        cases=[ShiftNoteCase(conversation_id=id_, text=said) for id_, said in chosen.items()],
    )
    session.add(note)
    session.flush()
    if give:
        for id_ in chosen:
            team = KEEP if to_team is None else to_team
            assign(session, id_, user_id, own[id_].revision, team_id=team, assignee_id=to_user)
    notify(
        session,
        "shift_note",
        user_ids=() if to_user is None else (to_user,),
        team_id=to_team,
        actor_id=user_id,
        text=words,
        key=f"shift_note:{note.id}",
    )
    _record(session, note, list(chosen))
    return note


def _record(session: Session, note: ShiftNote, cases: Sequence[int]) -> None:
    detail = {
        "person": note.to_user_id,
        "team": note.to_team_id,
        "cases": cases,
        "given": note.given,
    }
    audit.record(
        session, "shift_note.left", "shift_note", note.id, user_id=note.user_id, detail=detail
    )


def waiting_for(session: Session, user_id: int, team_ids: Sequence[int]) -> Sequence[Received]:
    """List what a person or their teams have not confirmed, oldest first."""
    mine = or_(ShiftNote.to_user_id == user_id, ShiftNote.to_team_id.in_(team_ids))
    query = (
        _with_people()
        .where(ShiftNote.confirmed_at.is_(None), mine, ShiftNote.user_id != user_id)
        .order_by(ShiftNote.id)
        .limit(SHOWN)
    )
    return _with_cases(session, list(session.scalars(query)))


def left_by(session: Session, user_id: int) -> Sequence[Received]:
    """List what a person left last, newest first."""
    query = (
        _with_people()
        .where(ShiftNote.user_id == user_id)
        .order_by(ShiftNote.id.desc())
        .limit(SHOWN)
    )
    return _with_cases(session, list(session.scalars(query)))


def confirm(session: Session, note_id: int, user_id: int) -> None:
    """Say that a note was read; whoever left it is told. Of a team, the first who says so counts.

    Raises `NotFoundError` for a note to somebody else.
    """
    note = session.get(ShiftNote, note_id)
    member = note is not None and note.to_team_id is not None
    mine = note is not None and note.to_user_id == user_id
    if member and note is not None and note.to_team_id is not None:
        mine = session.get(TeamMember, (note.to_team_id, user_id)) is not None
    if note is None or not mine:
        raise NotFoundError(f"there is no shift note {note_id} to you")
    confirmed = session.execute(
        update(ShiftNote)
        .where(ShiftNote.id == note_id, ShiftNote.confirmed_at.is_(None))
        .values(confirmed_at=utcnow(), confirmed_by_id=user_id)
        .returning(ShiftNote.id)
    ).first()
    if confirmed is None:
        raise ConflictError("a colleague has confirmed this note already")
    notify(
        session,
        "shift_note_read",
        user_ids=(note.user_id,),
        actor_id=user_id,
        text=note.text,
        key=f"shift_note_read:{note_id}",
    )
    audit.record(session, "shift_note.confirmed", "shift_note", note_id, user_id=user_id)


def _receiver(session: Session, user_id: int, to: str) -> tuple[int | None, int | None]:
    kind, _, written = to.partition(":")
    wanted = int(written) if written.isascii() and written.isdigit() and len(written) < 19 else 0
    if kind == "person" and wanted != user_id:
        person = session.get(User, wanted)
        if person is not None and person.active:
            return wanted, None
    if kind == "team" and session.get(Team, wanted) is not None:
        return None, wanted
    raise UnfitShiftNoteError("choose a colleague or a team")


def _with_people() -> Select[ShiftNote]:
    return select(ShiftNote).options(
        joinedload(ShiftNote.user, innerjoin=True),
        joinedload(ShiftNote.to_user),
        joinedload(ShiftNote.to_team),
        joinedload(ShiftNote.confirmed_by),
        selectinload(ShiftNote.cases),
    )


def _with_cases(session: Session, notes: Sequence[ShiftNote]) -> Sequence[Received]:
    """Load the cases of all notes in one query."""
    ids = {one.conversation_id for note in notes for one in note.cases}
    query = (
        select(Conversation)
        .where(Conversation.id.in_(ids))
        .options(joinedload(Conversation.author, innerjoin=True))
    )
    found = {case.id: case for case in session.scalars(query)} if ids else {}
    return [
        Received(note, [Left(one.text, found.get(one.conversation_id)) for one in note.cases])
        for note in notes
    ]

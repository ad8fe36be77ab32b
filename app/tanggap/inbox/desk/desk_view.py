"""What colleagues do around the open conversation, beside what `conversation_view` reads of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from tanggap.inbox.cases.author_cards import Mark, read_mark
from tanggap.inbox.cases.snooze import load_snooze
from tanggap.inbox.cases.wishes import is_unwanted
from tanggap.inbox.desk.conversation_view import ConversationView, Judged
from tanggap.inbox.follow_up.ratings import last_satisfaction, ratings_of
from tanggap.inbox.handover.call_back_lists import calls_of
from tanggap.inbox.handover.handover import load_handover, said_in_public
from tanggap.inbox.mailbox.mail_view import MailSide, read_mail_side
from tanggap.inbox.posts.joins import joins_of
from tanggap.inbox.posts.same_person import case_in_public
from tanggap.inbox.sending.approvals import approvals_in
from tanggap.inbox.teamwork.consultations import consultations_of
from tanggap.inbox.teamwork.notes import load_note_draft, notes_of
from tanggap.store.approvals import Approval
from tanggap.store.call_backs import CallBack
from tanggap.store.consultations import Consultation
from tanggap.store.conversations import OWED, PUBLIC, Conversation
from tanggap.store.handovers import Handover
from tanggap.store.joins import CaseJoin
from tanggap.store.notes import Note
from tanggap.store.ratings import Rating
from tanggap.store.snoozes import Snooze

Item = Judged | Note | CallBack | CaseJoin | Consultation


@dataclass(frozen=True, slots=True)
class Desk:
    """The colleagues' side of one conversation."""

    notes: Sequence[Note]
    snooze: Snooze | None
    approvals: Sequence[Approval]
    calls: Sequence[CallBack]
    joins: Sequence[CaseJoin]
    note_draft: str
    author: Mark
    consultations: Sequence[Consultation]
    mail: MailSide
    handover: Handover | None = None
    concluded: bool = False
    ratings: Sequence[Rating] = ()
    last_score: int | None = None
    in_public: Conversation | None = None
    since: datetime | None = None
    until: datetime | None = None

    def timeline(self, posts: Sequence[Judged]) -> list[tuple[str, Item]]:
        """Put posts, notes and calls into the order in which they were written and happened."""
        items: list[tuple[str, Item]] = [("post", judged) for judged in posts]
        beside = sorted(self._beside(), key=lambda one: one[0], reverse=True)
        for moment, kind, it in beside:
            later = [judged for judged in posts if judged.post.posted_at > moment]
            at = items.index(("post", later[0])) if later else len(posts)
            items.insert(at, (kind, it))
        return items

    def _beside(self) -> Iterator[tuple[datetime, str, Item]]:
        for note in self.notes:
            yield note.created_at, "note", note
        for kind, rows in (("join", self.joins), ("consult", self.consultations)):
            yield from (
                (row.created_at, kind, row) for row in rows if self._is_shown(row.created_at)
            )
        for call in self.calls:
            for kind, moment in (("call", call.created_at), ("call_ended", call.ended_at)):
                if moment is not None and self._is_shown(moment):
                    yield moment, kind, call

    def _is_shown(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (
            self.until is None or moment < self.until
        )


def read_desk(
    session: Session, view: ConversationView, user_id: int, *, unwanted: bool | None = None
) -> Desk:
    """Read what this person sees of it, in a fixed number of queries.

    `unwanted` is what `is_unwanted` says, where that is known already.
    """
    has = view.has
    since = view.since.at if view.earlier and view.since else None
    until = view.window.before.at if view.window.before else None
    case = view.conversation
    way = load_handover(session, case.id) if case.handover != PUBLIC else None
    owes = way if case.handover == OWED else None
    return Desk(
        notes=notes_of(session, case.id, since, until) if "notes" in has else (),
        snooze=load_snooze(session, case.id) if "snooze" in has else None,
        approvals=approvals_in(session, case.id, user_id) if "approvals" in has else (),
        calls=calls_of(session, case.id) if "calls" in has else (),
        joins=joins_of(session, case.id) if "joins" in has else (),
        author=replace(
            read_mark(session, case.author_id) if "card" in has else Mark(),
            do_not_contact=is_unwanted(session, case) if unwanted is None else unwanted,
        ),
        note_draft=load_note_draft(session, case.id, user_id) if "note_draft" in has else "",
        consultations=consultations_of(session, case.id) if "consultations" in has else (),
        mail=read_mail_side(session, case.id, [judged.post.id for judged in view.posts])
        if "mailbox" in has
        else MailSide(),
        handover=way,
        concluded=owes is not None and bool(said_in_public(session, case.id, owes.private_at)),
        ratings=ratings_of(session, case.id) if "ratings" in has else (),
        last_score=last_satisfaction(session, case.author_id) if "scores" in has else None,
        in_public=case_in_public(session, case),
        since=since,
        until=until,
    )

"""What colleagues do around the open conversation, beside what `conversation_view` reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tanggap.inbox.approvals import approvals_in
from tanggap.inbox.conversation_view import ConversationView, Judged
from tanggap.inbox.notes import notes_of
from tanggap.inbox.snooze import load_snooze
from tanggap.store.approvals import Approval
from tanggap.store.notes import Note
from tanggap.store.snoozes import Snooze


@dataclass(frozen=True, slots=True)
class Desk:
    """The colleagues' side of one conversation."""

    notes: Sequence[Note]
    snooze: Snooze | None
    approvals: Sequence[Approval]

    def timeline(self, posts: Sequence[Judged]) -> list[tuple[str, Judged | Note]]:
        """Put posts and notes into the order in which they were written."""
        items: list[tuple[str, Judged | Note]] = [("post", judged) for judged in posts]
        for note in reversed(self.notes):
            later = [judged for judged in posts if judged.post.posted_at > note.created_at]
            at = items.index(("post", later[0])) if later else len(items)
            items.insert(at, ("note", note))
        return items


def read_desk(session: Session, view: ConversationView, user_id: int) -> Desk:
    """Read what this person sees of it, in a fixed number of queries."""
    since = view.since.at if view.earlier and view.since else None
    until = view.window.before.at if view.window.before else None
    return Desk(
        notes=notes_of(session, view.conversation.id, since, until),
        snooze=load_snooze(session, view.conversation.id),
        approvals=approvals_in(session, view.conversation.id, user_id),
    )

"""Which of the many things that may hang on a case are there, asked in one statement.

Most cases have few of them, and an empty answer costs as much to ask for as a full one.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from tanggap.store.action_runs import ActionRun
from tanggap.store.approvals import Approval
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import BigId
from tanggap.store.call_backs import CallBack
from tanggap.store.consultations import Consultation
from tanggap.store.conversations import Conversation
from tanggap.store.forms import FormRequest
from tanggap.store.joins import CaseJoin
from tanggap.store.mails import Mailbox
from tanggap.store.moderations import Moderation
from tanggap.store.notes import Note, NoteDraft
from tanggap.store.posts import Correction, Post, PostRevision
from tanggap.store.ratings import Rating
from tanggap.store.replies import Draft, ReplyAttachment, ReplyRow
from tanggap.store.single_use import SingleUseLink
from tanggap.store.snoozes import Snooze
from tanggap.store.verifications import Verification

Parts = frozenset[str]

_OF_CASE: Final[dict[str, Any]] = {
    "approvals": Approval,
    "calls": CallBack,
    "consultations": Consultation,
    "forms": FormRequest,
    "joins": CaseJoin,
    "links": SingleUseLink,
    "notes": Note,
    "ratings": Rating,
    "replies": ReplyRow,
    "snooze": Snooze,
}
_OF_POSTS: Final[dict[str, Any]] = {
    "action_runs": ActionRun,
    "corrections": Correction,
    "moderations": Moderation,
    "revisions": PostRevision,
}
_OF_AUTHOR: Final[dict[str, Any]] = {
    "card": AuthorCard,
    "scores": Rating,
    "verifications": Verification,
}
_OF_PERSON: Final[dict[str, Any]] = {
    "attachments": ReplyAttachment,
    "draft": Draft,
    "note_draft": NoteDraft,
}


def parts_of(session: Session, case: Conversation, user_id: int) -> Parts:
    """Name what a case has, as far as this person sees it; what is not named need not be read."""
    values = {"case": case.id, "author": case.author_id, "user": user_id}
    found = session.execute(_query(), values).mappings().one()
    return frozenset(name for name, there in found.items() if there)


# Made once: building it takes longer than running it.
@cache
def _query() -> Select[Any]:
    case, author, user = (_number(name) for name in ("case", "author", "user"))
    there: dict[str, Any] = {"mailbox": exists(select(Mailbox.id))}
    for name, model in _OF_CASE.items():
        there[name] = exists().where(model.conversation_id == case)
    for name, model in _OF_POSTS.items():
        there[name] = exists().where(model.post_id == Post.id, Post.conversation_id == case)
    for name, model in _OF_AUTHOR.items():
        there[name] = exists().where(model.author_id == author)
    for name, model in _OF_PERSON.items():
        there[name] = exists().where(model.conversation_id == case, model.user_id == user)
    return select(*(one.label(name) for name, one in there.items()))


def _number(name: str) -> Any:
    return bindparam(name, type_=BigId)

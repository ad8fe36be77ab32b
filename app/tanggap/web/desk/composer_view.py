"""What the composer shows: whether it is open, what stands in it, and how long that counts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ReplyRefusedError
from tanggap.inbox.cases.wishes import DoNotContactError, is_unwanted, may_override
from tanggap.inbox.desk.conversation_view import ConversationView
from tanggap.inbox.desk.next_steps import next_steps
from tanggap.inbox.mailbox.mail_legs import Leg
from tanggap.inbox.sending.drafts import fingerprint
from tanggap.inbox.sending.intent import PLAIN, Intent, intent_of
from tanggap.inbox.sending.measuring import Measured, measure
from tanggap.inbox.sending.reply import needs_approval
from tanggap.inbox.sending.undo import undoable
from tanggap.inbox.sending.ways import Way, choose_way, list_ways
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.users import User
from tanggap.web.context import me, services
from tanggap.web.desk.shelf import EMPTY, Shelf, shelf_of
from tanggap.web.errors import explain
from tanggap.web.i18n import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """The composer of one conversation.

    `closed` says why nothing can be sent; empty means open. `note` says why it is not the usual
    way that is offered. `unseen` and `colleagues` are what came in since the person last looked.
    `undoable` are the person's answers that can be called off yet, `base` names the draft.
    `held` answers are approved by a second person first. `intent` is what the answer is for, and
    `steps` are what one click can write. An `unwanted` answer goes to a customer who asked not to
    be contacted: it needs an `override_reason`, of whoever approves it where it is `held`. The
    pictures that go along lie on the `shelf`.
    """

    conversation_id: int
    visibility: Leg
    ways: Sequence[Way]
    text: str
    key: str
    seen_post_id: int
    measured: Measured | None
    closed: str = ""
    note: str = ""
    problem: str = ""
    stale: bool = False
    unseen: Sequence[Post] = ()
    colleagues: Sequence[ReplyRow] = ()
    undoable: Sequence[ReplyRow] = ()
    base: str = ""
    held: bool = False
    intent: Intent = PLAIN
    steps: Sequence[str] = ()
    unwanted: bool = False
    override_reason: str = ""
    shelf: Shelf = EMPTY

    @property
    def closes_at(self) -> datetime | None:
        """Until when the platform takes an answer this way, where it sets an end."""
        way = next((way for way in self.ways if way.visibility == self.visibility), None)
        return way.closes_at if way is not None else None


@dataclass(frozen=True, slots=True)
class _Openness:
    ways: Sequence[Way]
    way: Way
    measured: Measured | None
    closed: str = ""
    note: str = ""


def show_composer(
    db: Session,
    view: ConversationView,
    *,
    text: str | None = None,
    wanted: str | None = None,
    problem: str = "",
    unseen: Sequence[Post] = (),
    colleagues: Sequence[ReplyRow] = (),
    intent: Intent = PLAIN,
    override_reason: str = "",
) -> Composer:
    """Make the composer for this view; without a text it holds the person's draft.

    `wanted` is the visibility the person has chosen, if any.
    """
    draft = view.draft if text is None else None
    written, kept = (draft.text, draft.visibility or None) if draft else (text or "", None)
    user = db.get_one(User, me().id)
    found = _openness(db, view, user, written, (wanted, kept))
    closed, held, unwanted = _gates(db, view, user, found.closed)
    return Composer(
        conversation_id=view.conversation.id,
        visibility=found.way.visibility,
        ways=found.ways,
        text=written,
        key=secrets.token_urlsafe(24),
        seen_post_id=view.seen_post_id,
        measured=found.measured,
        closed=closed,
        note=found.note,
        problem=problem,
        stale=draft is not None and (draft.seen_post_id or 0) < view.seen_post_id,
        unseen=unseen,
        colleagues=colleagues,
        held=held,
        undoable=undoable(db, view.conversation.id, me().id) if "replies" in view.has else (),
        intent=intent_of(draft) if draft is not None else intent,
        steps=() if closed else next_steps(db, view),
        unwanted=unwanted,
        override_reason=override_reason,
        shelf=shelf_of(db, view, None if found.closed else found.way),
        base=fingerprint(view.draft.text if view.draft is not None else ""),
    )


def _gates(db: Session, view: ConversationView, user: User, closed: str) -> tuple[str, bool, bool]:
    """Tell why nothing can be sent, if so; whether it is approved first; whether it is unwanted."""
    held, unwanted = needs_approval(view.conversation, user), is_unwanted(db, view.conversation)
    if unwanted and not held and not may_override(user):
        closed = closed or explain(DoNotContactError())
    return closed, held, unwanted


def _openness(
    db: Session,
    view: ConversationView,
    user: User,
    text: str,
    ways_wanted: tuple[str | None, str | None],
) -> _Openness:
    wanted, kept = ways_wanted
    conversation = view.conversation
    own = Way("private" if conversation.visibility == "private" else "public")
    try:
        ways = list_ways(services(), db, conversation)
        way = choose_way(ways, wanted or kept)
        measured = measure(services(), conversation, user, text, way.visibility)
    except ReplyRefusedError as error:
        return _Openness((own,), own, None, explain(error))
    if not view.answerable:
        closed = gettext("The customer deleted the post, so nothing is left to answer here.")
        return _Openness(ways, way, measured, closed)
    if way.refusal is not None:
        return _Openness(ways, way, measured, told(way.refusal.message))
    note = ways[0].refusal if wanted is None else None
    return _Openness(ways, way, measured, note=told(note.message) if note else "")

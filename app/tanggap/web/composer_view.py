"""What the composer shows: whether it is open, what stands in it, and how long that counts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ReplyRefusedError
from tanggap.inbox.conversation_view import ConversationView
from tanggap.inbox.reply import Measured, measure
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.users import User
from tanggap.web.context import me, services
from tanggap.web.errors import explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """The composer of one conversation.

    `closed` says why nothing can be sent; empty means open. `unseen` and `colleagues` are what
    came in since the person last looked.
    """

    conversation_id: int
    visibility: str
    text: str
    key: str
    seen_post_id: int
    measured: Measured | None
    closed: str = ""
    problem: str = ""
    stale: bool = False
    unseen: Sequence[Post] = ()
    colleagues: Sequence[ReplyRow] = ()


def show_composer(
    db: Session,
    view: ConversationView,
    *,
    text: str | None = None,
    problem: str = "",
    unseen: Sequence[Post] = (),
    colleagues: Sequence[ReplyRow] = (),
) -> Composer:
    """Make the composer for this view; without a text it holds the person's draft."""
    draft = view.draft if text is None else None
    written = draft.text if draft is not None else text or ""
    stale = draft is not None and (draft.seen_post_id or 0) < view.seen_post_id
    measured, closed = _measured(db, view, written)
    return Composer(
        conversation_id=view.conversation.id,
        visibility=view.conversation.visibility,
        text=written,
        key=secrets.token_urlsafe(24),
        seen_post_id=view.seen_post_id,
        measured=measured,
        closed=closed,
        problem=problem,
        stale=stale,
        unseen=unseen,
        colleagues=colleagues,
    )


def _measured(db: Session, view: ConversationView, text: str) -> tuple[Measured | None, str]:
    conversation = view.conversation
    user = db.get_one(User, me().id)
    try:
        measured = measure(services(), conversation, user, text, conversation.visibility)
    except ReplyRefusedError as error:
        return None, explain(error)
    if not view.answerable:
        return measured, gettext(
            "The customer deleted the post, so nothing is left to answer here."
        )
    return measured, ""

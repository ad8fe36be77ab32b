"""Write what one click asks for into the composer: an invitation, a question, a conclusion.

Nothing is sent by this. A person reads, changes and sends it; what it is for takes effect when it
has arrived (`inbox.purposes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, ReplyRefusedError
from tanggap.inbox.cases.targets import newest_inbound, pick_target
from tanggap.inbox.cases.wishes import refuse_preparing
from tanggap.inbox.clocks.calendars import load_calendars
from tanggap.inbox.handover.references import make_reference
from tanggap.inbox.sending.drafts import save_draft
from tanggap.inbox.sending.intent import Intent
from tanggap.inbox.sending.ways import PRIVATE, PUBLIC, invitation_to
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import make_link
from tanggap.inbox.tone.answer_templates import templates_in_force
from tanggap.inbox.tone.tone import language_of, situation_of
from tanggap.rules.answers import suggest_step
from tanggap.rules.tone.draft import Step
from tanggap.sdk.inviting import Invitation
from tanggap.sdk.types import Text, Visibility
from tanggap.store.conversations import Conversation
from tanggap.store.replies import (
    ACKNOWLEDGEMENT,
    INVITATION,
    PERMISSION,
    SATISFACTION,
    UPDATE,
)

RATING: Final = "rating"
"""The purpose of single-use links to the page on which a customer rates."""

LINK_LIFE: Final = timedelta(days=7)
THANKS: Final = "thanks"
CLOSING: Final = "closing"
CALL_OFF: Final = "call_off"
_STEPS: Final[Mapping[str, Step]] = {
    INVITATION: "move_private",
    ACKNOWLEDGEMENT: "acknowledge",
    UPDATE: "update",
    CLOSING: "public_closing",
    CALL_OFF: "call_off",
    SATISFACTION: "ask_rating",
    THANKS: "thank",
    PERMISSION: "ask_permission",
}
WHAT: Final = tuple(_STEPS)
"""What can be asked for."""

_PLAIN: Final = frozenset({THANKS, CLOSING, CALL_OFF})
"""What needs no purpose: the answer itself is all there is to it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Words for the composer, the way they go, what they are for, and what to know of it.

    `link` stands in the text already.
    """

    text: str
    visibility: Visibility
    intent: Intent
    hint: Text = ""
    link: str = ""


def prepare(
    services: Services,
    session: Session,
    conversation: Conversation,
    user_id: int,
    what: str,
    *,
    promised_until: datetime | None = None,
    with_link: bool = True,
) -> Prepared:
    """Write the words for a step in the case's tone.

    Raises `ReplyRefusedError` where the step cannot be taken, with the reason. Without `with_link`
    no link of ours is made: the words are only looked at.
    """
    if what not in _STEPS:
        raise NotFoundError(f"there is no step {what!r}")
    if what != CLOSING:  # it is written beside "solved", which is no message yet
        refuse_preparing(session, conversation, user_id)
    way = _way(services, session, conversation, what)
    private = way.visibility == PRIVATE
    link = way.link
    if way.takes_reference and with_link:
        link = way.link_with(make_reference(services, session, conversation, user_id))
    if what == SATISFACTION and private and with_link:
        made = make_link(services, session, conversation, RATING, user_id=user_id, life=LINK_LIFE)
        link = made.address
    values = {"link": link}
    if promised_until is not None:
        values["deadline"] = deadline_words(session, conversation, promised_until)
    situation = situation_of(services, session, conversation, way.visibility, **values)
    step: Step = "write_private" if what == INVITATION and private else _STEPS[what]
    found = suggest_step(templates_in_force(session), situation, step)
    text = found.text if found else ""
    if link and link not in text:
        text = f"{text} {link}".strip()
    intent = Intent("" if what in _PLAIN else what, promised_until)
    return Prepared(text, way.visibility, intent, way.hint, link)


def write_draft(
    session: Session,
    conversation: Conversation,
    user_id: int,
    prepared: Prepared,
    *,
    typed: str,
    seen: int | None,
) -> None:
    """Put prepared words into a person's draft, after what they have typed already."""
    text = f"{typed.rstrip()}\n\n{prepared.text}" if typed.strip() else prepared.text
    save_draft(
        session,
        conversation_id=conversation.id,
        user_id=user_id,
        text=text,
        seen_post_id=seen,
        visibility=prepared.visibility,
        intent=prepared.intent,
    )


def deadline_words(session: Session, conversation: Conversation, until: datetime) -> str:
    """Write a moment as the customer reads it: where the team works, in the case's language."""
    zone = ZoneInfo(load_calendars(session).of(conversation.team_id).zone)
    there, language = until.astimezone(zone), language_of(conversation)
    days = (there.date() - datetime.now(zone).date()).days
    if language == "id":
        clock = f"pukul {there:%H.%M} {there.tzname()}"
        day = {0: "hari ini ", 1: "besok "}.get(days)
        return f"{day if day is not None else _day(there, language) + ' '}{clock}"
    day = {0: " today", 1: " tomorrow"}.get(days)
    return f"{there:%H:%M} {there.tzname()}{day if day is not None else ' on ' + _day(there, 'en')}"


def _day(moment: datetime, language: str) -> str:
    return str(format_date(moment.date(), "d MMMM", locale=language))


def _way(services: Services, session: Session, conversation: Conversation, what: str) -> Invitation:
    """Choose the way a step goes: the platform's own to private, else where the customer wrote."""
    if what == INVITATION:
        target = pick_target(session, conversation.id, PUBLIC)
        if target is None or target.visibility != PUBLIC:
            raise ReplyRefusedError("post_deleted", "There is no public post left to answer.")
        return invitation_to(services, session, conversation, target)
    if what in (CLOSING, PERMISSION):
        private = conversation.visibility == PRIVATE
        return Invitation(visibility=PRIVATE if private else PUBLIC)
    newest = newest_inbound(session, conversation.id)
    private = bool(newest) and newest[0].visibility == PRIVATE
    return Invitation(visibility=PRIVATE if private else PUBLIC)

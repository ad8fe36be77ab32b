"""How an account sounds, what the linter says of a draft, and which answers suit a case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ReplyRefusedError
from tanggap.inbox.mailbox.mail_legs import Leg
from tanggap.inbox.services import Services
from tanggap.inbox.tone.answer_templates import templates_in_force
from tanggap.rules.answers import Situation, Suggestion, suggest
from tanggap.rules.tone import (
    Draft,
    Finding,
    Profile,
    changed,
    default_profile,
    lint,
    with_formality,
)
from tanggap.sdk.types import Formality, Visibility
from tanggap.store.accounts import Account
from tanggap.store.conversations import OWED, RESOLVED, Conversation
from tanggap.store.handlings import Handling
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.tone import ToneRow
from tanggap.store.users import BLOCKING, Team, User

LANGUAGES: Final = ("id", "en")
_LATELY: Final = 50
"""Answers of an account whose words are not suggested again."""

_NAME: Final = re.compile(r"[^\W\d_]{2,30}")
_SIGN_OFF: Final = re.compile(r"\s*\^\w{1,8}\s*$")
_BEFORE_NAMES: Final = {
    ("id", Formality.FORMAL): ("Bapak/Ibu", "Kak"),
    ("id", Formality.NEUTRAL): ("Kak", "Bapak/Ibu"),
    ("id", Formality.CASUAL): ("Kak", "Sobat", "Bapak/Ibu"),
}
"""Forms of address that go before a name, the best one first."""


class BlockedByToneError(ReplyRefusedError):
    """The team does not let a draft with these findings out."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("tone", " ".join(finding.message["en"] for finding in findings))
        self.findings = tuple(findings)


def language_of(conversation: Conversation) -> str:
    """Return the language to answer in: the customer's, or Indonesian where that is unclear."""
    return conversation.language if conversation.language in LANGUAGES else "id"


def proposal(services: Services, channel_key: str, language: str) -> Profile:
    """Return the profile that a channel's plugin proposes; without one, the neutral profile."""
    channel = services.registry.channel(channel_key)
    return default_profile(language, (channel.tone or {}).get(language) if channel else None)


def profile_of(services: Services, session: Session, account: Account, language: str) -> Profile:
    """Return an account's profile: the plugin's proposal, the channel's changes, its own."""
    profile = proposal(services, account.channel, language)
    rows = session.scalars(
        select(ToneRow)
        .where(
            ToneRow.channel == account.channel,
            ToneRow.language == language,
            ToneRow.account_id.is_(None) | (ToneRow.account_id == account.id),
        )
        .order_by(ToneRow.account_id.is_not(None))
    )
    for row in rows:
        profile = changed(profile, row.changes)
    return profile


def case_profile(services: Services, session: Session, conversation: Conversation) -> Profile:
    """Return the profile for a case: its account's, as formal as a rule wishes."""
    account, language = conversation.account, language_of(conversation)
    profile = profile_of(services, session, account, language)
    wish = session.get(Handling, conversation.id)
    return with_formality(profile, Formality(wish.tone)) if wish and wish.tone else profile


def check_draft(
    services: Services,
    session: Session,
    conversation: Conversation,
    user: User,
    text: str,
    *,
    visibility: Leg,
    length: int = 0,
    limit: int = 0,
) -> list[Finding]:
    """Hold a draft against its case's profile; `length` and `limit` as its platform counts."""
    language, team = language_of(conversation), conversation.team
    draft = Draft(
        text=text,
        language=language,
        visibility="public" if visibility == "public" else "private",
        label=conversation.label or "",
        customer_language=conversation.language or "",
        first_answer=conversation.first_answered_at is None,
        initials=user.initials,
        length=length,
        limit=limit,
        forbidden=tuple(map(str, team.forbidden)) if team is not None else (),
    )
    return lint(draft, case_profile(services, session, conversation))


def refuse_blocked(findings: Sequence[Finding], team: Team | None) -> None:
    """Raise `BlockedByToneError` for what the team does not let out."""
    blocking = frozenset(team.blocking if team is not None else BLOCKING)
    blocked = [finding for finding in findings if finding.code in blocking]
    if blocked:
        raise BlockedByToneError(blocked)


def suggest_answers(
    services: Services,
    session: Session,
    conversation: Conversation,
    visibility: Visibility,
    at_most: int = 5,
) -> list[Suggestion]:
    """Rank templates for a case and fill in what is known of it."""
    wish = session.get(Handling, conversation.id)
    situation = situation_of(services, session, conversation, visibility)
    first = wish.template if wish else ""
    return suggest(templates_in_force(session), situation, at_most=at_most, first=first)


def situation_of(
    services: Services,
    session: Session,
    conversation: Conversation,
    visibility: Visibility,
    **values: str,
) -> Situation:
    """Say of a case what templates are chosen by and filled with; `values` beside the usual."""
    language = language_of(conversation)
    profile = case_profile(services, session, conversation)
    team = conversation.team
    return Situation(
        language=language,
        label=conversation.label or "",
        channel=conversation.channel,
        formality=profile.formality,
        first_answer=conversation.first_answered_at is None,
        private=visibility == "private",
        resolved=conversation.state == RESOLVED,
        closing_owed=conversation.handover == OWED,
        values={
            "name": addressed(conversation.author.name, profile),
            "team": team.name_in(language) if team else "",
            "account": conversation.account.name,
            "greeting": profile.greeting,
            **values,
        },
        used=_sent_lately(session, conversation.account_id),
    )


def addressed(name: str, profile: Profile) -> str:
    """Address a customer by the first name; names that are none give the bare form of address.

    A form that the profile avoids gives way to the next one.
    """
    found = _NAME.match(name.strip())
    first = found[0].capitalize() if found else ""
    avoided = {phrase.casefold() for phrase in (*profile.wrong_address, *profile.avoid)}
    forms = _BEFORE_NAMES.get((profile.language, profile.formality), ())
    form = next((form for form in forms if form.casefold() not in avoided), "")
    return f"{form} {first}".strip()


def _sent_lately(session: Session, account_id: int) -> frozenset[str]:
    texts = session.scalars(
        select(ReplyRow.text)
        .join(Post, Post.id == ReplyRow.in_reply_to_id)
        .where(Post.account_id == account_id)
        .order_by(ReplyRow.id.desc())
        .limit(_LATELY)
    )
    return frozenset(_SIGN_OFF.sub("", text) for text in texts)

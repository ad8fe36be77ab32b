"""What the linter says of the answers that somebody sent: worked out anew, with today's tone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import language_of, profile_of
from tanggap.rules.signature import without_initials
from tanggap.rules.tone import CODES, Draft, Profile, lint, with_formality
from tanggap.sdk.types import Formality
from tanggap.store.conversations import Conversation
from tanggap.store.handlings import Handling
from tanggap.store.posts import Post
from tanggap.store.replies import SENT, ReplyRow
from tanggap.store.sql import among
from tanggap.store.users import User

LOOKED_AT: Final = 50
"""Of so many answers, the newest, the findings are counted."""


@dataclass(frozen=True, slots=True)
class Findings:
    """How many answers were looked at, and in how many each code was found, the most first."""

    looked_at: int
    codes: Sequence[tuple[str, int]]

    @classmethod
    def of(cls, answers: Iterable[Iterable[str]]) -> Findings:
        """Count the codes of answers, each once an answer; codes of other versions go."""
        found = [set(codes) for codes in answers]
        counts = Counter(code for codes in found for code in codes if code in CODES)
        return cls(len(found), sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def sent_findings(services: Services, session: Session, user: User, since: datetime) -> Findings:
    """Hold a person's newest answers against the profiles of their cases."""
    replies = session.scalars(
        select(ReplyRow)
        .where(
            ReplyRow.user_id == user.id,
            ReplyRow.state == SENT,
            ReplyRow.purpose == "",
            ReplyRow.text != "",
            ReplyRow.created_at >= since,
        )
        .order_by(ReplyRow.id.desc())
        .limit(LOOKED_AT)
    ).all()
    ids = {reply.conversation_id for reply in replies}
    cases = {
        case.id: case
        for case in session.scalars(
            select(Conversation)
            .where(among(session, Conversation.id, ids))
            .options(joinedload(Conversation.account), joinedload(Conversation.team))
        )
    }
    profiles = _profiles(services, session, list(cases.values()))
    arrived = _arrived(session, replies)
    return Findings.of(
        [
            finding.code
            for finding in lint(
                _draft(reply, cases[reply.conversation_id], user, arrived[reply.id]), profile
            )
        ]
        for reply in replies
        if (profile := profiles.get(reply.conversation_id)) is not None
    )


def _arrived(session: Session, replies: Sequence[ReplyRow]) -> dict[int, datetime | None]:
    """Say by the platform's clock when answers arrived, for that is how cases count answers."""
    ids = [reply.post_id for reply in replies if reply.post_id is not None]
    query = select(Post.id, Post.posted_at).where(among(session, Post.id, ids))
    posted = dict(session.execute(query).all())
    return {reply.id: posted.get(reply.post_id or 0, reply.sent_at) for reply in replies}


def _profiles(
    services: Services, session: Session, cases: Sequence[Conversation]
) -> dict[int, Profile]:
    """Give each case's profile, asking once for each account and language."""
    ids = [case.id for case in cases]
    wishes = {
        row.conversation_id: row.tone
        for row in session.scalars(
            select(Handling).where(among(session, Handling.conversation_id, ids))
        )
    }
    known: dict[tuple[int, str], Profile] = {}
    found: dict[int, Profile] = {}
    for case in cases:
        key = case.account_id, language_of(case)
        if key not in known:
            known[key] = profile_of(services, session, case.account, key[1])
        tone = wishes.get(case.id)
        found[case.id] = with_formality(known[key], Formality(tone)) if tone else known[key]
    return found


def _draft(reply: ReplyRow, case: Conversation, user: User, arrived_at: datetime | None) -> Draft:
    first = case.first_answered_at
    return Draft(
        text=without_initials(reply.text, user.initials),
        language=language_of(case),
        visibility="public" if reply.visibility == "public" else "private",
        label=case.label or "",
        customer_language=case.language or "",
        first_answer=first is None or (arrived_at is not None and arrived_at <= first),
        initials=user.initials,
        forbidden=tuple(map(str, case.team.forbidden)) if case.team is not None else (),
    )

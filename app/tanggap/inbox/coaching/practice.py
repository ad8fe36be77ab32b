"""Practise on past posts: label one, choose the team, write the answer, and hear what fits.

Nothing of it is sent, and none of it becomes a draft, an answer, a correction or a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, ReplyRefusedError
from tanggap.inbox.coaching import practice_posts
from tanggap.inbox.coaching.practice_posts import Known, unnamed
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.rulebook.rule_log import Considered, explain
from tanggap.inbox.sending.measuring import measure
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import case_profile, language_of
from tanggap.rules import Trigger
from tanggap.rules.routing import UNROUTED
from tanggap.rules.signature import without_initials
from tanggap.rules.tone import Draft, Finding, lint
from tanggap.store.approvals import APPROVED, Approval
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.practice import PracticeAnswer
from tanggap.store.replies import INVITATION, ReplyRow
from tanggap.store.sql import insert_rows
from tanggap.store.users import Team, User, team_ids_by_key

LONGEST: Final = 5_000
"""Characters of an answer."""

_ANSWERS: Final = ("", INVITATION)
"""The purposes of what answers a customer; acknowledgements and questions do not."""


@dataclass(frozen=True, slots=True)
class Task:
    """A post as it is practised on, without its customer."""

    post_id: int
    channel: str
    account: str
    language: str
    text: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What the customer was really answered; `approved` when a second person had approved it."""

    text: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where a post went: the team and the rule that chose it, if one did and is still known."""

    team_id: int | None
    rule: Considered | None


@dataclass(frozen=True, slots=True)
class _Subject:
    """A post that fits practice, with its case and what it is."""

    post: Post
    case: Conversation
    known: Known


@dataclass(frozen=True, slots=True)
class Feedback:
    """A try beside what was expected; `team_now` has the case now."""

    given: PracticeAnswer
    checked: bool
    chosen: Chosen
    team_now: int | None
    findings: Sequence[Finding]
    sent: Sent | None

    @property
    def right_label(self) -> bool:
        """Whether the label is the expected one."""
        return self.given.label == self.given.expected


def read_task(session: Session, post_id: int, *, stand_in: str) -> Task:
    """Read a post to practise on.

    Raises `NotFoundError` for one that is out of sight, `ConflictError` for one that does not fit.
    """
    subject = _load(session, post_id)
    post, case = subject.post, subject.case
    return Task(
        post_id=post.id,
        channel=case.channel,
        account=case.account.name,
        language=language_of(case),
        text=unnamed(post.text, post.author, ours=case.account.handle, stand_in=stand_in),
        posted_at=post.posted_at,
    )


def take(
    services: Services,
    session: Session,
    user_id: int,
    post_id: int,
    *,
    label: str,
    team_id: int | None,
    text: str,
    labels: Sequence[str],
) -> None:
    """Keep a try; a second one at the same post changes nothing.

    Raises `NotFoundError` for a label or team that there is not, `ConflictError` without an answer.
    """
    subject = _load(session, post_id)
    post, case, known = subject.post, subject.case, subject.known
    if label not in labels or (team_id is not None and session.get(Team, team_id) is None):
        raise NotFoundError("there is no such label or team; choose one of those offered")
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ConflictError(f"write an answer of at most {LONGEST} characters")
    expected = choose_team(session, post, case).team_id
    user = session.get_one(User, user_id)
    findings = _findings(services, session, subject, user, text)
    row = {
        "user_id": user_id,
        "post_id": post.id,
        "channel": case.channel,
        "label": label,
        "expected": known.label,
        "team_id": team_id,
        "expected_team_id": expected,
        "right_team": team_id == expected,
        "text": text,
        "findings": sorted({finding.code for finding in findings}),
        "created_at": utcnow(),
    }
    insert_rows(session, PracticeAnswer, [row], key=("user_id", "post_id"))


def read_feedback(
    services: Services, session: Session, user_id: int, post_id: int, *, stand_in: str
) -> Feedback | None:
    """Say what a person's try at a post was like; None before they tried."""
    given = session.scalar(
        select(PracticeAnswer).where(
            PracticeAnswer.user_id == user_id, PracticeAnswer.post_id == post_id
        )
    )
    if given is None:
        return None
    subject = _load(session, post_id)
    post, case = subject.post, subject.case
    user = session.get_one(User, user_id)
    return Feedback(
        given=given,
        checked=subject.known.checked,
        chosen=choose_team(session, post, case),
        team_now=case.team_id,
        findings=_findings(services, session, subject, user, given.text),
        sent=_sent(session, post, case, stand_in),
    )


def count_practised(session: Session, user_id: int) -> int:
    """Count a person's tries."""
    query = select(func.count()).where(PracticeAnswer.user_id == user_id)
    return session.scalar(query) or 0


def choose_team(session: Session, post: Post, case: Conversation) -> Chosen:
    """Tell to which team the rules gave a post, and which rule did.

    Where nothing is written down of the rules any more, the case's own team counts.
    """
    keys = team_ids_by_key(session)
    for occasion in explain(session, post.id):
        if occasion.trigger is not Trigger.POST_TRIAGED:
            continue
        routing, by = UNROUTED, None
        for rule in occasion.rules:
            for action in rule.actions if rule.matched else ():
                before, routing = routing, action.apply(routing)
                changed = (before.team, before.not_ours) != (routing.team, routing.not_ours)
                by = rule if changed else by
        team = None if routing.not_ours else routing.team
        return Chosen(keys.get(team or ""), by)
    return Chosen(case.team_id, None)


def _load(session: Session, post_id: int) -> _Subject:
    found = session.get(Post, post_id)
    if found is None or found.conversation_id is None:
        raise NotFoundError(f"post {post_id} does not exist")
    post = practice_posts.practice_post(session, post_id)
    if post is None:
        raise ConflictError("this post is not for practice; draw another one")
    known = practice_posts.known_labels(session, [post])[post.id]
    return _Subject(post, read_conversation(session, found.conversation_id), known)


def _findings(
    services: Services, session: Session, subject: _Subject, user: User, text: str
) -> list[Finding]:
    """Hold a text against the case's profile as if nobody had answered the post yet."""
    post, case = subject.post, subject.case
    answered = select(Post.id).where(
        Post.conversation_id == case.id, Post.from_us, Post.posted_at <= post.posted_at
    )
    try:
        counted = measure(services, case, user, text, "public")
        length, limit = counted.length, counted.limit
    except ReplyRefusedError:
        length = limit = 0
    draft = Draft(
        text=text,
        language=language_of(case),
        label=subject.known.label,
        customer_language=case.language or "",
        first_answer=session.scalar(answered.limit(1)) is None,
        initials=user.initials,
        length=length,
        limit=limit,
        forbidden=tuple(map(str, case.team.forbidden)) if case.team is not None else (),
    )
    return lint(draft, case_profile(services, session, case))


def _sent(session: Session, post: Post, case: Conversation, stand_in: str) -> Sent | None:
    """Find the first public answer to a post, without its customer."""
    rows = session.execute(
        select(Post.text, ReplyRow.id, ReplyRow.purpose, User.initials)
        .outerjoin(ReplyRow, ReplyRow.post_id == Post.id)
        .outerjoin(User, User.id == ReplyRow.user_id)
        .where(
            Post.conversation_id == case.id,
            Post.from_us,
            Post.visibility == "public",
            Post.deleted_at.is_(None),
            Post.purged_at.is_(None),
            Post.posted_at >= post.posted_at,
        )
        .order_by(Post.posted_at, Post.id)
        .limit(20)
    )
    for text, reply_id, purpose, initials in rows:
        if (purpose or "") in _ANSWERS:
            shown = without_initials(text, initials or "")
            approved = select(Approval.id).where(
                Approval.reply_id == reply_id, Approval.state == APPROVED
            )
            return Sent(
                unnamed(shown, post.author, ours=case.account.handle, stand_in=stand_in),
                approved=session.scalar(approved.limit(1)) is not None,
            )
    return None

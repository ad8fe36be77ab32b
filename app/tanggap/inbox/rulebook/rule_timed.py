"""Note what time alone brings about: customers who wait too long, and schedules that are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from tanggap.inbox.clocks.calendars import load_calendars
from tanggap.inbox.events.rule_events import event, fire_many
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.rules import Rule, Trigger
from tanggap.rules.timing import parse_schedule, parse_wait
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, WAITING, Conversation
from tanggap.store.posts import Post
from tanggap.store.rule_events import RuleEvent, ScheduleMark
from tanggap.store.sole import sole_row
from tanggap.store.sql import among

LATE: Final = timedelta(hours=24)
"""How long after it fell due a wait still counts: not for old posts that were imported."""

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def fire_timed(services: Services, now: datetime | None = None) -> int:
    """Note what is due, once each, and count it."""
    now = now or utcnow()
    with services.database.read() as session:
        rules = current_rules(session)
        due = [
            one for rule in rules.live(Trigger.NO_ANSWER) for one in _unanswered(session, rule, now)
        ]
        schedules = rules.live(Trigger.SCHEDULE)
        zone = load_calendars(session).everybody.zone if schedules else ""
        missed = _missed(session, schedules, zone, now)
    if due or missed:
        with services.database.write() as session:
            fire_many(session, due)
            due += [one for rule, at in missed for one in _scheduled(session, rule, at, now)]
    return len(due)


def _unanswered(session: Session, rule: Rule, now: datetime) -> list[dict[str, Any]]:
    """Find cases whose customer has waited as long as a rule says, and that it does not know."""
    limit = now - parse_wait(rule.timing)
    since, first = func.min(Post.posted_at), func.min(Post.id)
    rows = session.execute(
        select(Post.conversation_id, first)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(
            Conversation.state == OPEN,
            Conversation.waits,
            Conversation.last_post_at > limit - LATE,
            Post.from_us.is_(False),
            Post.deleted_at.is_(None),
            Post.posted_at > _last_answer(),
        )
        .group_by(Post.conversation_id)
        .having(since <= limit, since > limit - LATE)
    ).all()
    wanted = {case: f"{rule.key}:{post}" for case, post in rows}
    known = session.execute(
        select(RuleEvent.conversation_id, RuleEvent.occasion).where(
            among(session, RuleEvent.conversation_id, wanted),
            RuleEvent.trigger == Trigger.NO_ANSWER.value,
        )
    )
    told = {(case, occasion) for case, occasion in known}
    return [
        event(Trigger.NO_ANSWER, case, occasion, rule_key=rule.key)
        for case, occasion in wanted.items()
        if case is not None and (case, occasion) not in told
    ]


def _last_answer() -> ColumnElement[datetime]:
    """Build the time of our newest post in a case; the beginning of time without one."""
    ours = Post.__table__.alias("ours")
    newest = (
        select(func.max(ours.c.posted_at))
        .where(ours.c.conversation_id == Conversation.id, ours.c.from_us)
        .correlate(Conversation)
        .scalar_subquery()
    )
    return func.coalesce(newest, literal(_NEVER, Conversation.created_at.type))


def _missed(
    session: Session, rules: tuple[Rule, ...], zone: str, now: datetime
) -> list[tuple[Rule, datetime]]:
    """Find the rules whose schedule fell due since they ran last."""
    if not rules:
        return []
    marks = dict(session.execute(select(ScheduleMark.rule_key, ScheduleMark.ran_for)).all())
    due = [(rule, parse_schedule(rule.timing).last_due(now, zone)) for rule in rules]
    return [(rule, at) for rule, at in due if rule.key not in marks or at > marks[rule.key]]


def _scheduled(session: Session, rule: Rule, at: datetime, now: datetime) -> list[dict[str, Any]]:
    """Note a schedule for every case under way; a rule that is new waits for its next time."""
    mark = sole_row(session, ScheduleMark, {"rule_key": rule.key}, {"ran_for": now})
    if at <= mark.ran_for:
        return []
    mark.ran_for = at
    cases = session.scalars(
        select(Conversation.id)
        .where(Conversation.state.in_((OPEN, WAITING)))
        .order_by(Conversation.id)
    )
    occasion = f"{rule.key}:{at:%Y%m%dT%H%M}"
    events = [event(Trigger.SCHEDULE, case, occasion, rule_key=rule.key) for case in cases]
    fire_many(session, events)
    return events

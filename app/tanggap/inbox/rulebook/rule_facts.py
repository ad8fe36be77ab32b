"""Fetch what the rules read of posts, a batch at a time, and nothing they do not read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict
from tanggap.inbox.clocks.calendars import Calendars, load_calendars
from tanggap.inbox.events.rule_events import interactions
from tanggap.inbox.forms.verified import verified_among
from tanggap.inbox.learning.scores import last_scores
from tanggap.inbox.rulebook.reopenings import reopening_posts
from tanggap.rules import AuthorFacts, ConversationFacts, EngagementFacts, Facts
from tanggap.rules.facts import Surroundings
from tanggap.rules.reads import Reads
from tanggap.store.accounts import Account
from tanggap.store.conversations import OPEN, PRIORITIES, Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.rule_events import Growth
from tanggap.store.sql import among
from tanggap.store.users import Team


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up for a batch because a condition names it.

    `cases` are counted by author, `per_hour` is by post, `team_keys` and `loads` tell of teams.
    `verified` are the authors who are known to be customers, `scores` what authors rated last,
    `reopening` the posts that woke a resolved case, `began` when cases were begun by a first post.
    """

    cases: Mapping[int, int] = field(default_factory=dict)
    per_hour: Mapping[int, float] = field(default_factory=dict)
    team_keys: Mapping[int, str] = field(default_factory=dict)
    loads: Mapping[str, int] = field(default_factory=dict)
    calendars: Calendars | None = None
    verified: Collection[int] = ()
    scores: Mapping[int, int] = field(default_factory=dict)
    reopening: Collection[int] = ()
    began: Mapping[int, datetime] = field(default_factory=dict)


NOTHING: Final = Known()
_TEAM: Final = "conversation.team"
_AGE: Final = "conversation.age_hours"


def load_rows(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Load what every rule may know of posts, in one query."""
    return session.execute(
        select(
            Post.id,
            Post.revision,
            Post.conversation_id,
            Post.author_id,
            Post.posted_at,
            Post.text,
            Post.kind,
            Post.visibility,
            Post.mentions,
            Post.metrics,
            Post.triage,
            Author.handle,
            Author.name,
            Author.followers,
            Author.verified,
            Account.channel,
            Account.handle.label("account"),
            Conversation.state,
            Conversation.handover,
            Conversation.post_count,
            Conversation.first_answered_at,
            Conversation.assignee_id,
            Conversation.team_id,
            Conversation.priority,
            Conversation.tags,
            Conversation.waits,
            Conversation.last_inbound_at,
        )
        .join(Author, Author.id == Post.author_id)
        .join(Account, Account.id == Post.account_id)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(among(session, Post.id, ids))
        .order_by(Post.posted_at, Post.id)
    ).all()


def look_up(session: Session, rows: Sequence[Row[Any]], reads: Reads) -> Known:
    """Look up what is read of posts beyond their rows: at most one query for each kind of it."""
    paths = reads.paths
    cases: dict[int, int] = {}
    per_hour: dict[int, float] = {}
    if "author.previous_cases" in paths:
        authors = {row.author_id for row in rows}
        query = select(Conversation.author_id, func.count()).group_by(Conversation.author_id)
        cases = dict(
            session.execute(query.where(among(session, Conversation.author_id, authors))).all()
        )
    if "engagement.per_hour" in paths:
        query = select(Growth.post_id, Growth.per_hour)
        posts = [row.id for row in rows]
        per_hour = dict(session.execute(query.where(among(session, Growth.post_id, posts))).all())
    loads = _team_loads(session, reads.teams) if reads.teams else {}
    keys = dict(session.execute(select(Team.id, Team.key)).all()) if _TEAM in paths else {}
    timed = any(path.startswith("time.") for path in paths)
    calendars = load_calendars(session) if timed else None
    verified: Collection[int] = ()
    if "author.identity_verified" in paths:
        verified = verified_among(session, {row.author_id for row in rows})
    scores: Mapping[int, int] = {}
    if "author.last_satisfaction" in paths:
        scores = last_scores(session, {row.author_id for row in rows})
    reopening: Collection[int] = ()
    if "conversation.reopened" in paths:
        reopening = reopening_posts(session, [row.id for row in rows if row.post_count > 1])
    began = _began(session, {row.conversation_id for row in rows}) if _AGE in paths else {}
    return Known(cases, per_hour, keys, loads, calendars, verified, scores, reopening, began)


def _team_loads(session: Session, keys: Collection[str]) -> dict[str, int]:
    query = (
        select(Team.key, func.count())
        .join(Conversation, Conversation.team_id == Team.id)
        .where(Team.key.in_(sorted(keys)), Conversation.state == OPEN, Conversation.waits)
        .group_by(Team.key)
    )
    return dict(session.execute(query).all())


def _began(session: Session, cases: Collection[int]) -> dict[int, datetime]:
    """Say when cases began: by their posts, for an imported case is stored long after them."""
    first = (
        select(func.min(Post.posted_at))
        .where(Post.conversation_id == Conversation.id)
        .scalar_subquery()
    )
    query = select(Conversation.id, first).where(among(session, Conversation.id, cases))
    return dict(session.execute(query).all())


def facts_of(
    row: Row[Any],
    verdict: Verdict,
    certain: bool,
    known: Known = NOTHING,
    now: datetime | None = None,
) -> Facts:
    """Make a post's facts as they are at a moment, or were when it was posted."""
    now = now or row.posted_at
    return Facts(
        label=verdict.label,
        confidence=verdict.confidence,
        certain=certain,
        probabilities=verdict.probabilities,
        language=verdict.language,
        channel=row.channel,
        account=row.account,
        kind=row.kind,
        visibility=row.visibility,
        text=row.text,
        mentions=row.mentions,
        author=AuthorFacts(
            handle=row.handle,
            name=row.name,
            followers=row.followers or 0,
            verified=row.verified,
            identity_verified=row.author_id in known.verified,
            last_satisfaction=known.scores.get(row.author_id, 0),
            previous_cases=max(known.cases.get(row.author_id, 0) - 1, 0),
        ),
        engagement=EngagementFacts(
            likes=_figure(row.metrics, "likes"),
            replies=_figure(row.metrics, "replies"),
            reposts=_figure(row.metrics, "reposts"),
            per_hour=known.per_hour.get(row.id, 0.0) or _speed(row, now),
        ),
        conversation=_case(row, known, now),
        around=_around(row, known, now),
    )


def _case(row: Row[Any], known: Known, now: datetime) -> ConversationFacts:
    waits = row.waits and row.state == OPEN and row.last_inbound_at is not None
    return ConversationFacts(
        state=row.state,
        posts=max(row.post_count, 1),
        reopened=row.id in known.reopening,
        answered=row.first_answered_at is not None,
        handover=row.handover,
        assigned=row.assignee_id is not None,
        team=known.team_keys.get(row.team_id, ""),
        priority=PRIORITIES[row.priority],
        tags=row.tags,
        age_hours=_hours(known.began.get(row.conversation_id, row.posted_at), now),
        waiting_minutes=_hours(row.last_inbound_at, now) * 60 if waits else 0.0,
    )


def _around(row: Row[Any], known: Known, now: datetime) -> Surroundings:
    if known.calendars is None:
        return Surroundings(team_loads=known.loads)
    calendar = known.calendars.of(row.team_id)
    return Surroundings(
        at=now.astimezone(ZoneInfo(calendar.zone)),
        business_hours=calendar.is_open(now),
        team_loads=known.loads,
    )


def _speed(row: Row[Any], now: datetime) -> float:
    """Reckon the speed since the post was written, where it was seen but once."""
    total = interactions(row.metrics)
    return total / max(_hours(row.posted_at, now), 1 / 6) if total else 0.0


def _hours(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds() / 3600, 0.0)


def _figure(metrics: Mapping[str, Any], name: str) -> int:
    value = metrics.get(name, 0)
    return value if isinstance(value, int) else 0

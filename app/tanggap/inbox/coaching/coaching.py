"""What somebody does well and what is worth practising: about one person, compared with nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.coaching.coaching_findings import Findings, sent_findings
from tanggap.inbox.follow_up.rating_report import FEW, SATISFIED, between
from tanggap.inbox.people.permissions import Permission, may
from tanggap.inbox.services import Services
from tanggap.store import sight
from tanggap.store.approvals import APPROVED, RETURNED, Approval
from tanggap.store.base import utcnow
from tanggap.store.practice import PracticeAnswer
from tanggap.store.ratings import Rating
from tanggap.store.replies import PERMISSION, SATISFACTION, SENT, ReplyRow
from tanggap.store.users import TeamMember, User

STRONG: Final = 0.9
"""From this share on a thing counts as done well."""

WEAK: Final = 0.7
"""Below this share a thing is worth practising."""

OFTEN: Final = 0.2
"""A finding in this share of answers, or more, is worth a look."""

MOST_ADVICE: Final = 3

_QUESTIONS: Final = (SATISFACTION, PERMISSION)
"""The purposes of messages that answer nothing."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a group were right: the true share lies between `low` and `high`."""

    key: str
    count: int
    right: int

    @property
    def few(self) -> bool:
        """Whether there are too few to say anything."""
        return self.count < FEW

    @property
    def share(self) -> float:
        """The share that was right."""
        return self.right / self.count

    @property
    def low(self) -> float:
        """The lower bound of what the share may be."""
        return between(self.right, self.count)[0]

    @property
    def high(self) -> float:
        """The upper bound of what the share may be."""
        return between(self.right, self.count)[1]


Groups = Mapping[str, Sequence[Share]]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing done well or worth practising.

    `kind` is practice, team, satisfied, returned or finding; `group` is label, channel or empty,
    and `key` says which one, or which finding.
    """

    kind: str
    group: str
    key: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person as the list shows them."""

    user_id: int
    name: str
    practised: int
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coaching:
    """One person's period; groups by label and by channel."""

    name: str
    practice: Share | None
    teams: Share | None
    practised: Groups
    satisfied: Groups
    ratings: Share | None
    passed: Share | None
    practice_findings: Findings
    sent_findings: Findings
    strengths: Sequence[Point]
    gaps: Sequence[Point]
    advice: Sequence[Point]


def list_colleagues(session: Session, days: int) -> Sequence[Colleague]:
    """List the people who work on cases, by name; whoever is limited to teams sees those teams."""
    since = utcnow() - timedelta(days=days)
    query = select(User).where(User.active).order_by(func.lower(User.name), User.id)
    teams = sight.current().team_ids
    if teams:
        members = select(TeamMember.user_id).where(TeamMember.team_id.in_(teams))
        query = query.where(User.id.in_(members))
    practised = dict(
        session.execute(
            select(PracticeAnswer.user_id, func.count())
            .where(PracticeAnswer.created_at >= since)
            .group_by(PracticeAnswer.user_id)
        ).all()
    )
    answered = dict(
        session.execute(
            select(ReplyRow.user_id, func.count())
            .where(
                ReplyRow.state == SENT,
                ReplyRow.purpose.not_in(_QUESTIONS),
                ReplyRow.created_at >= since,
            )
            .group_by(ReplyRow.user_id)
        ).all()
    )
    return [
        Colleague(user.id, user.name, practised.get(user.id, 0), answered.get(user.id, 0))
        for user in session.scalars(query)
        if may(user.role, Permission.WORK_CASES)
    ]


def read_coaching(
    services: Services, session: Session, user_id: int, days: int, *, of_oneself: bool
) -> Coaching:
    """Report on one person; raises `NotFoundError` for somebody whom the list does not show."""
    user = session.get(User, user_id)
    known = of_oneself or user_id in {one.user_id for one in list_colleagues(session, days)}
    if user is None or not known:
        raise NotFoundError(f"there is nobody with number {user_id} to coach")
    since = utcnow() - timedelta(days=days)
    tries = _tries(session, user_id, since)
    labelled = [(one.expected, one.channel, one.label == one.expected) for one in tries]
    rated = _rated(session, user_id, since)
    practised, satisfied = _groups(labelled), _groups(rated)
    practice = _share("", (right for *_, right in labelled))
    passed = _passed(session, user_id, since)
    sent = sent_findings(services, session, user, since)
    found = Findings.of(one.findings for one in tries)
    points = [
        *_points("practice", practised),
        *_points("satisfied", satisfied),
        *_judged("team", "", _share("", (one.right_team for one in tries))),
        *_judged("returned", "", passed),
    ]
    gaps = [point for point, good in points if not good]
    gaps += [Point("finding", "", code) for code in _often(sent, found)]
    return Coaching(
        name=user.name,
        practice=practice,
        teams=_share("", (one.right_team for one in tries)),
        practised=practised,
        satisfied=satisfied,
        ratings=_share("", (good for *_, good in rated)),
        passed=passed,
        practice_findings=found,
        sent_findings=sent,
        strengths=[point for point, good in points if good],
        gaps=gaps,
        advice=_advice(gaps, practised),
    )


def _tries(session: Session, user_id: int, since: datetime) -> Sequence[PracticeAnswer]:
    return session.scalars(
        select(PracticeAnswer).where(
            PracticeAnswer.user_id == user_id, PracticeAnswer.created_at >= since
        )
    ).all()


def _rated(session: Session, user_id: int, since: datetime) -> list[tuple[str, str, bool]]:
    rows = session.execute(
        select(Rating.label, Rating.channel, Rating.score).where(
            Rating.agent_id == user_id, Rating.answered_at >= since, Rating.score.is_not(None)
        )
    )
    return [(label or "", channel, (score or 0) >= SATISFIED) for label, channel, score in rows]


def _passed(session: Session, user_id: int, since: datetime) -> Share | None:
    """Count the answers that somebody decided on, and those that were not sent back."""
    states = session.scalars(
        select(Approval.state).where(
            Approval.user_id == user_id,
            Approval.state.in_((APPROVED, RETURNED)),
            Approval.decided_at >= since,
        )
    )
    return _share("", (state == APPROVED for state in states))


def _groups(rows: Sequence[tuple[str, str, bool]]) -> Groups:
    """Group by label and by channel, in the order of their names."""
    found: dict[str, dict[str, list[bool]]] = {"label": {}, "channel": {}}
    for label, channel, right in rows:
        found["label"].setdefault(label, []).append(right)
        found["channel"].setdefault(channel, []).append(right)
    return {
        group: [Share(key, len(some), sum(some)) for key, some in sorted(keys.items())]
        for group, keys in found.items()
    }


def _share(key: str, rights: Iterable[bool]) -> Share | None:
    some = list(rights)
    return Share(key, len(some), sum(some)) if some else None


def _points(kind: str, groups: Groups) -> list[tuple[Point, bool]]:
    return [
        judged
        for group, shares in groups.items()
        for one in shares
        for judged in _judged(kind, group, one)
    ]


def _judged(kind: str, group: str, one: Share | None) -> list[tuple[Point, bool]]:
    """Say whether a thing is done well (True) or not; nothing of few, or of what lies between."""
    if one is None or one.few or WEAK <= one.share < STRONG:
        return []
    return [(Point(kind, group, one.key), one.share >= STRONG)]


def _often(*found: Findings) -> list[str]:
    codes: Counter[str] = Counter()
    for one in found:
        if one.looked_at >= FEW:
            often = {code: n for code, n in one.codes if n / one.looked_at >= OFTEN}
            codes.update(often)
    return [code for code, _ in codes.most_common(MOST_ADVICE)]


def _advice(gaps: Sequence[Point], practised: Groups) -> list[Point]:
    """Suggest what to practise next: what went wrong first, else what was practised least."""
    wanted = [Point("practice", gap.group, gap.key) for gap in gaps if gap.group and gap.key]
    few = [one for one in practised["label"] if one.few]
    wanted += [Point("more", "label", one.key) for one in sorted(few, key=lambda one: one.count)]
    return list(dict.fromkeys(wanted))[:MOST_ADVICE]

"""Run the rules on what happened to cases, in the order in which it happened, each event once.

An event is worked on in one transaction that ends with its mark: a worker that dies leaves it to
the next one, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, get_args

import structlog
from sqlalchemy import Row, Select, delete, exists, func, select
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict
from tanggap.inbox.rulebook.rule_facts import facts_of, load_rows
from tanggap.inbox.rulebook.rule_runs import Book, Considered, open_book, write_runs
from tanggap.inbox.services import Services
from tanggap.inbox.triage.rule_placing import Decided, place
from tanggap.rules import Priority, Routing, Start, Trigger, evaluate_many
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS
from tanggap.store.posts import TRIAGE_PENDING, Correction, Post, VerdictRow
from tanggap.store.rule_events import RuleEvent
from tanggap.store.rules import Consideration, RuleRun
from tanggap.store.sql import among, skip_locked
from tanggap.store.users import Team

log = structlog.get_logger(__name__)

BATCH: Final = 64
MOST_A_CASE: Final = 20
"""How often one rule acts on one case within `CASE_WINDOW`, whatever sets it off."""

CASE_WINDOW: Final = timedelta(hours=1)
KEEP_EVENTS: Final = timedelta(days=30)
KEEP_CONSIDERATIONS: Final = timedelta(days=90)
_PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)
_DROPPED: Final = 500
"""What rules saw is dropped so much at a time, oldest first, which needs no index of its own."""

_OWN: Final = "its own action led here"
_TOO_OFTEN: Final = f"it acted on this case {MOST_A_CASE} times within an hour"


@dataclass(frozen=True, slots=True)
class _Seen:
    """An event with the post that rules see and what was said of it."""

    event: RuleEvent
    row: Row[Any]
    verdict: Verdict
    certain: bool


def run_due(services: Services, limit: int = BATCH) -> int:
    """Work on up to `limit` events and count them; 0 means that none is waiting."""
    with services.database.read() as session:
        ids = list(session.scalars(_due().limit(limit)))
    if not ids:
        return 0
    try:
        return _run(services, ids)
    except Exception:
        if len(ids) > 1:
            return sum(run_due(services, 1) for _ in ids)
        log.exception("an event cannot be worked on", rule_event=ids[0])
        with services.database.write() as session:
            row = session.get_one(RuleEvent, ids[0])
            row.done_at, row.error = utcnow(), "the rules failed on it; see the log"
        return 1


def is_due(session: Session) -> bool:
    """Tell whether an event waits."""
    return session.scalar(_due().limit(1)) is not None


def forget_old(session: Session) -> None:
    """Drop events that were worked on, and what rules saw, once they have served their time."""
    now = utcnow()
    session.execute(
        delete(RuleEvent).where(
            RuleEvent.done_at.is_not(None), RuleEvent.created_at < now - KEEP_EVENTS
        )
    )
    oldest = session.execute(
        select(Consideration.id, Consideration.created_at)
        .order_by(Consideration.id)
        .limit(_DROPPED)
    )
    old = [row.id for row in oldest if row.created_at < now - KEEP_CONSIDERATIONS]
    if old:
        session.execute(delete(Consideration).where(Consideration.id.in_(old)))


def _due() -> Select[int]:
    """Build the query of events to work on; those of a case wait until its posts are labelled."""
    unlabelled = exists().where(
        Post.conversation_id == RuleEvent.conversation_id, Post.triage == TRIAGE_PENDING
    )
    return (
        select(RuleEvent.id).where(RuleEvent.done_at.is_(None), ~unlabelled).order_by(RuleEvent.id)
    )


def _run(services: Services, ids: Sequence[int]) -> int:
    with services.database.write() as session:
        events = session.scalars(
            skip_locked(
                session,
                select(RuleEvent)
                .where(among(session, RuleEvent.id, ids), RuleEvent.done_at.is_(None))
                .order_by(RuleEvent.id),
            )
        ).all()
        for together in _rounds(events):
            _run_round(session, together)
            for event in together:
                event.done_at = utcnow()
            session.flush()
        return len(events)


def _rounds(events: Sequence[RuleEvent]) -> Iterator[list[RuleEvent]]:
    """Part events into runs of one trigger in which no case stands twice."""
    together: list[RuleEvent] = []
    for event in events:
        cases = {one.conversation_id for one in together}
        if together and (event.trigger != together[0].trigger or event.conversation_id in cases):
            yield together
            together = []
        together.append(event)
    if together:
        yield together


def _run_round(session: Session, events: Sequence[RuleEvent]) -> None:
    trigger = Trigger(events[0].trigger)
    seen = _load(session, events)
    book = open_book(session, [one.row for one in seen], trigger)
    if not seen or not book.rules.live(trigger):
        return
    now = utcnow()
    facts = [facts_of(one.row, one.verdict, one.certain, book.known, now) for one in seen]
    starts = _starts(session, book, seen)
    outcomes = evaluate_many(book.rules, facts, trigger, starts=starts, budgets=book.budgets)
    decided = zip(seen, facts, starts, outcomes, strict=True)
    considered: list[Considered] = []
    placed: list[Decided] = []
    for one, fact, start, outcome in decided:
        considered.append(
            Considered(
                post_id=one.row.id,
                revision=one.row.revision,
                facts=fact,
                outcome=outcome,
                occasion=one.event.occasion,
            )
        )
        placed.append(Decided(one.event, one.row.id, start.routing, outcome))
    write_runs(session, book, considered)
    place(session, placed)


def _load(session: Session, events: Sequence[RuleEvent]) -> list[_Seen]:
    """Load the posts that rules see; an event whose case has none that was labelled is passed."""
    newest = _newest_posts(
        session, {event.conversation_id for event in events if event.post_id is None}
    )
    post_of = {event.id: event.post_id or newest.get(event.conversation_id, 0) for event in events}
    rows = {row.id: row for row in load_rows(session, sorted(set(post_of.values())))}
    said = _verdicts(session, rows)
    return [
        _Seen(event, rows[post_id], *said[post_id])
        for event in events
        if (post_id := post_of[event.id]) in rows and post_id in said
    ]


def _newest_posts(session: Session, cases: Collection[int]) -> dict[int, int]:
    if not cases:
        return {}
    rows = session.execute(
        select(Post.conversation_id, func.max(Post.id))
        .where(among(session, Post.conversation_id, cases), Post.from_us.is_(False))
        .group_by(Post.conversation_id)
    )
    return {case: post for case, post in rows if case is not None}


def _verdicts(session: Session, posts: Collection[int]) -> dict[int, tuple[Verdict, bool]]:
    """Give what is said of posts: a person's word, else the newest verdict."""
    said: dict[int, tuple[Verdict, bool]] = {}
    at: dict[int, Any] = {}
    for row in session.scalars(
        select(VerdictRow).where(among(session, VerdictRow.post_id, posts)).order_by(VerdictRow.id)
    ):
        verdict = Verdict(
            row.label, row.confidence, row.probabilities, row.language, row.model_version
        )
        said[row.post_id], at[row.post_id] = (verdict, row.certain), row.created_at
    for word in session.scalars(
        select(Correction).where(among(session, Correction.post_id, posts)).order_by(Correction.id)
    ):
        if word.post_id in said and word.created_at >= at[word.post_id]:
            known = said[word.post_id][0]
            told = Verdict(word.label, 1.0, {word.label: 1.0}, known.language, known.model_version)
            said[word.post_id] = (told, True)
    return said


def _starts(session: Session, book: Book, seen: Sequence[_Seen]) -> list[Start]:
    teams = dict(session.execute(select(Team.id, Team.key)).all())
    busy = _busy(session, book, {one.event.conversation_id for one in seen})
    return [
        Start(
            routing=_routing(one.row, teams),
            held={
                **busy.get(one.event.conversation_id, {}),
                **dict.fromkeys(map(str, one.event.chain), _OWN),
            },
            only=one.event.rule_key,
        )
        for one in seen
    ]


def _routing(row: Row[Any], teams: Mapping[int, str]) -> Routing:
    """Say where a case stands, for rules that go on from there."""
    return Routing(
        team=teams.get(row.team_id),
        assignee=None,
        priority=_PRIORITIES[row.priority],
        tags=tuple(str(tag) for tag in row.tags),
        not_ours=row.state == NOT_OURS,
    )


def _busy(session: Session, book: Book, cases: Collection[int]) -> dict[int, dict[str, str]]:
    """Find the rules that have acted on these cases too often lately."""
    keys = [rule.key for rule in book.rules.live(book.trigger)]
    rows = session.execute(
        select(Post.conversation_id, RuleRun.rule_key)
        .join(Post, Post.id == RuleRun.post_id)
        .where(
            RuleRun.rule_key.in_(keys),
            RuleRun.created_at > utcnow() - CASE_WINDOW,
            RuleRun.matched,
            among(session, Post.conversation_id, cases),
        )
        .group_by(Post.conversation_id, RuleRun.rule_key)
        .having(func.count() >= MOST_A_CASE)
    )
    busy: dict[int, dict[str, str]] = {}
    for case, key in rows:
        if case is not None:
            busy.setdefault(case, {})[key] = _TOO_OFTEN
    return busy

"""Change a case as rules say that ran on something that happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.cases.handlings import write_handlings
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.rule_events import event as make_event
from tanggap.inbox.events.rule_events import fire_many
from tanggap.inbox.rulebook import action_runs
from tanggap.inbox.triage.triage_results import TRIAGE_TEAM
from tanggap.rules import Outcome, Routing, Trigger
from tanggap.store.audit import Change
from tanggap.store.conversations import NOT_OURS, OPEN, PRIORITIES, Conversation
from tanggap.store.rule_events import RuleEvent
from tanggap.store.sql import among, hold
from tanggap.store.users import team_ids_by_key

REPEATING: Final = frozenset(
    {
        Trigger.REPLY_SENT,
        Trigger.REPLY_FAILED,
        Trigger.CASE_ASSIGNED,
        Trigger.CLOCK_WARNING,
        Trigger.CLOCK_BROKEN,
        Trigger.SCHEDULE,
    }
)
"""Triggers that can happen again while the post stays the same; actions are done each time."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the rules decided on one event, which found the case at `start`."""

    event: RuleEvent
    post_id: int
    start: Routing
    outcome: Outcome


def place(session: Session, batch: Sequence[Decided]) -> None:
    """Change cases, plan errands and note what follows from the change, all at once."""
    acted = [one for one in batch if one.outcome.routing.reasons]
    if not acted:
        return
    cases = {one.event.conversation_id: one for one in acted}
    rows = session.scalars(
        hold(
            select(Conversation)
            .where(among(session, Conversation.id, cases))
            .order_by(Conversation.id)
        )
    )
    teams = team_ids_by_key(session)
    follow: list[dict[str, Any]] = []
    changed: set[int] = set()
    for case in rows:
        one = cases[case.id]
        if one.outcome.routing != one.start:
            triggers = _change(case, one.start, one.outcome.routing, teams)
            follow += [_follow(trigger, one) for trigger in triggers]
        changed.add(case.id)
        session.add(Change(conversation_id=case.id, kind="rules"))
    session.flush()
    write_handlings(session, [(one.event.conversation_id, one.outcome.routing) for one in acted])
    for one in acted:
        occasion = one.event.occasion if Trigger(one.event.trigger) in REPEATING else ""
        action_runs.plan(session, [(one.post_id, one.outcome)], occasion=occasion)
    fire_many(session, follow)
    clocks.move(session, changed)


def _change(
    case: Conversation, start: Routing, routing: Routing, teams: Mapping[str, int]
) -> list[Trigger]:
    """Change what the rules changed, leave the rest, and tell which triggers that sets off."""
    follow: list[Trigger] = []
    wanted = TRIAGE_TEAM if routing.needs_human and not routing.team else routing.team
    if wanted and wanted != start.team and wanted in teams:
        case.team_id = teams[wanted]
        follow.append(Trigger.CASE_ASSIGNED)
    if routing.priority != start.priority:
        case.priority = PRIORITIES.index(routing.priority)
    if routing.not_ours and not start.not_ours:
        case.state, case.waits = NOT_OURS, False
    if start.not_ours and not routing.not_ours and case.state == NOT_OURS:
        case.state, case.waits = OPEN, True
        follow.append(Trigger.CASE_REOPENED)
    case.needs_approval = case.needs_approval or routing.approval
    kept = (tag for tag in case.tags if tag not in routing.removed)
    case.tags = list(dict.fromkeys((*kept, *routing.tags)))
    return follow


def _follow(trigger: Trigger, one: Decided) -> dict[str, Any]:
    chain = [*one.event.chain, *one.outcome.routing.reasons]
    occasion = f"event:{one.event.id}"
    return make_event(
        trigger, one.event.conversation_id, occasion, post_id=one.post_id, chain=chain
    )

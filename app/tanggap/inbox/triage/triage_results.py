"""Write what triage found: verdicts, rule runs, and the conversation's place in the queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict
from tanggap.inbox.cases.handlings import write_handlings
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.endpoint_events import POST_TRIAGED, note_events
from tanggap.inbox.events.rule_events import event, fire_many
from tanggap.inbox.rulebook import action_runs
from tanggap.inbox.rulebook.rule_runs import Book, Considered, write_runs
from tanggap.rules import Facts, Outcome, Routing, Trigger
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS, OPEN, PRIORITIES, Conversation
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_PENDING, Post, VerdictRow
from tanggap.store.sql import among, hold, insert_rows, update_rows
from tanggap.store.users import team_ids_by_key

TRIAGE_TEAM = "triage"


@dataclass(frozen=True, slots=True)
class Triaged:
    """One post with what the classifier and the rules said of it."""

    post_id: int
    revision: int
    conversation_id: int
    posted_at: datetime
    verdict: Verdict
    certain: bool
    facts: Facts
    outcome: Outcome


@dataclass(slots=True)
class Place:
    """Where a conversation stands in the queue, and what that depends on."""

    id: int
    state: str
    label: str | None
    confidence: float | None
    certain: bool
    language: str | None
    priority: int
    tags: list[Any]
    team_id: int | None
    waits: bool
    needs_approval: bool
    assignee_id: int | None
    first_answered_at: datetime | None
    last_inbound_at: datetime | None
    channel: str
    account_id: int
    visibility: str
    resolved_at: datetime | None
    next_due_at: datetime | None
    next_warn_at: datetime | None
    next_due: str | None

    def values(self) -> dict[str, Any]:
        """Give the part that triage writes."""
        return {
            "id": self.id,
            "state": self.state,
            "label": self.label,
            "confidence": self.confidence,
            "certain": self.certain,
            "language": self.language,
            "priority": self.priority,
            "tags": self.tags,
            "team_id": self.team_id,
            "waits": self.waits,
            "needs_approval": self.needs_approval,
            "next_due_at": self.next_due_at,
            "next_warn_at": self.next_warn_at,
            "next_due": self.next_due,
        }


def write(session: Session, batch: Sequence[Triaged], book: Book) -> list[Triaged]:
    """Write a batch and return the part that was not written before.

    A post that was edited or finished by another worker meanwhile keeps its state.
    """
    # Whoever records posts holds their conversations, too, before it touches posts.
    places = _lock_places(session, batch)
    finished = _finish_posts(session, batch)
    _write(session, finished, places, book)
    return finished


def write_first(session: Session, batch: Sequence[Triaged], book: Book) -> None:
    """Write what was found of posts that this transaction has stored as triaged."""
    _write(session, batch, _lock_places(session, batch), book)


def _write(
    session: Session, batch: Sequence[Triaged], places: Mapping[int, Place], book: Book
) -> None:
    _write_verdicts(session, batch)
    considered = [
        Considered(post_id=one.post_id, revision=one.revision, facts=one.facts, outcome=one.outcome)
        for one in batch
    ]
    write_runs(session, book, considered)
    action_runs.plan(session, [(one.post_id, one.outcome) for one in batch])
    _route(session, batch, places, book.rules.triggers)
    write_handlings(
        session, [(one.conversation_id, one.outcome.routing) for one in _newest_last(batch)]
    )


def _newest_last(batch: Sequence[Triaged]) -> list[Triaged]:
    return sorted(batch, key=attrgetter("posted_at", "post_id"))


def _finish_posts(session: Session, batch: Sequence[Triaged]) -> list[Triaged]:
    current = dict(
        session.execute(
            hold(
                select(Post.id, Post.revision)
                .where(
                    among(session, Post.id, [one.post_id for one in batch]),
                    Post.triage == TRIAGE_PENDING,
                )
                .order_by(Post.id)
            )
        ).all()
    )
    finished = [one for one in batch if current.get(one.post_id) == one.revision]
    session.execute(
        update(Post)
        .where(among(session, Post.id, [one.post_id for one in finished]))
        .values(triage=TRIAGE_DONE, triage_claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    return finished


def _write_verdicts(session: Session, batch: Sequence[Triaged]) -> None:
    rows = [
        {
            "post_id": one.post_id,
            "revision": one.revision,
            "label": one.verdict.label,
            "confidence": one.verdict.confidence,
            "certain": one.certain,
            "probabilities": dict(one.verdict.probabilities),
            "language": one.verdict.language,
            "model_version": one.verdict.model_version,
            "created_at": utcnow(),
        }
        for one in batch
    ]
    insert_rows(session, VerdictRow, rows, key=("post_id", "revision", "model_version"))


def _lock_places(session: Session, batch: Sequence[Triaged]) -> dict[int, Place]:
    rows = session.execute(
        hold(
            select(*(getattr(Conversation, name) for name in Place.__slots__))
            .where(among(session, Conversation.id, {one.conversation_id for one in batch}))
            .order_by(Conversation.id)
        )
    )
    return {row.id: Place(*row) for row in rows}


def _route(
    session: Session,
    batch: Sequence[Triaged],
    places: Mapping[int, Place],
    listens: Collection[Trigger],
) -> None:
    if not batch:
        return
    teams = team_ids_by_key(session)
    ours = {one.conversation_id for one in batch}
    conversations = {id_: place for id_, place in places.items() if id_ in ours}
    events: list[dict[str, Any]] = []
    for one in batch:
        conversation = conversations.get(one.conversation_id)
        if conversation is not None:
            was = None if conversation.label is None else conversation.state
            _place(conversation, one, teams)
            events += _events(conversation, one, was)
    fire_many(session, events, listens)
    note_events(session, [_triaged(one) for one in batch if one.conversation_id in conversations])
    session.flush()
    moved = clocks.move_cases(session, list(conversations.values()))
    rows = [{**place.values(), **moved.due.get(id_, {})} for id_, place in conversations.items()]
    update_rows(session, Conversation, rows)
    changes: list[dict[str, Any]] = [
        {"conversation_id": id_, "kind": "triaged", "at": utcnow()} for id_ in sorted(conversations)
    ]
    insert_rows(session, Change, changes)


def _triaged(one: Triaged) -> dict[str, Any]:
    """Say that a post was labelled, or labelled again after an edit."""
    return {
        "type": POST_TRIAGED,
        "conversation_id": one.conversation_id,
        "post_id": one.post_id,
        "occasion": f"{one.post_id}:{one.revision}",
    }


def _events(place: Place, one: Triaged, was: str | None) -> Iterator[dict[str, Any]]:
    """Say what a triaged post means for its case, which `was` in this state (None: new)."""
    if place.state != NOT_OURS and was in (None, NOT_OURS):
        yield event(Trigger.CASE_OPENED, place.id, one.post_id, post_id=one.post_id)
    answered = place.first_answered_at
    if answered is not None and one.posted_at > answered and one.revision == 1:
        yield event(Trigger.AUTHOR_REPLIED, place.id, one.post_id, post_id=one.post_id)


def _place(conversation: Place, one: Triaged, teams: dict[str, int]) -> None:
    """Let the newest post name the conversation; people's choices stand above the rules'."""
    routing = one.outcome.routing
    first = conversation.label is None
    if first or one.posted_at == conversation.last_inbound_at:
        conversation.label = one.verdict.label
        conversation.confidence = one.verdict.confidence
        conversation.certain = one.certain
        conversation.language = one.verdict.language
    worked_on = conversation.assignee_id is not None or conversation.first_answered_at is not None
    if not worked_on:
        _move(conversation, routing, first, teams)
    else:
        conversation.priority = min(conversation.priority, PRIORITIES.index(routing.priority))
        # Answered before its post was labelled, as in the platform's app: nobody chose a team yet.
        if first and conversation.assignee_id is None and not routing.not_ours:
            conversation.team_id = conversation.team_id or _team_of(routing, teams)
    conversation.needs_approval |= routing.approval
    kept = (tag for tag in conversation.tags if tag not in routing.removed)
    conversation.tags = list(dict.fromkeys((*kept, *routing.tags)))


def _move(conversation: Place, routing: Routing, first: bool, teams: dict[str, int]) -> None:
    """Queue a conversation that nobody works on; a later post can raise it, never sink it."""
    rank, team = PRIORITIES.index(routing.priority), _team_of(routing, teams)
    if routing.not_ours:
        if first:
            conversation.state = NOT_OURS
            conversation.waits = False
            conversation.priority = rank
        return
    if conversation.state == NOT_OURS:
        conversation.state = OPEN
        conversation.waits = True
        conversation.team_id = team
        conversation.priority = rank
    elif first or rank < conversation.priority:
        conversation.team_id = team or conversation.team_id
        conversation.priority = rank


def _team_of(routing: Routing, teams: dict[str, int]) -> int | None:
    return teams.get(
        TRIAGE_TEAM if routing.needs_human and not routing.team else routing.team or ""
    )

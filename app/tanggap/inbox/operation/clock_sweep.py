"""Notice clocks that warn or break, and tell running clocks again after targets changed.

Every step is one short transaction that can be repeated: a clock is marked in the transaction that
tells the rules of it, so that a worker that dies in between leaves it to the next sweep.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from tanggap.inbox.clocks import clock_runs, sla
from tanggap.inbox.clocks.clocks import load_book, move
from tanggap.inbox.events.rule_events import event, fire_many
from tanggap.inbox.operation import clock_bell
from tanggap.inbox.services import Services
from tanggap.rules import Trigger
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow, ClockRun
from tanggap.store.conversations import Conversation
from tanggap.store.posts import TRIAGE_PENDING, Post
from tanggap.store.sole import sole_row
from tanggap.store.sql import among, insert_rows, skip_locked

BATCH: Final = 200
LATE: Final = timedelta(seconds=30)
"""How long clocks wait for the label of a post, which chooses their targets."""
_RUNS: Final = (ClockRow.met_at.is_(None), ClockRow.ended_at.is_(None))


def sweep(services: Services) -> None:
    """Do all that time alone makes due."""
    sla.sync_channels(services)
    while tell_again(services):
        pass
    while tell_unlabelled(services):
        pass
    while notice(services):
        pass


def notice(services: Services, now: datetime | None = None) -> int:
    """Mark a batch of clocks that warn or broke; tells how many."""
    now = now or utcnow()
    with services.database.write() as session:
        broken = _mark(session, now, ClockRow.broken_at, ClockRow.due_at)
        warned = _mark(session, now, ClockRow.warned_at, ClockRow.warn_at)
        broke = {row.id for row in broken}
        cases = {row.conversation_id for row in (*broken, *warned)}
        kinds = dict.fromkeys({row.conversation_id for row in broken}, "clock_broken")
        changes: list[dict[str, Any]] = [
            {"conversation_id": case, "kind": kinds.get(case, "clock_warning"), "at": now}
            for case in sorted(cases)
        ]
        insert_rows(session, Change, changes)
        breaks = [row for row in broken if _in_time(row)]
        warns = [row for row in warned if row.id not in broke and _in_time(row)]
        _tell_rules(session, Trigger.CLOCK_BROKEN, breaks)
        _tell_rules(session, Trigger.CLOCK_WARNING, warns)
        clock_bell.call(session, {clock_bell.BROKE: breaks, clock_bell.WARNS: warns}, now)
    return len(broken) + len(warned)


def tell_again(services: Services, limit: int = BATCH) -> int:
    """Tell a batch of cases again whose clocks run, if targets changed; tells how many."""
    with services.database.write() as session:
        run = session.get(ClockRun, clock_runs.TARGETS, with_for_update=True)
        if run is None:
            return 0
        ids = list(
            session.scalars(
                select(ClockRow.conversation_id)
                .where(*_RUNS, ClockRow.conversation_id > run.after_id)
                .distinct()
                .order_by(ClockRow.conversation_id)
                .limit(limit)
            )
        )
        if ids:
            run.after_id = ids[-1]
            _move(session, ids)
        else:
            session.delete(run)
    return len(ids)


def tell_unlabelled(services: Services, now: datetime | None = None) -> int:
    """Tell cases whose posts nobody has labelled in time, each post once; tells how many posts."""
    late = (Post.triage == TRIAGE_PENDING, Post.received_at < (now or utcnow()) - LATE)
    query = select(Post.id, Post.conversation_id).where(*late).order_by(Post.id).limit(BATCH)
    with services.database.read() as session:
        if session.execute(query.limit(1)).first() is None:
            return 0
    with services.database.write() as session:
        first = {"after_id": 0, "wanted_at": utcnow()}
        run = sole_row(session, ClockRun, {"name": clock_runs.UNLABELLED}, first)
        rows = session.execute(query.where(Post.id > run.after_id)).all()
        if rows:
            run.after_id = rows[-1].id
            _move(session, [row.conversation_id for row in rows if row.conversation_id])
    return len(rows)


def tell_all_again(services: Services, *, measured: bool = False, limit: int = BATCH) -> int:
    """Tell every case again, batch by batch, and count them.

    With `measured`, clocks that were met or ended are measured by the present targets too.
    """
    count, after = 0, 0
    while True:
        with services.database.write() as session:
            ids = list(
                session.scalars(
                    select(Conversation.id)
                    .where(Conversation.id > after)
                    .order_by(Conversation.id)
                    .limit(limit)
                )
            )
            if not ids:
                return count
            if measured:
                session.execute(
                    delete(ClockRow).where(among(session, ClockRow.conversation_id, ids))
                )
            _move(session, ids)
        count, after = count + len(ids), ids[-1]


def _move(session: Session, ids: list[int]) -> None:
    changed = move(session, ids, load_book(session))
    now = utcnow()
    changes: list[dict[str, Any]] = [
        {"conversation_id": id_, "kind": "clocks", "at": now} for id_ in sorted(changed)
    ]
    insert_rows(session, Change, changes)


def _mark(session: Session, now: datetime, mark: Any, moment: Any) -> list[Any]:
    """Mark clocks whose moment has passed; whoever marks one is the only one who does.

    Cases that somebody is changing right now are left to the next sweep: waiting for them while
    holding clocks could end in a deadlock.
    """
    waits: tuple[ColumnElement[bool], ...] = (*_RUNS, mark.is_(None), moment <= now)
    found = session.execute(
        select(ClockRow.id, ClockRow.conversation_id).where(*waits).order_by(moment).limit(BATCH)
    ).all()
    cases = set(
        session.scalars(
            skip_locked(
                session,
                select(Conversation.id)
                .where(among(session, Conversation.id, {row.conversation_id for row in found}))
                .order_by(Conversation.id),
            )
        )
    )
    ids = [row.id for row in found if row.conversation_id in cases]
    if not ids:
        return []
    marked = session.execute(
        update(ClockRow)
        .where(among(session, ClockRow.id, ids), *waits)
        .values({mark: now})
        .returning(
            ClockRow.id,
            ClockRow.conversation_id,
            ClockRow.kind,
            ClockRow.period,
            ClockRow.due_at,
            ClockRow.created_at,
        )
        .execution_options(synchronize_session=False)
    )
    return list(marked.all())


def _in_time(row: Any) -> bool:
    """Tell whether anybody could still have kept the clock when we learned of it."""
    return row.due_at is None or row.due_at > row.created_at


def _tell_rules(session: Session, trigger: Trigger, rows: list[Any]) -> None:
    """Tell the rules, once for each time that a clock is due."""
    fire_many(
        session,
        [
            event(
                trigger,
                row.conversation_id,
                f"{row.kind}-{row.period}-{row.due_at or row.created_at:%Y%m%dT%H%M%S}",
            )
            for row in rows
        ],
    )

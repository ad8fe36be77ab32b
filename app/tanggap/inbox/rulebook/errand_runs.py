"""Carry out rules' errands that need the database alone: many at a time, in one transaction.

An errand and the mark that it is done are written together, so that a worker which dies has done
none of its errands and leaves them all to the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Select, case, false, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tanggap.inbox.case_locks import hold_cases
from tanggap.inbox.rulebook.errands import TOGETHER, Errand, do_together
from tanggap.inbox.services import Services
from tanggap.rules import Notify
from tanggap.store.action_runs import DONE, FAILED, QUEUED, ActionRun
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.sql import among, skip_locked, update_rows

log = structlog.get_logger(__name__)

BATCH: Final = 200


def work_together(services: Services, limit: int = BATCH) -> int:
    """Carry out up to `limit` errands and count them; 0 means that nobody has to do any."""
    with services.database.read() as session:
        waiting = session.execute(_due().limit(limit)).all()
    if not waiting:
        return 0
    with services.database.write() as session:
        # Before their errands, as whoever removes a case does.
        hold_cases(session, {row.conversation_id for row in waiting if row.conversation_id})
        taken = _take(session, [row.id for row in waiting])
        refused = _carry_out(session, list(taken.values()))
        now = utcnow()
        rows = [
            {
                "id": id_,
                "state": FAILED if errand.key in refused else DONE,
                "error": refused.get(errand.key, ""),
                "done_at": now,
            }
            for id_, errand in taken.items()
        ]
        update_rows(session, ActionRun, rows)
    for key, reason in refused.items():
        log.warning("rule action failed", errand=key, reason=reason)
    return len(taken)


def is_due(session: Session) -> bool:
    """Tell whether an errand waits that is done together with others."""
    return session.execute(_due().limit(1)).first() is not None


def is_for_many() -> ColumnElement[bool]:
    """Build the condition of errands that are done together with others."""
    # A plugin's action may have a field of this name that holds anything.
    told = (ActionRun.action == Notify.name, ActionRun.values["email"].as_boolean())
    return ActionRun.action.in_(sorted(TOGETHER)) & ~func.coalesce(case(told), false())


def errand_of(run: ActionRun, conversation_id: int | None) -> Errand:
    """Say what is to be done for a row of the errands."""
    return Errand(
        action=run.action,
        key=f"rule-{run.id}",
        rule_key=run.rule_key,
        rule_version=run.rule_version,
        post_id=run.post_id,
        conversation_id=conversation_id,
        values=dict(run.values),
    )


def _due() -> Select[int, int | None]:
    """Build the query of errands to do now, in the order in which the rules planned them."""
    return (
        select(ActionRun.id, Post.conversation_id)
        .join(Post, Post.id == ActionRun.post_id)
        .where(ActionRun.state == QUEUED, ActionRun.next_try_at <= utcnow(), is_for_many())
        .order_by(ActionRun.id)
    )


def _take(session: Session, ids: Sequence[int]) -> Mapping[int, Errand]:
    """Lock the errands that nobody else is at."""
    mine = among(session, ActionRun.id, ids)
    query = select(ActionRun.id).where(mine, ActionRun.state == QUEUED).order_by(ActionRun.id)
    locked = session.scalars(skip_locked(session, query)).all()
    if not locked:
        return {}
    rows = session.execute(
        select(ActionRun, Post.conversation_id)
        .join(Post, Post.id == ActionRun.post_id)
        .where(among(session, ActionRun.id, locked))
        .order_by(ActionRun.id)
    )
    return {run.id: errand_of(run, conversation_id) for run, conversation_id in rows}


def _carry_out(session: Session, errands: Sequence[Errand]) -> dict[str, str]:
    """Do errands, or one by one where that fails, and say which could not be done and why."""
    try:
        with session.begin_nested():
            refused = do_together(session, errands)
            session.flush()
            return refused
    except OperationalError:
        raise
    except Exception as error:
        if len(errands) == 1:
            log.exception("a rule action cannot be carried out", errand=errands[0].key)
            return {errands[0].key: f"{type(error).__name__}: {error}"}
    found: dict[str, str] = {}
    for errand in errands:
        found |= _carry_out(session, [errand])
    return found

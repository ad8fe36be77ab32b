"""Which targets cases are held to: the policies as they are stored, edited and tried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.clocks import clock_runs
from tanggap.inbox.services import Services
from tanggap.rules.clocks import BY_POLICY, FIELDS, FIRST_ANSWER, CaseFacts, Policy, Target, Warns
from tanggap.rules.clocks.defaults import load_default_policies
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.clocks import SlaPolicy
from tanggap.store.conversations import Conversation
from tanggap.store.sole import sole_row

COLUMNS: Final[Mapping[str, str]] = {"account": "account_id", "team": "team_id"}
"""Where a policy's facts are stored under another name."""


def list_policies(session: Session) -> list[SlaPolicy]:
    """List all policies, the most general first."""
    rows = list(session.scalars(select(SlaPolicy).order_by(SlaPolicy.id)))
    return sorted(rows, key=lambda row: to_policy(row).weight)


def load_policies(session: Session) -> list[Policy]:
    """Load the policies that hold, oldest first."""
    rows = session.scalars(select(SlaPolicy).where(SlaPolicy.enabled).order_by(SlaPolicy.id))
    return [to_policy(row) for row in rows]


def policy_by_id(session: Session, policy_id: int) -> SlaPolicy:
    """Load a policy; raises `NotFoundError`."""
    row = session.get(SlaPolicy, policy_id)
    if row is None:
        raise NotFoundError(f"there is no target policy {policy_id}")
    return row


def facts_of(conversation: Conversation) -> CaseFacts:
    """Say of a case what policies ask."""
    return CaseFacts(
        channel=conversation.channel,
        account=conversation.account_id,
        team=conversation.team_id,
        label=conversation.label,
        priority=conversation.priority_name,
        visibility=conversation.visibility,
    )


def save_policy(
    services: Services,
    policy_id: int | None,
    wanted: Policy,
    *,
    enabled: bool = True,
    version: str = "",
    user_id: int,
) -> int:
    """Store a policy, a new one where there is no id, and have running clocks told again.

    Raises `ConflictError` when somebody changed it since `version` was shown, or when another
    policy is for the same cases.
    """
    with services.database.write() as session:
        row = policy_by_id(session, policy_id) if policy_id is not None else SlaPolicy(targets={})
        if policy_id is not None and version != version_of(row):
            raise ConflictError("somebody changed this target policy a moment ago; look again")
        for other in list_policies(session):
            if other.id != policy_id and dict(to_policy(other).where) == dict(wanted.where):
                raise ConflictError(f"the policy “{other.name}” is for the same cases; change it")
        before = to_data(row) if policy_id is not None else {}
        _fill(row, wanted, enabled=enabled)
        row.changed, row.updated_at = True, utcnow()
        session.add(row)
        session.flush()
        after = to_data(row)
        if before != after:
            _note(session, "sla_policy.changed", row, user_id=user_id, before=before, after=after)
        return row.id


def delete_policy(services: Services, policy_id: int, *, user_id: int) -> None:
    """Delete a policy; one that a channel proposes is switched off, else it would come again.

    Raises `ConflictError` for the one for every case: without it some had no target.
    """
    with services.database.write() as session:
        row = policy_by_id(session, policy_id)
        if not to_policy(row).where:
            raise ConflictError("this policy is for every case and cannot be deleted; change it")
        before = to_data(row)
        if row.proposed_by is not None:
            row.enabled, row.changed, row.updated_at = False, True, utcnow()
        else:
            session.delete(row)
        _note(session, "sla_policy.deleted", row, user_id=user_id, before=before, after={})


def ensure_policies(session: Session) -> None:
    """Create the default policies where there is none."""
    if session.scalar(select(func.count()).select_from(SlaPolicy)):
        return
    for policy in load_default_policies():
        row = SlaPolicy(targets={})
        _fill(row, policy, enabled=True)
        session.add(row)
        session.flush()


def sync_channels(services: Services) -> None:
    """Keep the policies that channels ask for by what their platform rewards.

    One that a person changed, or switched off, stays as it is.
    """
    asked = {
        key: loaded.channel.responsiveness
        for key, loaded in services.registry.channels.items()
        if loaded.channel.responsiveness is not None
    }
    with services.database.read() as session:
        rows = session.scalars(select(SlaPolicy).where(SlaPolicy.proposed_by.is_not(None)))
        known = {row.proposed_by: row for row in rows}
        wanted = {
            key: _proposal(key, services.registry.channels[key].channel.name, part.within, part.to)
            for key, part in asked.items()
            if key not in known
            or (not known[key].changed and known[key].targets != _seconds(part.within))
        }
    if not wanted:
        return
    with services.database.write() as session:
        for key in sorted(wanted):
            row = sole_row(session, SlaPolicy, {"proposed_by": key}, {"targets": {}})
            _fill(row, wanted[key], enabled=True)
        clock_runs.want(session)


def version_of(row: SlaPolicy) -> str:
    """Name what a policy is now, to notice that somebody changed it."""
    return row.updated_at.isoformat()


def to_policy(row: SlaPolicy) -> Policy:
    """Read a policy from its row."""
    where = {name: getattr(row, COLUMNS.get(name, name)) for name in FIELDS}
    warns = None
    if row.warn_share is not None and row.warn_seconds is not None:
        warns = Warns(row.warn_share, timedelta(seconds=row.warn_seconds))
    return Policy(
        ref=str(row.id),
        name=row.name,
        where={name: value for name, value in where.items() if value is not None},
        targets={
            kind: Target(timedelta(seconds=seconds), around_the_clock=bool(around))
            for kind, (seconds, around) in row.targets.items()
        },
        warns=warns,
    )


def to_data(row: SlaPolicy) -> dict[str, Any]:
    """Write what a policy says, for the audit log."""
    names = ("name", "targets", "warn_share", "warn_seconds", "enabled")
    where = {name: getattr(row, COLUMNS.get(name, name)) for name in FIELDS}
    return {name: getattr(row, name) for name in names} | {
        name: value for name, value in where.items() if value is not None
    }


def _fill(row: SlaPolicy, policy: Policy, *, enabled: bool) -> None:
    row.name, row.enabled = policy.name, enabled
    for name in FIELDS:
        setattr(row, COLUMNS.get(name, name), policy.where.get(name))
    row.targets = {
        kind: [round(policy.targets[kind].within.total_seconds()), target.around_the_clock]
        for kind, target in policy.targets.items()
        if kind in BY_POLICY
    }
    row.warn_share = policy.warns.share if policy.warns else None
    row.warn_seconds = round(policy.warns.left.total_seconds()) if policy.warns else None


def _proposal(key: str, name: str, within: timedelta, visibilities: Sequence[str]) -> Policy:
    where: dict[str, str | int] = {"channel": key}
    if len(visibilities) == 1:
        where["visibility"] = visibilities[0]
    targets = {FIRST_ANSWER: Target(within, around_the_clock=True)}
    return Policy(ref=key, name=name, where=where, targets=targets)


def _seconds(within: timedelta) -> dict[str, list[Any]]:
    return {FIRST_ANSWER: [round(within.total_seconds()), True]}


def _note(
    session: Session,
    action: str,
    row: SlaPolicy,
    *,
    user_id: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    detail = {
        "old": {name: before.get(name) for name in changed},
        "new": {name: after.get(name) for name in changed},
    }
    audit.record(session, action, "sla_policy", row.id, user_id=user_id, detail=detail)
    clock_runs.want(session)

"""Limit people to the cases of some teams, of some accounts, or of both at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.people.assigning import return_cases
from tanggap.inbox.people.people import OccupiedError, user_by_id
from tanggap.inbox.people.staffing import OUT_OF_SIGHT
from tanggap.store import audit
from tanggap.store.accounts import Account
from tanggap.store.sight import Sight
from tanggap.store.users import ADMIN, Team


def set_limits(
    session: Session,
    user_id: int,
    team_ids: Collection[int],
    account_ids: Collection[int],
    *,
    by_user_id: int | None,
) -> int | None:
    """Limit a person to cases of these; none of a kind means all of them.

    Their cases that they would not see any more go back to the queue. Returns how many did, None
    where nothing was changed. Raises `ConflictError` for an administrator.
    """
    user = user_by_id(session, user_id)
    wanted = fit_limits(session, user.role, team_ids, account_ids)
    if wanted == user.sight:
        return None
    before = user.sight
    user.only_teams, user.only_accounts = list(wanted.team_ids), list(wanted.account_ids)
    detail = {"before": facts(session, before), "after": facts(session, wanted)}
    audit.record(session, "user.limits_changed", "user", user_id, user_id=by_user_id, detail=detail)
    return return_cases(session, user_id, by_user_id=by_user_id, reason=OUT_OF_SIGHT, beyond=wanted)


def fit_limits(
    session: Session, role: str, team_ids: Collection[int], account_ids: Collection[int]
) -> Sight:
    """Keep the ids that there are; raises `ConflictError` where an administrator would be limited.

    Ids of which none is left would mean everything, so they are refused as they stand.
    """
    teams = sorted(session.scalars(select(Team.id).where(Team.id.in_(team_ids))))
    accounts = sorted(session.scalars(select(Account.id).where(Account.id.in_(account_ids))))
    if (team_ids and not teams) or (account_ids and not accounts):
        raise OccupiedError("limits", "there is no such team or account; nothing was changed")
    found = Sight(tuple(teams), tuple(accounts))
    if found.limited and role == ADMIN:
        raise OccupiedError(
            "limits", "administrators see everything: give the person another role first"
        )
    return found


def facts(session: Session, sight: Sight) -> dict[str, Any]:
    """Name what a person is limited to, as the audit log shows it."""
    teams = dict(session.execute(select(Team.id, Team.key)).all())
    accounts = dict(session.execute(select(Account.id, Account.name)).all())
    return {
        "only_teams": [teams.get(id_, str(id_)) for id_ in sight.team_ids],
        "only_accounts": [accounts.get(id_, str(id_)) for id_ in sight.account_ids],
    }

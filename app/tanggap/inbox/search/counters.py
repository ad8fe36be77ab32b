"""Count what is in which view: each up to a cap, so that counting stays cheap for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from tanggap.inbox.search.search import SOON, URGENT, Filter, conditions_of, is_handed_over
from tanggap.inbox.teamwork.presence_signs import is_unread
from tanggap.store.base import BigId, UtcDateTime, utcnow
from tanggap.store.conversations import OPEN, OWED, STATES, Conversation

COUNT_CAP: Final = 10_000
"""Counters stop here, so that counting stays cheap however long a history is."""

Views = Mapping[str, tuple[ColumnElement[bool], ...]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations are in which view; each at most `COUNT_CAP`."""

    states: Mapping[str, int]
    mine: int
    unassigned: int
    due: int
    teams: Mapping[int, int]
    urgent: int = 0
    my_teams: int = 0
    unread: int = 0
    owed: int = 0
    saved: Mapping[int, int] = field(default_factory=dict)


def count_views(
    session: Session,
    user_id: int,
    team_ids: Sequence[int],
    *,
    my_team_ids: Sequence[int] = (),
    saved: Mapping[int, Filter] | None = None,
) -> Counts:
    """Count every view of the side bar in one query, a person's saved ones in another."""
    values = _values(user_id, team_ids, my_team_ids)
    found = session.execute(_all_views(len(team_ids)), values).mappings().one()
    return _counts(found, team_ids, count_saved(session, saved or {}))


def count_common(session: Session, team_ids: Sequence[int]) -> Counts:
    """Count the views that hold the same for all who see the same cases."""
    found = session.execute(_common(len(team_ids)), _values(0, team_ids, ())).mappings().one()
    return _counts({"mine": 0, "my_teams": 0, "unread": 0, **found}, team_ids, {})


def count_own(
    session: Session,
    common: Counts,
    user_id: int,
    my_team_ids: Sequence[int],
    saved: Mapping[int, Filter],
) -> Counts:
    """Add what is a person's own."""
    found = session.execute(_own(), _values(user_id, (), my_team_ids)).mappings().one()
    return replace(common, **found, saved=count_saved(session, saved))


def count_saved(session: Session, saved: Mapping[int, Filter]) -> Mapping[int, int]:
    """Count what filters show, by their numbers; no query where there are none."""
    if not saved:
        return {}
    views = {str(id_): tuple(conditions_of(session, wanted)) for id_, wanted in saved.items()}
    found = dict(session.execute(count_query(views)).all())
    return {id_: found[str(id_)] for id_ in saved}


def count_filtered(session: Session, wanted: Filter) -> int:
    """Count what a list shows, up to the cap."""
    query = count_query({"all": tuple(conditions_of(session, wanted))})
    return int(session.execute(query).one().n)


def count_query(views: Views) -> Select[str, int]:
    """Build one query that counts each view up to the cap."""
    counted = union_all(
        *(
            select(literal(name).label("view"), func.count().label("n")).select_from(_capped(view))
            for name, view in views.items()
        )
    ).subquery()
    return select(counted.c.view, counted.c.n)


def _capped(conditions: Sequence[ColumnElement[bool]]) -> Any:
    capped = select(literal(1).label("one")).select_from(Conversation).where(*conditions)
    return capped.limit(COUNT_CAP).subquery()


def _counts(found: Mapping[Any, Any], team_ids: Sequence[int], saved: Mapping[int, int]) -> Counts:
    return Counts(
        states={state: found[f"state:{state}"] for state in STATES},
        mine=found["mine"],
        unassigned=found["unassigned"],
        due=found["due"],
        teams={id_: found[f"team:{place}"] for place, id_ in enumerate(team_ids)},
        urgent=found["urgent"],
        my_teams=found["my_teams"],
        unread=found["unread"],
        owed=found["owed"],
        saved=saved,
    )


def _values(user_id: int, team_ids: Sequence[int], my_team_ids: Sequence[int]) -> dict[str, object]:
    teams = {f"team_{place}": id_ for place, id_ in enumerate(team_ids)}
    return {"user": user_id, "my_teams": list(my_team_ids), "soon": utcnow() + SOON, **teams}


# Made once: building such a statement takes longer than running it.
@cache
def _all_views(teams: int) -> Select[Any]:
    return _one_row(_common_views(teams) | _own_views())


@cache
def _common(teams: int) -> Select[Any]:
    return _one_row(_common_views(teams))


@cache
def _own() -> Select[Any]:
    return _one_row(_own_views())


def _one_row(views: Views) -> Select[Any]:
    counted = {
        name: select(func.count()).select_from(_capped(view)) for name, view in views.items()
    }
    return select(*(query.scalar_subquery().label(name) for name, query in counted.items()))


def _common_views(teams: int) -> dict[str, tuple[ColumnElement[bool], ...]]:
    is_open = Conversation.state == OPEN
    soon: Any = bindparam("soon", type_=UtcDateTime())
    return {
        **{f"state:{state}": (Conversation.state == state,) for state in STATES},
        **{
            f"team:{place}": (Conversation.team_id == _number(f"team_{place}"), is_open)
            for place in range(teams)
        },
        "unassigned": (Conversation.assignee_id.is_(None), is_open),
        "due": (Conversation.next_due_at <= soon,),
        "urgent": (Conversation.priority == URGENT, is_open),
        "owed": (is_handed_over(OWED),),
    }


def _own_views() -> dict[str, tuple[ColumnElement[bool], ...]]:
    is_open, user = Conversation.state == OPEN, _number("user")
    mine = Conversation.assignee_id == user
    teams: Any = bindparam("my_teams", type_=BigId, expanding=True)
    return {
        "mine": (mine, is_open),
        "my_teams": (Conversation.team_id.in_(teams), is_open),
        "unread": (mine, is_open, is_unread(user)),
    }


def _number(name: str) -> Any:
    return bindparam(name, type_=BigId)

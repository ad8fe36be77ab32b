"""Filters of the list that people keep under a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, TanggapError
from tanggap.store import audit
from tanggap.store.saved_views import SavedView
from tanggap.store.storable import storable
from tanggap.store.users import TeamMember

MOST: Final = 20
NAME_LONGEST: Final = 80


class UnfitViewError(TanggapError):
    """A view without a name or a filter, or one too many."""


def list_views(session: Session, user_id: int, team_ids: Collection[int]) -> list[SavedView]:
    """List a person's own views and those their teams share."""
    shared = SavedView.team_id.in_(team_ids)
    query = select(SavedView).where(or_(SavedView.user_id == user_id, shared))
    return list(session.scalars(query.order_by(SavedView.name, SavedView.id).limit(2 * MOST)))


def save_view(
    session: Session,
    user_id: int,
    name: str,
    query: Mapping[str, str],
    *,
    team_id: int | None = None,
) -> SavedView:
    """Keep a filter, for oneself or for one of one's teams; the same name takes the place.

    Raises `UnfitViewError`, and `NotFoundError` for a team one is not in.
    """
    name = storable(" ".join(name.split()), NAME_LONGEST)
    own = list(session.scalars(select(SavedView).where(SavedView.user_id == user_id)))
    kept = next((view for view in own if view.name == name), None)
    if not name or not query or (kept is None and len(own) >= MOST):
        raise UnfitViewError(f"a view needs a name and a filter, and a person keeps at most {MOST}")
    if team_id is not None and session.get(TeamMember, (team_id, user_id)) is None:
        raise NotFoundError(f"you are not in the team {team_id}")
    view = kept or SavedView(user_id=user_id, name=name)
    view.query, view.team_id = dict(query), team_id
    session.add(view)
    session.flush()
    audit.record(session, "view.saved", "view", view.id, user_id=user_id)
    return view


def delete_view(session: Session, view_id: int, user_id: int) -> None:
    """Drop one's own view; those who shared it lose it too."""
    view = session.get(SavedView, view_id)
    if view is None or view.user_id != user_id:
        raise NotFoundError(f"there is no view {view_id} of yours")
    session.delete(view)
    audit.record(session, "view.deleted", "view", view_id, user_id=user_id)

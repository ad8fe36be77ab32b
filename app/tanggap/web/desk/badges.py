"""The numbers on the side bar and the bell, read once a request."""

from __future__ import annotations

from flask import Blueprint, g

from tanggap.inbox.desk.badges import Badges, read_badges
from tanggap.store.base import utcnow
from tanggap.web.context import me, services

bp = Blueprint("badges", __name__)


@bp.app_template_global("badges")
def badges() -> Badges:
    """Count what waits for whoever is signed in."""
    kept: Badges | None = g.get("badges")
    if kept is None:
        with services().database.read() as db:
            kept = read_badges(db, me().id, me().team_ids, me().zone, utcnow())
        g.badges = kept
    return kept

"""The side bar of open inboxes: counted and written once for all who see the same of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Final

from flask import render_template
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from tanggap.inbox.search.counters import Counts, count_common, count_own
from tanggap.inbox.search.saved_views import list_views
from tanggap.inbox.search.search import Filter
from tanggap.inbox.teamwork.live import state_of_feed
from tanggap.store.saved_views import SavedView
from tanggap.store.users import Team, list_teams
from tanggap.web.context import me
from tanggap.web.desk.badges import badges
from tanggap.web.filters import ListArgs, read_list_args
from tanggap.web.shared import looks_alike, once, seen_by_all_alike

COUNTED: Final = 1.0
"""Seconds for which counters are kept: what is due soon changes by itself."""

WRITTEN: Final = 60.0


def fresh_side_bar(db: Session, args: ListArgs) -> Markup:
    """Count anew what has changed since somebody counted, and write the side bar."""
    state = state_of_feed(db)
    teams = once(seen_by_all_alike("teams", state), COUNTED, lambda: list_teams(db))
    ids = tuple(team.id for team in teams)
    common = once(seen_by_all_alike("counts", ids, state), COUNTED, lambda: count_common(db, ids))
    saved = list_views(db, me().id, me().team_ids)
    counts = count_own(db, common, me().id, me().team_ids, filters_of(saved))
    return _written(args, counts, saved, teams)


def filters_of(saved: Sequence[SavedView]) -> Mapping[int, Filter]:
    """Read the filters of saved views, by the views' numbers."""
    return {
        view.id: read_list_args(MultiDict(view.query), me().id, me().team_ids).wanted
        for view in saved
    }


def _written(
    args: ListArgs, counts: Counts, saved: Sequence[SavedView], teams: Sequence[Team]
) -> Markup:
    key = looks_alike(
        "side bar",
        me().is_admin,
        tuple(sorted(args.given.items())),
        tuple(sorted(counts.states.items())),
        tuple(sorted(counts.teams.items())),
        tuple(sorted(counts.saved.items())),
        (counts.mine, counts.unassigned, counts.due, counts.urgent),
        (counts.my_teams, counts.unread, counts.owed),
        astuple(badges()),
        tuple((view.id, view.name, tuple(sorted(view.query.items()))) for view in saved),
        tuple((team.id, team.name_id, team.name_en) for team in teams),
    )
    return once(
        key,
        WRITTEN,
        lambda: Markup(  # noqa: S704 - a template's
            render_template(
                "shell/nav.html", args=args, counts=counts, saved_views=saved, teams=teams
            )
        ),
    )

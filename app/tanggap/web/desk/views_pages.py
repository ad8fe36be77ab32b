"""Saved views and the next case."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from tanggap.inbox.search import saved_views
from tanggap.inbox.search.next_case import next_case
from tanggap.store.saved_views import SavedView
from tanggap.store.users import list_teams
from tanggap.web.context import me, services
from tanggap.web.desk.inbox import address_of, address_of_list, list_args
from tanggap.web.filters import read_id, read_list_args

bp = Blueprint("views", __name__)


@bp.get("/views")
def index() -> ResponseReturnValue:
    """List the views the person may open."""
    with services().database.read() as db:
        views = saved_views.list_views(db, me().id, me().team_ids)
        teams = {team.id: team for team in list_teams(db)}
    return render_template("views.html", views=views, team_of=teams)


@bp.post("/views")
def save() -> ResponseReturnValue:
    """Keep the filters of the address under a name."""
    args = read_list_args(request.args, me().id, me().team_ids)
    try:
        with services().database.write() as db:
            view = saved_views.save_view(
                db,
                me().id,
                request.form.get("name", ""),
                dict(args.given),
                team_id=read_id(request.form.get("share")),
            )
        flash(gettext("The view “%(name)s” is saved.", name=view.name))
    except saved_views.UnfitViewError:
        flash(
            gettext("Give the view a name and set a filter first; you keep at most 20 views."),
            "error",
        )
    return redirect(address_of_list(args), 303)


@bp.post("/views/<int:view_id>/delete")
def delete(view_id: int) -> ResponseReturnValue:
    """Drop one's own view."""
    with services().database.write() as db:
        saved_views.delete_view(db, view_id, me().id)
    return redirect(url_for(".index"), 303)


@bp.get("/inbox/next")
def following() -> ResponseReturnValue:
    """Lead to the next case of the list that no colleague is at."""
    args = list_args()
    with services().database.read() as db:
        found = next_case(db, args.wanted, me().id, read_id(request.args.get("from")))
    if found is not None:
        return redirect(address_of(found, args))
    flash(gettext("Nothing is left here that no colleague is at."))
    home = address_of_list(args)
    if "HX-Request" in request.headers:
        return "", 204, {"HX-Redirect": home}
    return redirect(home)


@bp.app_template_global("address_of_view")
def address_of_view(view: SavedView) -> str:
    """Give the address of the list with a view's filters."""
    args = read_list_args(MultiDict(view.query), me().id, me().team_ids)
    return address_of_list(args)

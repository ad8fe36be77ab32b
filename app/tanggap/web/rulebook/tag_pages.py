"""The tags of all cases, as supervisors keep them in order."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from tanggap.inbox.cases.tags import UnfitTagError
from tanggap.inbox.rulebook import tag_admin
from tanggap.rules.action_values import MAX_TAG
from tanggap.web.context import me, services
from tanggap.web.errors import explain

bp = Blueprint("tags", __name__, url_prefix="/admin/tags")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show every tag with how many cases have it and what gives it."""
    return _index()


@bp.post("/rename")
def rename() -> ResponseReturnValue:
    """Give a tag another name everywhere, or make it one with another."""
    tag, name = request.form.get("tag", ""), request.form.get("name", "")
    try:
        count = tag_admin.rename_tag(services(), tag, name, me().id)
    except UnfitTagError as error:
        return _index(tag, explain(error)), 422
    flash(ngettext("Renamed on %(num)d case.", "Renamed on %(num)d cases.", count))
    return redirect(url_for(".index"), 303)


@bp.post("/remove")
def remove() -> ResponseReturnValue:
    """Take a tag off all cases."""
    count = tag_admin.remove_tag(services(), request.form.get("tag", ""), me().id)
    flash(ngettext("Taken off %(num)d case.", "Taken off %(num)d cases.", count))
    return redirect(url_for(".index"), 303)


def _index(wrong: str = "", problem: str = "") -> str:
    with services().database.read() as db:
        tags = tag_admin.list_tags(db)
    return render_template(
        "admin/tags.html",
        tags=tags,
        wrong=wrong,
        problem=problem,
        typed=request.form.get("name", ""),
        max_tag=MAX_TAG,
    )

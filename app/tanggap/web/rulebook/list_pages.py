"""The lists of handles and names that rules read, as people edit them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError
from tanggap.inbox.rulebook import named_lists
from tanggap.rules import InvalidRuleError
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.rulebook.rule_problems import explain_rule

bp = Blueprint("lists", __name__, url_prefix="/admin/lists")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show every list with its entries and the rules that read it."""
    return _index()


@bp.post("")
def save() -> ResponseReturnValue:
    """Store a list, or make a new one."""
    form = request.form
    key = form.get("key", "").strip()
    try:
        named_lists.save_list(
            services(),
            key,
            name_id=form.get("name_id", ""),
            name_en=form.get("name_en", ""),
            entries=form.get("entries", "").splitlines(),
            seen=form.get("seen", ""),
            user_id=me().id,
        )
    except InvalidRuleError as error:
        return _index(form.get("at", key), str(explain_rule(error))), 422
    except ConflictError as error:
        return _index(form.get("at", key), explain(error)), 409
    flash(gettext("Saved. The rules read the list as it is now."))
    return redirect(url_for(".index", _anchor=f"list-{key}"), 303)


@bp.post("/<key>/delete")
def delete(key: str) -> ResponseReturnValue:
    """Delete a list that no rule reads."""
    named_lists.delete_list(services(), key, user_id=me().id)
    flash(gettext("The list is deleted."))
    return redirect(url_for(".index"), 303)


def _index(wrong: str | None = None, problem: str = "") -> str:
    with services().database.read() as db:
        lists = named_lists.list_lists(db)
    return render_template(
        "admin/lists.html", lists=lists, wrong=wrong, problem=problem, typed=request.form
    )

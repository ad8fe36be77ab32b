"""The page on which one thing is done to many conversations."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.cases import conversations, snooze, tags
from tanggap.inbox.search import bulk, search
from tanggap.inbox.search.bulk import Act, Chosen
from tanggap.inbox.search.counters import count_filtered
from tanggap.inbox.teamwork import presence_signs
from tanggap.store.base import utcnow
from tanggap.store.users import list_teams, list_users
from tanggap.web.context import me, services
from tanggap.web.desk.inbox import list_args
from tanggap.web.errors import explain
from tanggap.web.filters import read_id

bp = Blueprint("bulk", __name__, url_prefix="/inbox/bulk")

SHOWN = 100
ACTIONS = {
    "assign": lazy_gettext("Assign"),
    "tag": lazy_gettext("Add the tag"),
    "resolve": lazy_gettext("Resolve"),
    "snooze": lazy_gettext("Snooze"),
    "not_ours": lazy_gettext("Not ours"),
    "unseen": lazy_gettext("Mark as unread"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the list with boxes to tick."""
    return _page()


@bp.post("")
def act() -> ResponseReturnValue:
    """Do it to those that were ticked; to a whole view only after its count was confirmed."""
    name = request.form.get("action", "")
    try:
        action = _action(name)
    except TanggapError as error:
        return _page(problem=explain(error)), 422
    if request.form.get("scope") == "view":
        with services().database.read() as db:
            chosen, more = bulk.choose_view(db, list_args().wanted)
        if read_id(request.form.get("confirmed")) != len(chosen):
            return _page(confirm=(name, len(chosen), more))
    else:
        chosen = _ticked()
    if not chosen:
        return _page(problem=gettext("Tick at least one conversation first.")), 422
    outcome = bulk.act_on(services(), me().id, chosen, action, name=name)
    return _page(outcome=outcome)


def _ticked() -> list[Chosen]:
    found = []
    for written in request.form.getlist("case"):
        case, _, revision = written.partition(":")
        chosen = read_id(case), read_id(revision)
        if chosen[0] is not None and chosen[1] is not None:
            found.append((chosen[0], chosen[1]))
    return found[: bulk.MOST]


def _action(name: str) -> Act:
    """Read what is to be done; raises what a single one would raise for unfit values."""
    user_id = me().id
    if name in ("resolve", "not_ours"):
        return partial(_set_state, "resolved" if name == "resolve" else "not_ours")
    if name == "tag":
        tag = tags.clean_tag(request.form.get("tag", ""))
        return lambda db, id_, _revision: _ignore(tags.change_tags(db, id_, user_id, add=[tag]))
    if name == "assign":
        return _assignment()
    if name == "unseen":
        return lambda db, id_, _revision: presence_signs.mark_unseen(db, user_id, [id_])
    if name == "snooze":
        with services().database.read() as db:
            zone = snooze.zone_of(db, user_id)
        until = snooze.read_until(request.form.get("for", ""), "", zone, utcnow())
        return lambda db, id_, revision: snooze.snooze(db, id_, user_id, revision, until=until)
    raise NotFoundError(f"there is no action {name!r}")


def _assignment() -> Act:
    kind, _, written = request.form.get("to", "").partition(":")
    target = read_id(written)
    if kind == "nobody":
        return lambda db, id_, rev: conversations.assign(db, id_, me().id, rev, assignee_id=None)
    if target is None or kind not in ("team", "person"):
        raise NotFoundError("there is no such team or person")
    if kind == "team":
        return lambda db, id_, rev: conversations.assign(db, id_, me().id, rev, team_id=target)
    return lambda db, id_, rev: conversations.assign(db, id_, me().id, rev, assignee_id=target)


def _set_state(state: str, db: Session, conversation_id: int, revision: int) -> None:
    conversations.set_state(db, conversation_id, me().id, revision, state)


def _ignore(_changed: bool) -> None:
    """Take a change that was there already for done."""


def _page(
    *,
    problem: str = "",
    confirm: tuple[str, int, bool] | None = None,
    outcome: bulk.Outcome | None = None,
) -> str:
    args = list_args()
    with services().database.read() as db:
        page = search.list_conversations(db, args.wanted, after=args.after, size=SHOWN)
        failed = search.split_by_filter(db, args.wanted, list(outcome.failed)) if outcome else ()
        return render_template(
            "bulk.html",
            args=args,
            page=page,
            total=count_filtered(db, args.wanted),
            teams=list_teams(db),
            people=list_users(db),
            actions=ACTIONS,
            problem=problem,
            confirm=confirm,
            outcome=outcome,
            reasons={id_: explain(why) for id_, why in outcome.failed.items()} if outcome else {},
            failed=[row for rows in failed for row in rows],
            form=request.form,
            most=bulk.MOST,
        )

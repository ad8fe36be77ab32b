"""The list of conversations, alone or with one of them open beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from tanggap.errors import MovedError
from tanggap.inbox.desk.conversation_view import ConversationView, Window, read_view
from tanggap.inbox.desk.desk_view import read_desk
from tanggap.inbox.search import search
from tanggap.inbox.search.counters import Counts, count_views
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.saved_views import list_views
from tanggap.inbox.teamwork import live
from tanggap.inbox.teamwork.presence_signs import unread_among
from tanggap.store.conversations import STATES
from tanggap.store.saved_views import SavedView
from tanggap.store.users import Team, list_teams, list_users
from tanggap.web.context import me, services
from tanggap.web.desk.composer_view import Composer, show_composer
from tanggap.web.desk.side_bar import filters_of, fresh_side_bar
from tanggap.web.filters import DUE, ListArgs, read_id, read_list_args
from tanggap.web.i18n import POST_LANGUAGES
from tanggap.web.labels import current_labels

bp = Blueprint("inbox", __name__)

_ROWS_MOST = 100


@dataclass(frozen=True, slots=True)
class Pane:
    """What the list and the side bar show."""

    args: ListArgs
    page: search.Page
    unread_ids: set[int]
    counts: Counts
    saved_views: list[SavedView]
    teams: list[Team]
    cursor: int


@bp.get("/")
def home() -> ResponseReturnValue:
    """Lead to the inbox."""
    return redirect(url_for("inbox.index"))


@bp.get("/inbox")
def index() -> ResponseReturnValue:
    """Show the list, or its next page to a script."""
    args = list_args()
    with services().database.read() as db:
        if _is_fragment("more"):
            page = search.list_conversations(db, args.wanted, after=args.after)
            unread = unread_among(db, me().id, page.rows)
            return render_template(
                "inbox/more.html", page=page, args=args, open_id=None, unread_ids=unread
            )
        pane = read_pane(db, args)
    return render_template("inbox/index.html", view=None, open_id=None, **pane_context(pane))


@bp.get("/inbox/<int:conversation_id>")
def show(conversation_id: int) -> ResponseReturnValue:
    """Show one conversation, as a whole page or as the pane beside the list."""
    args = list_args()
    before, since = (Cursor.read(request.args.get(name, "")) for name in ("before", "since"))
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id, Window(before, since))
        if _is_fragment("older"):
            desk = read_desk(db, view, me().id)
            return render_template("conversation/older.html", args=args, view=view, desk=desk)
        composer = show_composer(db, view)
        if _is_fragment("conversation"):
            parts = open_parts(db, args, view, composer)
            return render_template("conversation/pane.html", **parts)
        return whole_page(db, args, view, composer)


@bp.get("/inbox/rows")
def rows() -> ResponseReturnValue:
    """Show the asked rows, those in the list and those not, with fresh counters; for scripts.

    With `check` it only tells which of them the person still sees.
    """
    args = list_args()
    parts = request.args.get("ids", "").split(",")
    asked = [id_ for part in parts if (id_ := read_id(part)) is not None][:_ROWS_MOST]
    with services().database.read() as db:
        side_bar = fresh_side_bar(db, args)
        if "check" in request.args:
            here = search.still_seen(db, asked)
            return render_template("inbox/still.html", side_bar=side_bar, here=here)
        found, gone = search.split_by_filter(db, args.wanted, asked)
        context = {
            "args": args,
            "page": search.page_of(db, args.wanted, found),
            "gone": gone,
            "unread_ids": unread_among(db, me().id, [*found, *gone]),
            "side_bar": side_bar,
        }
        return render_template("inbox/rows.html", open_id=None, **context)


@bp.app_errorhandler(MovedError)
def follow(error: MovedError) -> ResponseReturnValue:
    """Go on with the conversation that the asked one is part of now."""
    endpoint = str(request.endpoint)
    asked: dict[str, Any] = {**(request.view_args or {}), "conversation_id": error.into}
    if request.method == "GET" and "HX-Request" not in request.headers:
        given: dict[str, Any] = request.args.to_dict()
        return redirect(url_for(endpoint, **(given | asked)))
    view: Callable[..., Any] = current_app.view_functions[endpoint]
    answer = current_app.make_response(view(**asked))
    if endpoint == "inbox.show":
        answer.headers["HX-Push-Url"] = address_of(error.into, list_args())
    return answer


def list_args() -> ListArgs:
    """Read the filters from the present address."""
    return read_list_args(request.args, me().id, me().team_ids)


def read_pane(db: Session, args: ListArgs) -> Pane:
    """Read the list and its surroundings.

    The feed's cursor is read first: what changes while the page is made comes again.
    """
    cursor = live.settled_cursor(db)
    teams, saved = list_teams(db), list_views(db, me().id, me().team_ids)
    page = search.list_conversations(db, args.wanted, after=args.after)
    return Pane(
        args=args,
        page=page,
        unread_ids=unread_among(db, me().id, page.rows),
        counts=_count(db, teams, saved),
        saved_views=saved,
        teams=teams,
        cursor=cursor,
    )


def _count(db: Session, teams: list[Team], saved: list[SavedView]) -> Counts:
    return count_views(
        db,
        me().id,
        [team.id for team in teams],
        my_team_ids=me().team_ids,
        saved=filters_of(saved),
    )


def open_parts(
    db: Session,
    args: ListArgs,
    view: ConversationView,
    composer: Composer,
    teams: Sequence[Team] | None = None,
) -> dict[str, object]:
    """Name the parts of the open conversation as the templates know them."""
    return {
        "args": args,
        "view": view,
        "composer": composer,
        "teams": list_teams(db) if teams is None else teams,
        "people": list_users(db),
        "desk": read_desk(db, view, me().id, unwanted=composer.unwanted),
        "labels": current_labels(),
    }


def whole_page(db: Session, args: ListArgs, view: ConversationView, composer: Composer) -> str:
    """Show the list with an open conversation beside it."""
    pane = read_pane(db, args)
    context = pane_context(pane) | open_parts(db, args, view, composer, pane.teams)
    return render_template("inbox/index.html", open_id=view.conversation.id, **context)


def pane_context(pane: Pane) -> dict[str, object]:
    """Name the parts of the list as the templates know them."""
    return {
        "args": pane.args,
        "page": pane.page,
        "unread_ids": pane.unread_ids,
        "counts": pane.counts,
        "saved_views": pane.saved_views,
        "teams": pane.teams,
        "cursor": pane.cursor,
        "states": STATES,
        "due_choices": tuple(DUE),
        "labels": current_labels(),
        "post_languages": tuple(POST_LANGUAGES),
        "channels": sorted(services().registry.channels),
    }


def address_of(conversation_id: int, args: ListArgs) -> str:
    """Give the address of an open conversation that keeps the list's filters."""
    query = urlencode(dict(args.given))
    path = url_for("inbox.show", conversation_id=conversation_id)
    return f"{path}?{query}" if query else path


def address_of_list(args: ListArgs) -> str:
    """Give the address of the list with its filters."""
    query = urlencode(args.but())
    return f"{url_for('inbox.index')}?{query}" if query else url_for("inbox.index")


def _is_fragment(name: str) -> bool:
    """Tell whether a script asks for this part; going back in history asks for whole pages."""
    if "HX-History-Restore-Request" in request.headers:
        return False
    return request.headers.get("HX-Target") == name

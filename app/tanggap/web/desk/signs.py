"""Signs of who looks at and writes in which conversation, as open browsers send and ask them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from tanggap.inbox.events import notifications
from tanggap.inbox.teamwork import presence_signs
from tanggap.inbox.teamwork.presence_signs import Board
from tanggap.store.sight import EVERYTHING, current, limited_to
from tanggap.web.context import me, services
from tanggap.web.filters import read_id

bp = Blueprint("signs", __name__)

_BOARD_SECONDS = 0.5
_CACHE = "tanggap_signs"


@dataclass(slots=True)
class _Cache:
    """The board as this process read it last: two hundred browsers ask for the same one."""

    board: Board
    until: float


@bp.post("/signs")
def show() -> ResponseReturnValue:
    """Note what a tab shows, how far it was read, and whether something is written there."""
    tab = request.form.get("tab", "")[:32]
    open_id = read_id(request.form.get("open"))
    seen = read_id(request.form.get("seen"))
    with services().database.write() as db:
        if not tab or open_id is None:
            presence_signs.leave(db, me().id, tab)
        else:
            typing = request.form.get("typing") == "1"
            presence_signs.show(db, me().id, tab, open_id, typing=typing)
            if seen:
                presence_signs.mark_seen(db, me().id, open_id, seen)
                notifications.mark_read(db, me().id, conversation_id=open_id)
    current_app.extensions.pop(_CACHE, None)
    return "", 204


def signs_for(user_id: int, known: str | None) -> dict[str, object]:
    """Give the signs of colleagues, unless the browser shows these very ones already."""
    board = _in_sight(_board()).without(user_id)
    if board.mark == known:
        return {}
    people = [
        {
            "conversation": one.conversation_id,
            "name": one.name,
            "initials": one.initials,
            "typing": one.typing,
        }
        for one in board.people
    ]
    return {"signs": people, "signs_mark": board.mark}


def _in_sight(board: Board) -> Board:
    """Leave out what happens in cases that the person does not see."""
    if not current().limited or not board.people:
        return board
    with services().database.read() as db:
        return presence_signs.in_sight(db, board)


def _board() -> Board:
    """Read the board of the whole company, whoever asks."""
    now = time.monotonic()
    cached = cast("_Cache | None", current_app.extensions.get(_CACHE))
    if cached is None or cached.until < now:
        with limited_to(EVERYTHING), services().database.read() as db:
            cached = _Cache(presence_signs.read_board(db), now + _BOARD_SECONDS)
        current_app.extensions[_CACHE] = cached
    return cached.board

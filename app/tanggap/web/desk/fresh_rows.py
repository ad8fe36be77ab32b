"""Rows of cases that have just changed: made once for all browsers that show the same list.

A row is kept under the number of the change that made it fresh. It was read after that change was
stored, and the next change has another number: nobody is shown less than the feed tells them of.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import render_template
from sqlalchemy.orm import Session

from tanggap.inbox.search import search
from tanggap.inbox.teamwork.presence_signs import unread_among
from tanggap.store.conversations import Conversation
from tanggap.web.context import me
from tanggap.web.filters import MINE, ListArgs
from tanggap.web.shared import looks_alike, seen_by_all_alike, shared

KEPT: Final = 15.0
"""Seconds; longer than the feed repeats itself."""

MOST: Final = 20
"""More rows than these a browser asks for by themselves."""


@dataclass(frozen=True, slots=True)
class FreshRow:
    """A case as it was after a change; `conversation` is None where it is not to be seen."""

    conversation: Conversation | None
    fits: bool


def newest_changes(changes: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Map cases to the newest of their changes."""
    return {case: change for change, case in sorted(changes)}


def fresh_rows(db: Session, args: ListArgs, newest: Mapping[int, int]) -> str:
    """Write the rows of cases, those in the list and those not, as `inbox/rows.html` does."""
    found = _read(db, args, newest)
    shown = {case: row for case, row in found.items() if row.conversation is not None}
    cases = [row.conversation for row in shown.values() if row.conversation is not None]
    unread = unread_among(db, me().id, cases)
    parts: dict[bool, list[str]] = {True: [], False: []}
    for case, row in shown.items():
        parts[row.fits].append(_written(args, row, (case, newest[case]), case in unread))
    return render_rows(parts[True], parts[False])


def render_rows(fresh: Iterable[str], gone: Iterable[str]) -> str:
    """Put written rows into the two lists that the page's script looks for."""
    return f'<div id="fresh-rows">{"".join(fresh)}</div><div id="gone-rows">{"".join(gone)}</div>'


def _read(db: Session, args: ListArgs, newest: Mapping[int, int]) -> dict[int, FreshRow]:
    """Give each case as it was after its newest change or later, in the order of the list."""
    place, keys = shared(), {one: _data_key(args, one, newest[one]) for one in newest}
    known = {case: place.get(key) for case, key in keys.items()}
    if None in known.values():
        with place.making:
            known = {case: place.get(key) for case, key in keys.items()}
            missing = [case for case, row in known.items() if row is None]
            fit, others = search.split_by_filter(db, args.wanted, missing)
            made = {row.id: FreshRow(row, fits=True) for row in fit}
            made |= {row.id: FreshRow(row, fits=False) for row in others}
            for case in missing:
                known[case] = made.get(case, _UNSEEN)
                place.put(keys[case], known[case], KEPT)
    return dict(sorted(known.items(), key=lambda item: _place(item[1]), reverse=True))


_UNSEEN: Final = FreshRow(None, fits=False)


def _place(row: FreshRow) -> tuple[float, int]:
    case = row.conversation
    return (case.last_post_at.timestamp(), case.id) if case is not None else (0.0, 0)


def _written(args: ListArgs, row: FreshRow, change: tuple[int, int], unread: bool) -> str:
    key = looks_alike("row", _list_of(args), change, row.fits, unread)
    kept: str | None = shared().get(key)
    if kept is None:
        case = row.conversation
        marks = {case.id} if unread and case is not None else set()
        page = search.Page((case,) if case is not None else (), None)
        kept = render_template(
            "inbox/more.html", page=page, args=args, open_id=None, unread_ids=marks
        )
        shared().put(key, kept, KEPT)
    return kept


def _data_key(args: ListArgs, case: int, change: int) -> Hashable:
    return seen_by_all_alike("case", _list_of(args), case, change)


def _list_of(args: ListArgs) -> Hashable:
    """Name a list; one that means another thing to each person, by that person too."""
    given = tuple(sorted(args.given.items()))
    own = MINE in (args.given.get("assignee"), args.given.get("team")) or "unread" in args.given
    return (given, me().id, tuple(me().team_ids)) if own else (given,)

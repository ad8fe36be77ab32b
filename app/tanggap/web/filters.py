"""Read the filters of the list from an address, and write them back into addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from werkzeug.datastructures import MultiDict

from tanggap.classifier.bundle import LABEL_LENGTH
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.search import ANY, UNASSIGNED, Filter
from tanggap.rules.action_values import MAX_TAG
from tanggap.store.base import utcnow
from tanggap.store.conversations import HANDOVERS, OPEN, PRIORITIES, STATES
from tanggap.web.i18n import POST_LANGUAGES

MINE = "mine"
_WORDS_LONGEST = 200
_NARROWING = ("label", "channel", "language", "tag", "unread")
DUE: Final = {
    "broken": timedelta(),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "all": timedelta(days=3650),
}
"""The choices of the list's filter by clocks, and what of them is due by when."""


@dataclass(frozen=True, slots=True)
class ListArgs:
    """What the address asks for: `given` are the filters as written, `wanted` as meant."""

    given: Mapping[str, str]
    wanted: Filter
    after: Cursor | None

    def but(self, **changes: str | int | None) -> dict[str, str]:
        """Give the filters for an address that differs in some of them; None drops one."""
        merged = {**self.given, **changes}
        return {name: str(value) for name, value in merged.items() if value not in (None, "")}

    @property
    def narrowed(self) -> bool:
        """Whether something beside the view is filtered."""
        return bool(self.wanted.words) or any(name in self.given for name in _NARROWING)


def read_list_args(
    args: MultiDict[str, str], user_id: int, team_ids: Sequence[int] = ()
) -> ListArgs:
    """Read the filters; values that make no sense are left out."""
    given: dict[str, str] = {}
    for name, allowed in (
        ("state", (*STATES, ANY)),
        ("due", tuple(DUE)),
        ("language", tuple(POST_LANGUAGES)),
        ("priority", PRIORITIES),
        ("unread", ("1",)),
        ("handover", HANDOVERS),
    ):
        if args.get(name, "") in allowed:
            given[name] = args[name]
    given |= _texts(args)
    wanted = Filter(
        state=given.get("state", ANY if "due" in given or "handover" in given else OPEN),
        due_by=utcnow() + DUE[given["due"]] if "due" in given else None,
        label=given.get("label"),
        channel=given.get("channel"),
        language=given.get("language"),
        team_id=read_id(given.get("team")),
        team_ids=tuple(team_ids) if given.get("team") == MINE else None,
        priority=PRIORITIES.index(given["priority"]) if "priority" in given else None,
        tag=given.get("tag"),
        handover=given.get("handover"),
        unread_for=user_id if "unread" in given else None,
        assignee=_assignee(given.get("assignee"), user_id),
        words=given.get("q", ""),
    )
    return ListArgs(given, wanted, Cursor.read(args.get("after", "")))


def _texts(args: MultiDict[str, str]) -> dict[str, str]:
    """Read the filters whose values are no short list."""
    given: dict[str, str] = {}
    label = args.get("label", "")
    if 0 < len(label) <= LABEL_LENGTH and label.isprintable():
        given["label"] = label  # old posts bear labels that the active model does not give
    channel = args.get("channel", "")
    if 0 < len(channel) <= 64 and channel.isascii() and channel.isprintable():
        given["channel"] = channel
    team, assignee = args.get("team", ""), args.get("assignee", "")
    if team == MINE or read_id(team) is not None:
        given["team"] = team
    if assignee in (MINE, UNASSIGNED) or read_id(assignee) is not None:
        given["assignee"] = assignee
    tag = args.get("tag", "")
    if 0 < len(tag) <= MAX_TAG and tag.isprintable():
        given["tag"] = tag
    words = " ".join(args.get("q", "").replace("\x00", " ").split())[:_WORDS_LONGEST]
    if words:
        given["q"] = words
    return given


def _assignee(written: str | None, user_id: int) -> int | str | None:
    if written is None or written == UNASSIGNED:
        return written
    return user_id if written == MINE else int(written)


def read_id(written: str | None) -> int | None:
    """Read an id as forms and addresses write it; None for anything no id can be."""
    fits = written is not None and written.isascii() and written.isdigit() and len(written) < 19
    return int(written) if fits and written else None

"""Where the rules send a post."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final, Literal

from tanggap.sdk import views as sdk

Priority = Literal["urgent", "high", "normal", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Whom to look for in the team: with all of the `skills`, the least loaded first.

    `sticky` prefers whoever answered this customer last.
    """

    skills: tuple[str, ...] = ()
    sticky: bool = False


ANYBODY: Final = Pick()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing(sdk.Routing):
    """The routing that observers see, with what only the inbox needs.

    `reasons` are the keys of the rules that matched, in order. A post that is `not_ours` has no
    team and waits for nobody; the actions keep it so. `assignee` is a person's e-mail address and
    excludes `pick`. `removed` are tags to take off the case. `tone` is the formality of answers
    and `template` the key of the one to suggest first; both are empty where no rule says so.
    """

    needs_human: bool = False
    reasons: tuple[str, ...] = ()
    pick: Pick | None = None
    removed: tuple[str, ...] = ()
    tone: str = ""
    template: str = ""
    approval: bool = False


UNROUTED: Final = Routing(team=None, assignee=None, priority="normal")
"""Before any rule: no team, normal priority."""


def changed(routing: Routing, **values: Any) -> Routing:
    """Make a routing with other values, as `dataclasses.replace` would.

    Rules do this some hundred times a post, and this takes a third of the time.
    """
    new = object.__new__(Routing)
    for write, value in zip(_WRITERS.values(), _VALUES(routing), strict=True):
        write(new, value)
    for name, value in values.items():
        _WRITERS[name](new, value)
    return new


_NAMES: Final = tuple(field.name for field in fields(Routing))
_VALUES: Final = attrgetter(*_NAMES)
_WRITERS: Final = {name: getattr(Routing, name).__set__ for name in _NAMES}

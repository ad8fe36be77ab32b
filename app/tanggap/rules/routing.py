"""Where the rules send a post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

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

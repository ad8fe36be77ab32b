"""Where the rules send a post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tanggap.sdk import views as sdk

Priority = Literal["urgent", "high", "normal", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing(sdk.Routing):
    """The routing that observers see, with what only the inbox needs.

    `reasons` are the keys of the rules that matched, in order. A post that is `not_ours` has no
    team and waits for nobody; the actions keep it so.
    """

    needs_human: bool = False
    reasons: tuple[str, ...] = ()


UNROUTED: Final = Routing(team=None, assignee=None, priority="normal")
"""Before any rule: no team, normal priority."""

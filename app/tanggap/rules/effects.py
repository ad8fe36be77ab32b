"""What rules do beside the routing: carried out after it, each once for a version and a post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from tanggap.rules.routing import Routing

Level = Literal["notice", "warning", "incident"]
ASSIGNEE: Final = "assignee"


@dataclass(frozen=True, slots=True)
class Effect:
    """An action that leaves the routing alone and has no argument unless it says so."""

    def apply(self, routing: Routing) -> Routing:
        """Leave the routing alone; a job carries it out."""
        return routing

    def argument(self) -> object:
        """Give nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Notify(Effect):
    """Tell people in the inbox, by e-mail too where `email` says so.

    Exactly one of `team` (a key), `person` (an e-mail address) and `assignee` says whom; the last
    is whoever has the case, or its team where nobody has it.
    """

    name: ClassVar[str] = "notify"
    team: str = ""
    person: str = ""
    assignee: bool = False
    text: str = ""
    email: bool = False

    def argument(self) -> object:
        """Give the team's key alone where that is all, else every field that is set."""
        if self.team and not (self.text or self.email):
            return self.team
        written = {name: getattr(self, name) for name in ("team", "person", ASSIGNEE)}
        return {
            **{name: value for name, value in written.items() if value},
            **({"text": self.text} if self.text else {}),
            **({"email": True} if self.email else {}),
        }


@dataclass(frozen=True, slots=True)
class RaiseAlert(Effect):
    """Put the case on the list of alerts; takes a text, or a text with its level."""

    name: ClassVar[str] = "raise_alert"
    text: str = ""
    level: Level = "warning"

    def argument(self) -> object:
        """Give the text, with the level unless it is a warning."""
        return self.text if self.level == "warning" else {"text": self.text, "level": self.level}


@dataclass(frozen=True, slots=True)
class Hide(Effect):
    """Hide the post on its platform, where the platform lets us."""

    name: ClassVar[str] = "hide"


@dataclass(frozen=True, slots=True)
class PauseClock(Effect):
    """Pause a clock of the case; takes its kind, or `all`."""

    name: ClassVar[str] = "pause_clock"
    clock: str = "all"

    def argument(self) -> object:
        """Give the kind of clock."""
        return self.clock


@dataclass(frozen=True, slots=True)
class ResumeClock(Effect):
    """Let a clock that was paused run again; takes its kind, or `all`."""

    name: ClassVar[str] = "resume_clock"
    clock: str = "all"

    def argument(self) -> object:
        """Give the kind of clock."""
        return self.clock


@dataclass(frozen=True, slots=True)
class StartClock(Effect):
    """Hold the case to a target of its own; takes the kind of clock, and the time it has."""

    name: ClassVar[str] = "start_clock"
    clock: str = ""
    within: str = ""

    def argument(self) -> object:
        """Give the kind of clock and its time."""
        return {"clock": self.clock, "within": self.within}


@dataclass(frozen=True, slots=True)
class Call(Effect):
    """Have a plugin do something; takes the name of the action, or that with its fields."""

    name: ClassVar[str] = "call"
    action: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def argument(self) -> object:
        """Give the action's name, with its fields if it has any."""
        return {"action": self.action, **dict(self.values)} if self.values else self.action


@dataclass(frozen=True, slots=True)
class Stop(Effect):
    """Consider no later rule for this post; must be the last action of its rule."""

    name: ClassVar[str] = "stop"

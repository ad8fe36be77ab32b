"""What rules change of a routing: pure and idempotent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from tanggap.rules.routing import ANYBODY, Pick, Priority, Routing, changed


class Action(Protocol):
    """One step of a rule; applying it twice is the same as applying it once."""

    name: ClassVar[str]

    def apply(self, routing: Routing) -> Routing:
        """Change the routing."""
        ...

    def argument(self) -> object:
        """Give the argument as it is written; None for an action that has none."""
        ...


@dataclass(frozen=True, slots=True)
class AssignTeam:
    """Give the post to a team; takes the key of the team. Undoes `mark_not_ours`."""

    name: ClassVar[str] = "assign_team"
    team: str

    def apply(self, routing: Routing) -> Routing:
        """Set the team."""
        if routing.team == self.team and not routing.not_ours:
            return routing
        return changed(routing, team=self.team, not_ours=False)

    def argument(self) -> object:
        """Give the team's key."""
        return self.team


@dataclass(frozen=True, slots=True)
class AssignPerson:
    """Give the post to a person; takes the e-mail address. Undoes `assign_by_load`."""

    name: ClassVar[str] = "assign_person"
    email: str

    def apply(self, routing: Routing) -> Routing:
        """Set the person."""
        return changed(routing, assignee=self.email, pick=None, not_ours=False)

    def argument(self) -> object:
        """Give the person's e-mail address."""
        return self.email


@dataclass(frozen=True, slots=True)
class AssignByLoad:
    """Give the post to whoever of the team is on shift, has the skills and the least to do."""

    name: ClassVar[str] = "assign_by_load"
    pick: Pick = ANYBODY

    def apply(self, routing: Routing) -> Routing:
        """Ask for somebody who fits."""
        return changed(routing, assignee=None, pick=self.pick, not_ours=False)

    def argument(self) -> object:
        """Give the skills and whether the last agent comes first; None for neither."""
        written: dict[str, object] = {}
        if self.pick.skills:
            written["skills"] = list(self.pick.skills)
        if self.pick.sticky:
            written["sticky"] = True
        return written or None


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Set the priority; takes `urgent`, `high`, `normal` or `low`."""

    name: ClassVar[str] = "set_priority"
    priority: Priority

    def apply(self, routing: Routing) -> Routing:
        """Set the priority."""
        if routing.priority == self.priority:
            return routing
        return changed(routing, priority=self.priority)

    def argument(self) -> object:
        """Give the priority."""
        return self.priority


@dataclass(frozen=True, slots=True)
class AddTags:
    """Add tags to the case; takes a list of texts. A tag that is there already stays once."""

    name: ClassVar[str] = "add_tags"
    tags: tuple[str, ...]

    def apply(self, routing: Routing) -> Routing:
        """Append the tags that are new."""
        new = [tag for tag in self.tags if tag not in routing.tags]
        back = [tag for tag in routing.removed if tag in self.tags] if routing.removed else []
        if not new and not back:
            return routing
        removed = tuple(tag for tag in routing.removed if tag not in back)
        return changed(routing, tags=(*routing.tags, *dict.fromkeys(new)), removed=removed)

    def argument(self) -> object:
        """Give the tags."""
        return list(self.tags)


@dataclass(frozen=True, slots=True)
class RemoveTags:
    """Take tags off the case; takes a list of texts. A tag that is not there is passed over."""

    name: ClassVar[str] = "remove_tags"
    tags: tuple[str, ...]

    def apply(self, routing: Routing) -> Routing:
        """Drop the tags, also those that the case has from before."""
        kept = tuple(tag for tag in routing.tags if tag not in self.tags)
        removed = tuple(dict.fromkeys((*routing.removed, *self.tags)))
        return changed(routing, tags=kept, removed=removed)

    def argument(self) -> object:
        """Give the tags."""
        return list(self.tags)


@dataclass(frozen=True, slots=True)
class SetToneProfile:
    """Have answers sound so, whatever the account's profile; `formal`, `neutral` or `casual`."""

    name: ClassVar[str] = "set_tone_profile"
    formality: str

    def apply(self, routing: Routing) -> Routing:
        """Set the formality."""
        return changed(routing, tone=self.formality)

    def argument(self) -> object:
        """Give the formality."""
        return self.formality


@dataclass(frozen=True, slots=True)
class SuggestTemplate:
    """Suggest a template before all others; takes its key."""

    name: ClassVar[str] = "suggest_template"
    template: str

    def apply(self, routing: Routing) -> Routing:
        """Set the template."""
        return changed(routing, template=self.template)

    def argument(self) -> object:
        """Give the template's key."""
        return self.template


@dataclass(frozen=True, slots=True)
class RequireApproval:
    """Have a supervisor approve the answers of this case before they are sent."""

    name: ClassVar[str] = "require_approval"

    def apply(self, routing: Routing) -> Routing:
        """Ask for approval."""
        return changed(routing, approval=True)

    def argument(self) -> object:
        """Give nothing."""
        return None


@dataclass(frozen=True, slots=True)
class MarkNotOurs:
    """Take the post out of the queue; it stays findable.

    Undoes the team, the person and `request_human`.
    """

    name: ClassVar[str] = "mark_not_ours"

    def apply(self, routing: Routing) -> Routing:
        """Leave the post to nobody."""
        return changed(
            routing, not_ours=True, team=None, assignee=None, pick=None, needs_human=False
        )

    def argument(self) -> object:
        """Give nothing."""
        return None


@dataclass(frozen=True, slots=True)
class RequestHuman:
    """Ask a person to check the label before anything else. Undoes `mark_not_ours`."""

    name: ClassVar[str] = "request_human"

    def apply(self, routing: Routing) -> Routing:
        """Ask for a person."""
        return changed(routing, needs_human=True, not_ours=False)

    def argument(self) -> object:
        """Give nothing."""
        return None

"""What a rule does: pure, idempotent changes of a routing, and their written form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Protocol, get_args

from tanggap.rules.problems import InvalidRuleError, closest
from tanggap.rules.routing import Priority, Routing

KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
PLUGIN_ACTION: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}\.[a-z][a-z0-9_-]{0,62}")
MAX_VALUE: Final = 4_000
MAX_ACTIONS: Final = 20
MAX_TAGS: Final = 20
MAX_TAG: Final = 50


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
        return replace(routing, team=self.team, not_ours=False)

    def argument(self) -> object:
        """Give the team's key."""
        return self.team


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Set the priority; takes `urgent`, `high`, `normal` or `low`."""

    name: ClassVar[str] = "set_priority"
    priority: Priority

    def apply(self, routing: Routing) -> Routing:
        """Set the priority."""
        if routing.priority == self.priority:
            return routing
        return replace(routing, priority=self.priority)

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
        new = [tag for tag in dict.fromkeys(self.tags) if tag not in routing.tags]
        return replace(routing, tags=(*routing.tags, *new)) if new else routing

    def argument(self) -> object:
        """Give the tags."""
        return list(self.tags)


@dataclass(frozen=True, slots=True)
class MarkNotOurs:
    """Take the post out of the queue; it stays findable. Undoes the team and `request_human`."""

    name: ClassVar[str] = "mark_not_ours"

    def apply(self, routing: Routing) -> Routing:
        """Leave the post to nobody."""
        return replace(routing, not_ours=True, team=None, needs_human=False)

    def argument(self) -> object:
        """Give nothing."""
        return None


@dataclass(frozen=True, slots=True)
class RequestHuman:
    """Ask a person to check the label before anything else. Undoes `mark_not_ours`."""

    name: ClassVar[str] = "request_human"

    def apply(self, routing: Routing) -> Routing:
        """Ask for a person."""
        return replace(routing, needs_human=True, not_ours=False)

    def argument(self) -> object:
        """Give nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """Have a plugin do something; takes the name of the action, or that with its fields.

    It is carried out after everything else, and leaves the routing alone.
    """

    name: ClassVar[str] = "call"
    action: str
    values: tuple[tuple[str, str], ...] = ()

    def apply(self, routing: Routing) -> Routing:
        """Leave the routing alone; a job carries it out."""
        return routing

    def argument(self) -> object:
        """Give the action's name, with its fields if it has any."""
        return {"action": self.action, **dict(self.values)} if self.values else self.action


@dataclass(frozen=True, slots=True)
class Stop:
    """Consider no later rule for this post; must be the last action of its rule."""

    name: ClassVar[str] = "stop"

    def apply(self, routing: Routing) -> Routing:
        """Leave the routing alone; the engine ends after this rule."""
        return routing

    def argument(self) -> object:
        """Give nothing."""
        return None


PLAIN: Final[dict[str, Action]] = {
    action.name: action for action in (MarkNotOurs(), RequestHuman(), Stop())
}
ACTIONS: Final = ("assign_team", "set_priority", "add_tags", "call", *PLAIN)
"""The name of every action."""


def actions_to_data(actions: Sequence[Action]) -> list[Any]:
    """Write actions as values that JSON and YAML know."""
    return [
        action.name if action.argument() is None else {action.name: action.argument()}
        for action in actions
    ]


def actions_from_data(data: object) -> tuple[Action, ...]:
    """Read actions; raises `InvalidRuleError` naming the action by its number."""
    if not isinstance(data, list) or not data:
        raise InvalidRuleError(
            "expected a list of actions",
            "Write at least one, such as - assign_team: care.",
            field="actions",
        )
    if len(data) > MAX_ACTIONS:
        raise InvalidRuleError(
            f"{len(data)} actions, at most {MAX_ACTIONS} allowed",
            "Split the rule.",
            field="actions",
        )
    actions = tuple(_read(entry, f"action {number}") for number, entry in enumerate(data, 1))
    for number, action in enumerate(actions[:-1], 1):
        if isinstance(action, Stop):
            raise InvalidRuleError(
                "stop is not the last action", "Move stop to the end.", field=f"action {number}"
            )
    return actions


def _read(entry: object, field: str) -> Action:
    if isinstance(entry, str):
        name, argument = entry, None
    elif isinstance(entry, dict) and len(entry) == 1:
        ((name, argument),) = entry.items()
    else:
        raise InvalidRuleError(
            "expected the name of an action, or one name with its argument",
            "Write for example - stop, or - assign_team: care.",
            field=field,
        )
    if name not in ACTIONS:
        raise InvalidRuleError(f"no action {name!r}", closest(str(name), ACTIONS), field=field)
    try:
        return _build(name, argument)
    except InvalidRuleError as error:
        raise error.at(field=f"{field} ({name})") from error


def _build(name: str, argument: object) -> Action:
    if name == AssignTeam.name:
        return AssignTeam(_team(argument))
    if name == SetPriority.name:
        return SetPriority(_priority(argument))
    if name == AddTags.name:
        return AddTags(_tags(argument))
    if name == Call.name:
        return _call(argument)
    if argument is not None:
        raise InvalidRuleError("takes no argument", f"Write only - {name}.")
    return PLAIN[name]


def _call(value: object) -> Call:
    written = dict(value) if isinstance(value, dict) else {"action": value}
    action = written.pop("action", None)
    if not isinstance(action, str) or not PLUGIN_ACTION.fullmatch(action):
        raise InvalidRuleError(
            f"expected the name of a plugin's action, got {action!r}",
            "Write for example - call: {action: notify.post, url: https://…}.",
        )
    values: list[tuple[str, str]] = []
    for name, text in written.items():
        if not isinstance(name, str) or not isinstance(text, str) or len(text) > MAX_VALUE:
            raise InvalidRuleError(
                f"the field {name!r} of {action} must be a text of at most {MAX_VALUE} characters",
                "Put quotes around numbers and words such as yes and no.",
            )
        values.append((name, text))
    return Call(action, tuple(sorted(values)))


def _team(value: object) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidRuleError(
            f"expected the key of a team, got {value!r}",
            "A key is lower-case letters, digits, - and _, such as care.",
        )
    return value


def _priority(value: object) -> Priority:
    for known in get_args(Priority):
        if value == known:
            priority: Priority = known
            return priority
    raise InvalidRuleError(f"no priority {value!r}", closest(str(value), get_args(Priority)))


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TAGS:
        raise InvalidRuleError(
            f"expected a list of 1 to {MAX_TAGS} tags", "Write for example [regulator]."
        )
    for tag in value:
        if not isinstance(tag, str) or not _is_tag(tag):
            raise InvalidRuleError(
                f"{tag!r} cannot be a tag",
                f"Use 1 to {MAX_TAG} printable characters without spaces around; put quotes "
                "around words such as yes, no, on and numbers.",
            )
    return tuple(dict.fromkeys(value))


def _is_tag(tag: str) -> bool:
    return 0 < len(tag) <= MAX_TAG and tag.isprintable() and tag == tag.strip()

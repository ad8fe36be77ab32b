"""What a rule does, and the written form of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

from tanggap.rules.action_values import (
    KEY,
    read_email,
    read_fields,
    read_flag,
    read_formality,
    read_priority,
    read_tags,
    read_team,
    read_template,
    read_text,
)
from tanggap.rules.clocks.clock import KINDS
from tanggap.rules.effects import (
    ASSIGNEE,
    Call,
    Hide,
    Level,
    Notify,
    PauseClock,
    RaiseAlert,
    ResumeClock,
    StartClock,
    Stop,
)
from tanggap.rules.problems import InvalidRuleError, closest
from tanggap.rules.routing import Pick
from tanggap.rules.routing_actions import (
    Action,
    AddTags,
    AssignByLoad,
    AssignPerson,
    AssignTeam,
    MarkNotOurs,
    RemoveTags,
    RequestHuman,
    RequireApproval,
    SetPriority,
    SetToneProfile,
    SuggestTemplate,
)
from tanggap.rules.timing import parse_wait

__all__ = [
    "ACTIONS",
    "KEY",
    "PLAIN",
    "Action",
    "AddTags",
    "AssignByLoad",
    "AssignPerson",
    "AssignTeam",
    "Call",
    "Hide",
    "MarkNotOurs",
    "Notify",
    "PauseClock",
    "RaiseAlert",
    "RemoveTags",
    "RequestHuman",
    "RequireApproval",
    "ResumeClock",
    "SetPriority",
    "SetToneProfile",
    "StartClock",
    "Stop",
    "SuggestTemplate",
    "actions_from_data",
    "actions_to_data",
]

PLUGIN_ACTION: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}\.[a-z][a-z0-9_-]{0,62}")
MAX_VALUE: Final = 4_000
MAX_ACTIONS: Final = 20
ALL_CLOCKS: Final = "all"

PLAIN: Final[dict[str, Action]] = {
    action.name: action
    for action in (RequireApproval(), Hide(), MarkNotOurs(), RequestHuman(), Stop())
}


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
    if name in _BUILDERS:
        return _BUILDERS[name](argument)
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


def _pick(value: object) -> Pick:
    fields = read_fields({} if value is None else value, ("skills", "sticky"))
    return Pick(
        skills=read_tags(fields["skills"], "skills") if "skills" in fields else (),
        sticky=read_flag(fields, "sticky"),
    )


def _notify(value: object) -> Notify:
    whom = ("team", "person", ASSIGNEE)
    fields = read_fields(
        {"team": value} if isinstance(value, str) else value, (*whom, "text", "email")
    )
    named = [name for name in whom if name in fields]
    if len(named) != 1:
        raise InvalidRuleError(
            "expected one of team, person and assignee",
            "Write for example - notify: care, or - notify: {assignee: true, text: …}.",
        )
    if ASSIGNEE in fields and not read_flag(fields, ASSIGNEE):
        raise InvalidRuleError("assignee can only be true", "Write assignee: true.")
    return Notify(
        team=read_team(fields["team"]) if "team" in fields else "",
        person=read_email(fields["person"]) if "person" in fields else "",
        assignee=read_flag(fields, ASSIGNEE),
        text=read_text(fields["text"]) if "text" in fields else "",
        email=read_flag(fields, "email"),
    )


def _alert(value: object) -> RaiseAlert:
    fields = read_fields({"text": value} if isinstance(value, str) else value, ("text", "level"))
    if "text" not in fields:
        raise InvalidRuleError("the text is missing", "Write for example - raise_alert: Read this.")
    level = fields.get("level", "warning")
    for known in get_args(Level):
        if level == known:
            return RaiseAlert(read_text(fields["text"]), known)
    raise InvalidRuleError(f"no level {level!r}", closest(str(level), get_args(Level)))


def _clock(value: object) -> str:
    if value not in (*KINDS, ALL_CLOCKS):
        raise InvalidRuleError(f"no clock {value!r}", closest(str(value), (*KINDS, ALL_CLOCKS)))
    return str(value)


def _start_clock(value: object) -> StartClock:
    fields = read_fields(value, ("clock", "within"))
    clock = fields.get("clock")
    if clock not in KINDS:
        raise InvalidRuleError(f"no clock {clock!r}", closest(str(clock), KINDS))
    within = read_text(fields.get("within"))
    parse_wait(within)
    return StartClock(str(clock), within)


_BUILDERS: Final[dict[str, Callable[[object], Action]]] = {
    AssignTeam.name: lambda value: AssignTeam(read_team(value)),
    AssignPerson.name: lambda value: AssignPerson(read_email(value)),
    AssignByLoad.name: lambda value: AssignByLoad(_pick(value)),
    SetPriority.name: lambda value: SetPriority(read_priority(value)),
    AddTags.name: lambda value: AddTags(read_tags(value)),
    RemoveTags.name: lambda value: RemoveTags(read_tags(value)),
    SetToneProfile.name: lambda value: SetToneProfile(read_formality(value)),
    SuggestTemplate.name: lambda value: SuggestTemplate(read_template(value)),
    Notify.name: _notify,
    RaiseAlert.name: _alert,
    PauseClock.name: lambda value: PauseClock(_clock(value)),
    ResumeClock.name: lambda value: ResumeClock(_clock(value)),
    StartClock.name: _start_clock,
    Call.name: _call,
}
ACTIONS: Final = (*_BUILDERS, *PLAIN)
"""The name of every action."""

"""What a rule does, and the written form of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from tanggap.rules.effects import ASSIGNEE, Call, Hide, Level, Notify, RaiseAlert, Stop
from tanggap.rules.problems import InvalidRuleError, choices, closest
from tanggap.rules.routing import Pick, Priority
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
from tanggap.sdk.types import Formality

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
    "RaiseAlert",
    "RemoveTags",
    "RequestHuman",
    "RequireApproval",
    "SetPriority",
    "SetToneProfile",
    "Stop",
    "SuggestTemplate",
    "actions_from_data",
    "actions_to_data",
]

KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
EMAIL: Final = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,190}")
PLUGIN_ACTION: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}\.[a-z][a-z0-9_-]{0,62}")
MAX_VALUE: Final = 4_000
MAX_TEXT: Final = 500
MAX_ACTIONS: Final = 20
MAX_TAGS: Final = 20
MAX_TAG: Final = 50
FORMALITIES: Final = tuple(formality.value for formality in Formality)

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
    fields = _fields({} if value is None else value, ("skills", "sticky"))
    return Pick(
        skills=_tags(fields["skills"], "skills") if "skills" in fields else (),
        sticky=_flag(fields, "sticky"),
    )


def _notify(value: object) -> Notify:
    whom = ("team", "person", ASSIGNEE)
    fields = _fields({"team": value} if isinstance(value, str) else value, (*whom, "text", "email"))
    named = [name for name in whom if name in fields]
    if len(named) != 1:
        raise InvalidRuleError(
            "expected one of team, person and assignee",
            "Write for example - notify: care, or - notify: {assignee: true, text: …}.",
        )
    if ASSIGNEE in fields and not _flag(fields, ASSIGNEE):
        raise InvalidRuleError("assignee can only be true", "Write assignee: true.")
    return Notify(
        team=_team(fields["team"]) if "team" in fields else "",
        person=_email(fields["person"]) if "person" in fields else "",
        assignee=_flag(fields, ASSIGNEE),
        text=_text(fields["text"]) if "text" in fields else "",
        email=_flag(fields, "email"),
    )


def _alert(value: object) -> RaiseAlert:
    fields = _fields({"text": value} if isinstance(value, str) else value, ("text", "level"))
    if "text" not in fields:
        raise InvalidRuleError("the text is missing", "Write for example - raise_alert: Read this.")
    level = fields.get("level", "warning")
    for known in get_args(Level):
        if level == known:
            return RaiseAlert(_text(fields["text"]), known)
    raise InvalidRuleError(f"no level {level!r}", closest(str(level), get_args(Level)))


def _fields(value: object, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRuleError(f"expected fields, got {value!r}", choices(known))
    for name in value:
        if name not in known:
            raise InvalidRuleError(f"no field {name!r}", closest(str(name), known))
    return value


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise InvalidRuleError(f"{name} must be yes or no, got {value!r}", "Write true or false.")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_TEXT:
        raise InvalidRuleError(
            f"expected a text of 1 to {MAX_TEXT} characters, got {value!r}", "Put quotes around it."
        )
    return value


def _team(value: object) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidRuleError(
            f"expected the key of a team, got {value!r}",
            "A key is lower-case letters, digits, - and _, such as care.",
        )
    return value


def _email(value: object) -> str:
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise InvalidRuleError(
            f"expected the e-mail address of a person, got {value!r}",
            "Write the address the person signs in with, such as ayu@contoh.example.",
        )
    return value.lower()


def _template(value: object) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidRuleError(
            f"expected the key of a template, got {value!r}",
            "A key is lower-case letters, digits, - and _, such as ack-outage.",
        )
    return value


def _formality(value: object) -> str:
    if value not in FORMALITIES:
        raise InvalidRuleError(f"no tone {value!r}", closest(str(value), FORMALITIES))
    return str(value)


def _priority(value: object) -> Priority:
    for known in get_args(Priority):
        if value == known:
            priority: Priority = known
            return priority
    raise InvalidRuleError(f"no priority {value!r}", closest(str(value), get_args(Priority)))


def _tags(value: object, what: str = "tags") -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TAGS:
        raise InvalidRuleError(
            f"expected a list of 1 to {MAX_TAGS} {what}", "Write for example [regulator]."
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


_BUILDERS: Final[dict[str, Callable[[object], Action]]] = {
    AssignTeam.name: lambda value: AssignTeam(_team(value)),
    AssignPerson.name: lambda value: AssignPerson(_email(value)),
    AssignByLoad.name: lambda value: AssignByLoad(_pick(value)),
    SetPriority.name: lambda value: SetPriority(_priority(value)),
    AddTags.name: lambda value: AddTags(_tags(value)),
    RemoveTags.name: lambda value: RemoveTags(_tags(value)),
    SetToneProfile.name: lambda value: SetToneProfile(_formality(value)),
    SuggestTemplate.name: lambda value: SuggestTemplate(_template(value)),
    Notify.name: _notify,
    RaiseAlert.name: _alert,
    Call.name: _call,
}
ACTIONS: Final = (*_BUILDERS, *PLAIN)
"""The name of every action."""

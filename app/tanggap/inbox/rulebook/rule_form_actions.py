"""A rule's actions as fields of a form, and back; an action unknown here is typed as YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

from tanggap.inbox.rulebook.rule_form_timing import check_wait, read_within
from tanggap.rules.actions import ACTIONS, PLAIN
from tanggap.rules.problems import InvalidRuleError
from tanggap.store.storable import storable

Kind = Literal[
    "team",
    "person",
    "priority",
    "tags",
    "formality",
    "template",
    "whom",
    "level",
    "clock",
    "clocks",
    "line",
    "length",
    "flag",
    "plugin",
    "yaml",
]
MOST_ACTIONS: Final = 20
CHOSEN: Final[frozenset[Kind]] = frozenset(
    {"team", "person", "priority", "formality", "template", "whom", "clock", "clocks", "plugin"}
)
"""The kinds that are chosen from a list."""

ANY: Final = "yaml"


@dataclass(frozen=True, slots=True)
class Input:
    """One value of an action; `kind` says how it is asked for."""

    name: str
    kind: Kind


INPUTS: Final[dict[str, tuple[Input, ...]]] = {
    "assign_team": (Input("team", "team"),),
    "assign_person": (Input("person", "person"),),
    "assign_by_load": (Input("skills", "tags"), Input("sticky", "flag")),
    "set_priority": (Input("priority", "priority"),),
    "add_tags": (Input("tags", "tags"),),
    "remove_tags": (Input("tags", "tags"),),
    "set_tone_profile": (Input("formality", "formality"),),
    "suggest_template": (Input("template", "template"),),
    "notify": (Input("whom", "whom"), Input("text", "line"), Input("email", "flag")),
    "raise_alert": (Input("text", "line"), Input("level", "level")),
    "pause_clock": (Input("clock", "clocks"),),
    "resume_clock": (Input("clock", "clocks"),),
    "start_clock": (Input("clock", "clock"), Input("within", "length")),
    "call": (Input("action", "plugin"),),
}


@dataclass(frozen=True, slots=True)
class ActionFields:
    """One action as its form holds it."""

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)


def inputs_of(name: str) -> tuple[Input, ...]:
    """List what an action asks for; one that is not known here asks for YAML."""
    if name in INPUTS:
        return INPUTS[name]
    return () if name in PLAIN or name not in ACTIONS else (Input(ANY, "yaml"),)


def write_action(entry: object) -> ActionFields:
    """Write an action, as rules store it, as the fields of its form."""
    if not isinstance(entry, dict):
        return ActionFields(str(entry))
    ((name, value),) = entry.items()
    if name in _WRITERS:
        return ActionFields(name, _WRITERS[name](value))
    wanted = inputs_of(name)
    if len(wanted) == 1 and wanted[0].kind != "yaml":
        text = ", ".join(value) if isinstance(value, list) else str(value)
        return ActionFields(name, {wanted[0].name: text})
    written = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True).strip()
    return ActionFields(name, {ANY: written.removesuffix("...").strip()})


def read_action(typed: ActionFields) -> object:
    """Read an action as rules store it; raises `InvalidRuleError` for YAML that is none."""
    name, fields = typed.name, typed.fields
    if name in _READERS:
        return {name: _READERS[name](fields)}
    wanted = inputs_of(name)
    if not wanted:
        return name
    text = fields.get(wanted[0].name, "").strip()
    if wanted[0].kind == "tags":
        return {name: _tags(text)}
    if wanted[0].kind == "yaml":
        return {name: _yaml(text)} if text else name
    return {name: text}


def read_fields(form: Mapping[str, str]) -> list[ActionFields]:
    """Read the actions out of a form whose names begin with their number."""
    found: list[ActionFields] = []
    for number in range(MOST_ACTIONS):
        prefix = f"a.{number}."
        name = form.get(f"{prefix}name")
        if name is None:
            break
        fields = {
            key.removeprefix(prefix): storable(value, 4_000)
            for key, value in form.items()
            if key.startswith(prefix) and key != f"{prefix}name"
        }
        found.append(ActionFields(name[:64], fields))
    return found


def _tags(text: str) -> list[str]:
    return [tag for part in text.replace("\n", ",").split(",") if (tag := " ".join(part.split()))]


def _yaml(text: str) -> object:
    try:
        return yaml.safe_load(text[:4_000])
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidRuleError("this is not YAML", "Write a value, such as care.") from error


def _write_load(value: Any) -> dict[str, str]:
    return {
        "skills": ", ".join(value.get("skills", ())),
        "sticky": "1" if value.get("sticky") else "",
    }


def _read_load(fields: Mapping[str, str]) -> object:
    skills = _tags(fields.get("skills", ""))
    sticky = {"sticky": True} if fields.get("sticky") else {}
    return {**({"skills": skills} if skills else {}), **sticky} or None


def _write_notify(value: Any) -> dict[str, str]:
    given = {"team": value} if isinstance(value, str) else value
    whom = next((f"{kind}:{given[kind]}" for kind in ("team", "person") if given.get(kind)), "")
    return {
        "whom": whom or "assignee",
        "text": given.get("text", ""),
        "email": "1" if given.get("email") else "",
    }


def _read_notify(fields: Mapping[str, str]) -> object:
    kind, _, key = fields.get("whom", "").partition(":")
    text = fields.get("text", "").strip()
    return {
        **({"assignee": True} if kind == "assignee" else {kind or "team": key}),
        **({"text": text} if text else {}),
        **({"email": True} if fields.get("email") else {}),
    }


def _write_alert(value: Any) -> dict[str, str]:
    given = {"text": value} if isinstance(value, str) else value
    return {"text": given["text"], "level": given.get("level", "warning")}


def _read_alert(fields: Mapping[str, str]) -> object:
    level = fields.get("level", "warning")
    return {"text": fields.get("text", "").strip(), "level": level}


def _write_call(value: Any) -> dict[str, str]:
    given = {"action": value} if isinstance(value, str) else dict(value)
    action = given.pop("action")
    return {"action": action, **{f"field.{name}": text for name, text in given.items()}}


def _read_call(fields: Mapping[str, str]) -> object:
    """Keep the fields that were filled in; those of an action chosen before are refused later."""
    values = {
        key.removeprefix("field."): value
        for key, value in fields.items()
        if key.startswith("field.") and value
    }
    return {"action": fields.get("action", ""), **values}


def _write_clock(value: Any) -> dict[str, str]:
    return {"clock": str(value["clock"]), "within": str(value["within"])}


def _read_clock(fields: Mapping[str, str]) -> object:
    within = read_within(fields)
    check_wait(within)
    return {"clock": fields.get("clock", ""), "within": within}


_WRITERS: Final[dict[str, Callable[[Any], dict[str, str]]]] = {
    "assign_by_load": _write_load,
    "notify": _write_notify,
    "raise_alert": _write_alert,
    "start_clock": _write_clock,
    "call": _write_call,
}
_READERS: Final[dict[str, Callable[[Mapping[str, str]], object]]] = {
    "assign_by_load": _read_load,
    "notify": _read_notify,
    "raise_alert": _read_alert,
    "start_clock": _read_clock,
    "call": _read_call,
}


def moved(actions: Sequence[ActionFields], number: int, places: int) -> list[ActionFields]:
    """Give the actions with one of them moved."""
    ordered = list(actions)
    if 0 <= number < len(ordered):
        one = ordered.pop(number)
        ordered.insert(max(0, min(len(ordered), number + places)), one)
    return ordered

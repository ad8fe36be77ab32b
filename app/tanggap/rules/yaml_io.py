"""Read and write rules as YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

import yaml

from tanggap.rules.actions import KEY, actions_from_data, actions_to_data
from tanggap.rules.conditions import compile_condition
from tanggap.rules.lists import NamedList, read_entries
from tanggap.rules.model import Name, Rule, RuleSet, Team, Trigger, check_timing
from tanggap.rules.problems import InvalidRuleError, choices, closest
from tanggap.rules.timing import parse_cap
from tanggap.rules.vocabulary import LABELS
from tanggap.rules.yaml_nodes import Lines, Path, read_yaml

MAX_RULES: Final = 1_000
MAX_NAME: Final = 200
STEP: Final = 10
"""Distance between the positions of rules that do not state theirs."""

_SET_FIELDS: Final = ("teams", "lists", "rules")
_LIST_FIELDS: Final = ("key", "name", "entries")
_TEAM_FIELDS: Final = ("key", "name")


def load_rules(text: str, labels: Collection[str] | None = LABELS) -> RuleSet:
    """Read a set of rules; raises `InvalidRuleError` with the line of the first fault.

    Rules may name the `labels` of the active model; None lets them name any.
    """
    data, lines = read_yaml(text)
    fields = _fields(data, _SET_FIELDS, (), lines)
    teams = [
        _team(entry, ("teams", number), lines)
        for number, entry in enumerate(_list(fields.get("teams", []), ("teams",), lines))
    ]
    lists = [
        _named_list(entry, ("lists", number), lines)
        for number, entry in enumerate(_list(fields.get("lists", []), ("lists",), lines))
    ]
    entries = _list(fields.get("rules", []), ("rules",), lines)
    if len(entries) > MAX_RULES:
        raise InvalidRuleError(
            f"{len(entries)} rules, at most {MAX_RULES} are allowed", "Remove some."
        )
    rules = [
        _rule(entry, ("rules", number), lines, (number + 1) * STEP, labels)
        for number, entry in enumerate(entries)
    ]
    try:
        return RuleSet(rules, teams, lists)
    except InvalidRuleError as error:
        number = max(n for n, rule in enumerate(rules) if rule.key == error.rule)
        raise error.at(file_line=lines[("rules", number)]) from error


def load_rule(text: str, labels: Collection[str] | None = LABELS) -> Rule:
    """Read one rule, written as it stands in the list of a set."""
    data, lines = read_yaml(text)
    return _rule(data, (), lines, STEP, labels)


def dump_rules(ruleset: RuleSet) -> str:
    """Write a set of rules so that `load_rules` gives it back."""
    data: dict[str, Any] = {}
    if ruleset.teams:
        data["teams"] = [{"key": team.key, "name": _name_data(team.name)} for team in ruleset.teams]
    if ruleset.named_lists:
        data["lists"] = [
            {
                "key": one.key,
                "name": _name_data(Name(one.name_id, one.name_en)),
                "entries": list(one.entries),
            }
            for one in ruleset.named_lists
        ]
    data["rules"] = [
        _rule_data(rule, (number + 1) * STEP) for number, rule in enumerate(ruleset.rules)
    ]
    return _dump(data)


def dump_rule(rule: Rule) -> str:
    """Write one rule so that `load_rule` gives it back."""
    return _dump(_rule_data(rule, STEP))


def _rule(
    data: object, path: Path, lines: Lines, position: int, labels: Collection[str] | None
) -> Rule:
    fields = _fields(data, _RULE_FIELDS, path, lines, required=("key", "condition", "actions"))
    key = _key(fields["key"], (*path, "key"), lines)
    values: dict[str, Any] = {"name": Name(key, key), "position": position}
    for field, read in _READERS.items():
        if field not in fields:
            continue
        try:
            values[field] = read(fields[field])
            if field == "condition":
                compile_condition(values[field], labels)
        except InvalidRuleError as error:
            raise error.at(
                rule=key, field=error.field or field, file_line=_line(lines, (*path, field))
            ) from error
    rule = Rule(key=key, **values)
    try:
        check_timing(rule.trigger, rule.timing)
    except InvalidRuleError as error:
        place = path if "timing" not in fields else (*path, "timing")
        raise error.at(rule=key, field="timing", file_line=_line(lines, place)) from error
    return rule


def _team(data: object, path: Path, lines: Lines) -> Team:
    fields = _fields(data, _TEAM_FIELDS, path, lines, required=_TEAM_FIELDS)
    key = _key(fields["key"], (*path, "key"), lines)
    try:
        return Team(key, _name(fields["name"]))
    except InvalidRuleError as error:
        raise error.at(field=f"team {key!r}", file_line=_line(lines, (*path, "name"))) from error


def _named_list(data: object, path: Path, lines: Lines) -> NamedList:
    fields = _fields(data, _LIST_FIELDS, path, lines, required=_LIST_FIELDS)
    key = _key(fields["key"], (*path, "key"), lines)
    try:
        name = _name(fields["name"])
        return NamedList(key, name.id, name.en, read_entries(fields["entries"]))
    except InvalidRuleError as error:
        raise error.at(field=f"list {key!r}", file_line=_line(lines, path)) from error


def _fields(
    data: object, known: tuple[str, ...], path: Path, lines: Lines, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidRuleError(
            "expected names with values", choices(known), file_line=_line(lines, path)
        )
    for name in data:
        if name not in known:
            raise InvalidRuleError(
                f"no field {name!r}", closest(name, known), file_line=_line(lines, (*path, name))
            )
    for name in required:
        if name not in data:
            raise InvalidRuleError(
                f"the field {name!r} is missing", "Add it.", file_line=_line(lines, path)
            )
    return data


def _list(data: object, path: Path, lines: Lines) -> list[Any]:
    if not isinstance(data, list):
        raise InvalidRuleError(
            "expected a list", "Begin each entry with -.", file_line=_line(lines, path)
        )
    return data


def _line(lines: Lines, path: Path) -> int | None:
    return lines.get(path) or (_line(lines, path[:-1]) if path else None)


def _key(value: object, path: Path, lines: Lines) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidRuleError(
            f"{value!r} cannot be a key",
            "Use lower-case letters, digits, - and _, beginning with a letter.",
            file_line=_line(lines, path),
        )
    return value


def _name(value: object) -> Name:
    if isinstance(value, str):
        value = {"id": value, "en": value}
    if not isinstance(value, dict) or set(value) != {"id", "en"}:
        raise InvalidRuleError("expected a name", "Write a text, or one for id and one for en.")
    names = {language: _text(text) for language, text in value.items()}
    if not all(0 < len(text) <= MAX_NAME for text in names.values()):
        raise InvalidRuleError("the name is empty or too long", f"Use 1 to {MAX_NAME} characters.")
    return Name(**names)


def _trigger(value: object) -> Trigger:
    known = [trigger.value for trigger in Trigger]
    if value not in known:
        raise InvalidRuleError(f"no trigger {value!r}", closest(str(value), known))
    return Trigger(str(value))


def _cap(value: object) -> str:
    return str(parse_cap(_text(value)))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidRuleError(f"expected a text, got {value!r}", "Put quotes around it.")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidRuleError(f"expected yes or no, got {value!r}", "Write true or false.")
    return value


def _count_from(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if type(value) is not int or value < least:
            raise InvalidRuleError(
                f"expected a whole number from {least}, got {value!r}", "Write for example 10."
            )
        return value

    return read


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "name": _name,
    "trigger": _trigger,
    "timing": _text,
    "at_most": _cap,
    "condition": _text,
    "actions": actions_from_data,
    "position": _count_from(0),
    "version": _count_from(1),
    "enabled": _flag,
}
_RULE_FIELDS: Final = ("key", *_READERS)


def _rule_data(rule: Rule, default_position: int) -> dict[str, Any]:
    data: dict[str, Any] = {"key": rule.key, "name": _name_data(rule.name)}
    data["trigger"] = rule.trigger.value
    if rule.timing:
        data["timing"] = rule.timing
    if rule.at_most:
        data["at_most"] = rule.at_most
    data["condition"] = rule.condition
    data["actions"] = actions_to_data(rule.actions)
    if rule.position != default_position:
        data["position"] = rule.position
    if rule.version != 1:
        data["version"] = rule.version
    if not rule.enabled:
        data["enabled"] = False
    return data


def _name_data(name: Name) -> str | dict[str, str]:
    return name.id if name.id == name.en else {"id": name.id, "en": name.en}


class _Dumper(yaml.SafeDumper):
    """Write texts of several lines as blocks, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Outside quotation marks YAML takes some invisible characters for line ends.
    visible = text.replace("\n", "").isprintable()
    style = ("|" if "\n" in text else None) if visible else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _dump(data: dict[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)

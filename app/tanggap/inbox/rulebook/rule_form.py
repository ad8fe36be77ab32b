"""The editor's form of a rule: shown from a rule, changed step by step, read into a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from tanggap.inbox.rulebook import rule_form_rows as rows
from tanggap.inbox.rulebook.rule_form_actions import (
    CHOSEN,
    MOST_ACTIONS,
    ActionFields,
    inputs_of,
    moved,
    read_action,
    read_fields,
    write_action,
)
from tanggap.inbox.rulebook.rule_form_timing import (
    check_cap,
    check_schedule,
    check_wait,
    read_cap,
    read_timing,
)
from tanggap.rules import (
    InvalidRuleError,
    Name,
    Rule,
    Trigger,
    actions_from_data,
    actions_to_data,
    compile_condition,
)
from tanggap.rules.builder import MAX_ROWS, Group, row_problem, rows_of, subjects, write_rows
from tanggap.rules.builder_reading import has_comments, read_rows
from tanggap.rules.model import TIMED, check_timing
from tanggap.rules.timing import parse_cap
from tanggap.rules.yaml_io import MAX_NAME
from tanggap.store.storable import storable

Mode = Literal["rows", "text"]
Problems = dict[str, InvalidRuleError]
"""What is wrong, by the place in the form: `name`, `condition`, `c.0.1`, `a.2`, `rule`."""

EVERY_POST: Final = Group("all")

LAST: Final = 1_000_000_000
"""The place of a rule that has none yet: after all others."""

_ACTION: Final = re.compile(r"action (\d+)")
_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """What stands in the form. Of `group` and `text` the one that `mode` names counts."""

    name_id: str = ""
    name_en: str = ""
    trigger: str = Trigger.POST_TRIAGED.value
    timing: str = ""
    at_most: str = ""
    mode: Mode = "rows"
    group: Group = EVERY_POST
    text: str = ""
    actions: tuple[ActionFields, ...] = ()

    @property
    def condition(self) -> str:
        """The condition as CEL."""
        return write_rows(self.group) if self.mode == "rows" else self.text


def form_of(rule: Rule) -> RuleForm:
    """Show a rule; its condition as rows where they say the same and lose nothing."""
    group = None if has_comments(rule.condition) else read_rows(rule.condition)
    return RuleForm(
        name_id=rule.name.id,
        name_en=rule.name.en,
        trigger=rule.trigger.value,
        timing=rule.timing,
        at_most=rule.at_most,
        mode="rows" if group is not None else "text",
        group=group or EVERY_POST,
        text=rule.condition,
        actions=tuple(map(write_action, actions_to_data(rule.actions))),
    )


def read_form(form: Any, labels: Collection[str]) -> RuleForm:
    """Read what a browser sent, complete or not."""
    trigger = form.get("trigger", Trigger.POST_TRIAGED.value)
    return RuleForm(
        name_id=_line(form.get("name_id", "")),
        name_en=_line(form.get("name_en", "")),
        trigger=trigger,
        timing=read_timing(form, trigger),
        at_most=read_cap(form),
        mode="text" if form.get("mode") == "text" else "rows",
        group=rows.read_group(form, subjects(labels)),
        text=storable(form.get("text", ""), 20_000).replace("\r\n", "\n"),
        actions=tuple(read_fields(form)),
    )


def step(form: RuleForm, act: str, labels: Collection[str]) -> RuleForm:
    """Do what a button of the form asks for; `act` is its name and place, as in `row:c.0`."""
    kind, _, place = act.partition(":")
    if kind in ("rows", "text"):
        return _switch(form, kind)
    if kind == "row" and len(rows_of(form.group)) < MAX_ROWS:
        row = rows.new_row(subjects(labels))
        return replace(form, group=rows.changed(form.group, place, "add", row))
    if kind == "group":
        row = rows.new_row(subjects(labels))
        group = Group("any", (row,))
        return replace(form, group=rows.changed(form.group, place, "add", group))
    if kind == "drop":
        return replace(form, group=rows.changed(form.group, place, "drop", None))
    return replace(form, actions=_step_actions(form.actions, kind, place))


def _switch(form: RuleForm, mode: str) -> RuleForm:
    if mode == form.mode:
        return form
    if mode == "text":
        return replace(form, mode="text", text=write_rows(form.group))
    group = read_rows(form.text) if form.text.strip() else EVERY_POST
    return form if group is None else replace(form, mode="rows", group=group)


def _step_actions(
    actions: tuple[ActionFields, ...], kind: str, place: str
) -> tuple[ActionFields, ...]:
    number = int(place) if place.isdecimal() and len(place) < 4 else -1
    if kind == "act" and len(actions) < MOST_ACTIONS:
        return (*actions, ActionFields("assign_team"))
    if kind == "undo":
        return tuple(one for at, one in enumerate(actions) if at != number)
    if kind in ("up", "down"):
        return tuple(moved(actions, number, -1 if kind == "up" else 1))
    return actions


def rule_of(
    form: RuleForm, before: Rule | None, labels: Collection[str]
) -> tuple[Rule | None, Problems]:
    """Make the rule that the form says, or None, and what is wrong by place.

    What the form does not show is kept from the rule `before`.
    """
    problems: Problems = {}
    name = _name(form, problems)
    _timing(form, problems)
    condition = _condition(form, labels, problems)
    actions = _actions(form, problems)
    if problems:
        return None, problems
    values: dict[str, Any] = {
        "name": name,
        "trigger": Trigger(form.trigger),
        "timing": form.timing if form.trigger in TIMED else "",
        "at_most": form.at_most,
        "condition": condition,
        "actions": actions_from_data(actions),
    }
    if before is not None:
        return replace(before, **values), problems
    return Rule(key=slug(name.en), position=LAST, **values), problems


def place_of(error: InvalidRuleError) -> str:
    """Find the place in the form that an error is about."""
    found = _ACTION.match(error.field)
    if found:
        return f"a.{int(found[1]) - 1}"
    return error.field if error.field in ("condition", "timing", "at_most") else "rule"


def slug(name: str) -> str:
    """Make a key of a name."""
    key = _SLUG.sub("-", name.lower()).strip("-")[:50].strip("-")
    return key if key[:1].isalpha() else f"rule-{key}".strip("-")


def _name(form: RuleForm, problems: Problems) -> Name:
    name = Name(form.name_id or form.name_en, form.name_en or form.name_id)
    if not 0 < len(name.id) <= MAX_NAME or len(name.en) > MAX_NAME:
        problems["name"] = InvalidRuleError(
            "the name is empty or too long", f"Use 1 to {MAX_NAME} characters."
        )
    return name


def _timing(form: RuleForm, problems: Problems) -> None:
    if form.trigger not in tuple(Trigger):
        problems["trigger"] = InvalidRuleError("no such trigger", "Choose one.")
        return
    checks: list[tuple[str, Callable[[], object]]] = []
    if form.trigger in TIMED:
        shown = check_wait if form.trigger == Trigger.NO_ANSWER else check_schedule
        checks.append(("timing", lambda: shown(form.timing)))
        checks.append(("timing", lambda: check_timing(Trigger(form.trigger), form.timing)))
    if form.at_most:
        checks.append(("at_most", lambda: check_cap(form.at_most)))
        checks.append(("at_most", lambda: parse_cap(form.at_most)))
    for place, check in checks:
        try:
            check()
        except InvalidRuleError as error:
            problems.setdefault(place, error)


def _condition(form: RuleForm, labels: Collection[str], problems: Problems) -> str:
    if form.mode == "rows":
        for place, row in rows.placed_rows(form.group).items():
            problem = row_problem(row, labels)
            if problem is not None:
                problems[place] = problem
        if any(place.startswith(f"{rows.ROOT}.") for place in problems):
            return ""
    try:
        compile_condition(form.condition, labels)
    except InvalidRuleError as error:
        problems["condition"] = error
    return form.condition


def _actions(form: RuleForm, problems: Problems) -> list[object]:
    written: list[object] = []
    for number, action in enumerate(form.actions):
        try:
            _refuse_unchosen(action)
            entry = read_action(action)
            actions_from_data([entry])
        except InvalidRuleError as error:
            problems[f"a.{number}"] = error.at(field=f"action {number + 1}")
        else:
            written.append(entry)
    if len(written) == len(form.actions):
        try:
            actions_from_data(written)
        except InvalidRuleError as error:
            problems[place_of(error) if error.field != "actions" else "actions"] = error
    return written


def _refuse_unchosen(action: ActionFields) -> None:
    """Say plainly that a choice is missing, before anything is said of keys."""
    for one in inputs_of(action.name):
        if one.kind in CHOSEN and not action.fields.get(one.name):
            raise InvalidRuleError("nothing is chosen", "Choose one.")


def _line(text: str) -> str:
    return " ".join(storable(text, 1_000).split())

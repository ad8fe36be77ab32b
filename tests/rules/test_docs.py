"""`docs/rules.md` and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from tanggap.rules import InvalidRuleError, Priority, Trigger, compile_condition, load_rules
from tanggap.rules import actions as a
from tanggap.rules import vocabulary as v
from tanggap.rules.yaml_io import _RULE_FIELDS

DOCS = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")


def table(heading: str) -> dict[str, list[str]]:
    section = DOCS.split(f"{heading}\n", 1)[1].split("\n## ")[0].split("\n### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return {re.sub(r"[`|]", "", first).strip(): rest for first, *rest in cells}


def test_names_are_documented_with_type_meaning_and_values() -> None:
    documented = table("### Names")
    assert list(documented) == list(v.VARIABLES)
    for name, variable in v.VARIABLES.items():
        kind, meaning = documented[name]
        values = ", ".join(f"`{value}`" for value in variable.values)
        assert kind == variable.kind.name, name
        expected = variable.meaning + (f" One of {values}." if values else "")
        assert meaning.removesuffix(" |") == expected, name


def test_functions_are_documented() -> None:
    expected = {
        **{
            f"{name}({'list' if function.argument is v.TEXTS else 'key'})": function.meaning
            for name, function in v.FUNCTIONS.items()
        },
        **{f"text.{name}(part)": function.meaning for name, function in v.METHODS.items()},
        **{f"list.{name}(m, condition)": meaning for name, meaning in v.MACROS.items()},
        "size(list)": v.SIZE,
    }
    documented = {
        name: cells[1].removesuffix(" |") for name, cells in table("### Functions").items()
    }
    assert documented == expected


def test_actions_are_documented() -> None:
    documented = table("## Actions")
    assert set(documented) == set(a.ACTIONS)
    priorities = re.findall(r"`(\w+)`", documented["set_priority"][0])
    assert priorities == list(get_args(Priority))
    plain = {name for name, cells in documented.items() if cells[0] == "–"}
    assert plain == set(a.PLAIN)


def test_fields_and_triggers_are_documented() -> None:
    documented = table("## Files")
    assert set(documented) == set(_RULE_FIELDS)
    assert list(table("## Triggers")) == [trigger.value for trigger in Trigger]


def test_the_example_can_be_loaded() -> None:
    example = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    assert [rule.key for text in example for rule in load_rules(text).rules] == ["refund"]


@pytest.mark.parametrize("label", ["no", "on", "2025"])
def test_labels_that_yaml_takes_for_something_else_need_quotes(label: str) -> None:
    text = "rules: [{key: a, condition: 'true', actions: [{add_tags: [%s]}]}]"
    with pytest.raises(InvalidRuleError, match="quotes"):
        load_rules(text % label)
    assert load_rules(text % f'"{label}"').rules
    assert yaml.safe_load(label) != label


def test_examples_of_lists_pass() -> None:
    compile_condition('"a" in hashtags && label in ["complaint", "question"]')

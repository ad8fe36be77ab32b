"""A set as a whole: what never runs, what contradicts, what names nothing."""

from __future__ import annotations

import pytest

from tanggap.rules import load_default_rules, load_rules
from tanggap.rules.answers import default_templates
from tanggap.rules.review import KnownNames, review

KNOWN = KnownNames(
    teams={"care", "sales"}, people={"ayu@x.example"}, templates={"ack"}, lists={"vip"}
)


def remarks(*rules: str) -> list[tuple[str, str, str, str]]:
    found = review(load_rules("rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)), KNOWN)
    return [(one.level, one.rule, one.field, one.problem) for one in found]


def test_the_default_set_has_nothing_wrong() -> None:
    rules = load_default_rules()
    known = KnownNames(
        teams={team.key for team in rules.teams},
        people=(),
        templates={template.key for template in default_templates()},
        lists={one.key for one in rules.named_lists},
    )
    assert review(rules, known) == []


@pytest.mark.parametrize("first", ["true", "(true) // always", "label  ==  'praise'"])
def test_a_rule_behind_one_that_always_stops_never_runs(first: str) -> None:
    praise = "label == 'praise'"
    found = remarks(
        f'key: a, condition: "{first}", actions: [set_priority: low, stop]',
        f'key: b, condition: "{praise}", actions: [add_tags: [x]]',
        f'key: c, trigger: post_edited, condition: "{praise}", actions: [add_tags: [x]]',
    )
    assert found == [
        ("error", "b", "position", "never runs: 'a' stands before it and always stops first")
    ]


def test_equal_conditions_with_contrary_actions_are_noticed() -> None:
    found = remarks(
        "key: a, condition: certain, actions: [assign_team: care, add_tags: [x]]",
        "key: b, condition: '(certain)', actions: [assign_team: sales, remove_tags: [x]]",
        "key: c, condition: '!certain', actions: [assign_team: sales]",
    )
    assert [(level, rule, field) for level, rule, field, _ in found] == [
        ("warning", "b", "action 1 (assign_team)"),
        ("warning", "b", "action 2 (remove_tags)"),
    ]
    assert "undoes assign_team of 'a'" in found[0][3]


def test_a_rule_that_undoes_itself_is_noticed() -> None:
    (found,) = remarks("key: a, condition: certain, actions: [assign_team: care, mark_not_ours]")
    assert found[:3] == ("warning", "a", "action 2 (mark_not_ours)")


@pytest.mark.parametrize(
    ("rule", "field", "problem"),
    [
        ("condition: certain, actions: [assign_team: car]", "action 1 (assign_team)", "team 'car'"),
        (
            "condition: certain, actions: [assign_person: a@x.example]",
            "action 1 (assign_person)",
            "person 'a@x.example'",
        ),
        ("condition: certain, actions: [notify: sale]", "action 1 (notify)", "team 'sale'"),
        (
            "condition: certain, actions: [suggest_template: x]",
            "action 1 (suggest_template)",
            "template 'x'",
        ),
        ("condition: 'words_list(\"a\")', actions: [stop]", "condition", "list 'a'"),
        ("condition: 'team_load(\"a\") > 1', actions: [stop]", "condition", "team 'a'"),
    ],
)
def test_names_that_are_not_there_are_errors(rule: str, field: str, problem: str) -> None:
    (found,) = remarks(f"key: a, {rule}")
    assert found == ("error", "a", field, f"no {problem}")


def test_rules_that_are_switched_off_are_not_looked_at() -> None:
    assert remarks("key: a, enabled: false, condition: certain, actions: [assign_team: x]") == []

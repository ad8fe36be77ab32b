from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rule_strategies import rules, rulesets
from tanggap.rules import (
    AddTags,
    AssignTeam,
    InvalidRuleError,
    Name,
    Rule,
    RuleSet,
    Stop,
    Team,
    dump_rule,
    dump_rules,
    load_rule,
    load_rules,
)

WRITTEN = """\
teams:
  - key: care
    name: {id: Layanan, en: Care}
rules:
  - key: first
    name: Pertama
    condition: certain
    actions:
      - assign_team: care
      - stop
  - key: second
    trigger: post_triaged
    condition: |
      certain
      && true
    actions:
      - add_tags: [vip, "no"]
    version: 3
    position: 5
    enabled: false
"""


def test_rules_are_read_with_their_defaults() -> None:
    assert load_rules(WRITTEN) == RuleSet(
        [
            Rule(
                key="first",
                name=Name("Pertama", "Pertama"),
                condition="certain",
                actions=(AssignTeam("care"), Stop()),
                position=10,
            ),
            Rule(
                key="second",
                name=Name("second", "second"),
                condition="certain\n&& true\n",
                actions=(AddTags(("vip", "no")),),
                position=5,
                version=3,
                enabled=False,
            ),
        ],
        [Team("care", Name("Layanan", "Care"))],
    )


@given(rulesets())
def test_what_is_written_reads_back_the_same(ruleset: RuleSet) -> None:
    assert load_rules(dump_rules(ruleset)) == ruleset


@given(rules("only"))
def test_one_rule_reads_back_the_same(rule: Rule) -> None:
    assert load_rule(dump_rule(rule)) == rule


def test_conditions_of_several_lines_stay_readable() -> None:
    written = dump_rules(load_rules(WRITTEN))
    assert "  condition: |\n    certain\n    && true\n" in written


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidRuleError):
        assert load_rules(text) == RuleSet([])


def refused(text: str) -> InvalidRuleError:
    with pytest.raises(InvalidRuleError) as caught:
        load_rules(text)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("condition: certain", "condition: certin", 7, "'certin' is not known"),
        ("condition: certain", "condition: yes", 7, "expected a text, got True"),
        ("condition: certain", "condtion: certain", 7, "no field 'condtion'"),
        ("name: Pertama", "name: Pertama\n    name: Lagi", 7, "'name' stands twice"),
        ("name: Pertama", "name: {id: Pertama}", 6, "expected a name"),
        ("name: Pertama", "name: ''", 6, "empty or too long"),
        ("name: Pertama", "name: !!python/name:os.system x", 6, "tag"),
        ("name: Pertama", "name: !own x", 6, "tag"),
        ("name: Pertama", "name: &a Pertama", 6, "aliases"),
        ("name: Pertama", "name: *a", 6, "aliases"),
        ("name: Pertama", "? [a]\n    : b", 6, "a key must be a text"),
        ("name: Pertama", "name: [[[[[[[a]]]]]]]", 6, "nested more than 8"),
        ("name: Pertama", "name: {a: [", 8, "not YAML"),
        ("name: Pertama", "name: 'a", 21, "not YAML"),
        ("key: first", "key: First", 5, "'First' cannot be a key"),
        ("key: first", "key: second", 11, "two rules have this key"),
        ("key: first", "enabled: true", 5, "'key' is missing"),
        ("assign_team: care", "assign_team: cares", 5, "no team 'cares'"),
        ("assign_team: care", "assign_team: [care]", 8, "key of a team"),
        ("trigger: post_triaged", "trigger: post_sent", 12, "no trigger 'post_sent'"),
        ("version: 3", "version: 0", 18, "whole number from 1, got 0"),
        ("position: 5", "position: 5.5", 19, "whole number from 0"),
        ("position: 5", "position: 99999999999999999999", 19, "whole number from 0"),
        ("enabled: false", "enabled: perhaps", 20, "expected yes or no"),
        ("key: care", "key: 7", 2, "7 cannot be a key"),
        ("name: {id: Layanan, en: Care}", "name: 3", 3, "expected a name"),
        ("teams:", "team:", 1, "no field 'team'"),
        ("rules:", "rules: 3\nmore:", 5, "no field 'more'"),
    ],
)
def test_bad_files_are_refused_with_line_and_reason(
    old: str, new: str, line: int, problem: str
) -> None:
    error = refused(WRITTEN.replace(old, new, 1))
    assert problem in error.problem
    assert error.file_line == line
    assert str(error).startswith(f"file line {line}")


def test_a_fault_in_a_condition_has_its_own_line_too() -> None:
    error = refused(WRITTEN.replace("&& true", "&& tru"))
    assert (error.rule, error.field) == ("second", "condition")
    assert (error.file_line, error.line, error.column) == (13, 2, 4)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected names with values"),
        ("- a", "expected names with values"),
        ("rules: 3", "expected a list"),
        ("rules: [3]", "expected names with values"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("rules: [] \x00", "not YAML"),
        ("rules: [] \ud800", "not"),
        ("rules:\n" + "  - {key: a, condition: 'true', actions: [stop]}\n" * 1_001, "1001 rules"),
        ("rules: [" + " " * 1024 * 1024 + "]", "larger than 1 MiB"),
        ("[" * 1_000_000, "nested more than 8"),
    ],
)
def test_files_that_are_no_rules_are_refused(text: str, problem: str) -> None:
    assert problem in refused(text).problem


def test_a_billion_laughs_are_refused() -> None:
    layers = "\n".join(f"{name}: [*{name}, *{name}]" for name in "abcdefgh")
    assert "aliases" in refused(f"a: &a [x]\n{layers}").problem

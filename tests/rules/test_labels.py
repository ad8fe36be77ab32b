"""Rules follow the labels of the active model; those written for another one stay harmless."""

from __future__ import annotations

import pytest

from tanggap.rules import (
    Facts,
    InvalidRuleError,
    RuleSet,
    compile_condition,
    dump_rule,
    evaluate,
    load_default_rules,
    load_rule,
    load_rules,
)

OURS = ("refund", "delivery", "thank you")
RULE = "{key: a, condition: '%s', actions: [{set_priority: high}]}"


def priority(condition: str, label: str = "refund", **probabilities: float) -> str:
    rule = load_rule(RULE % condition, labels=OURS)
    facts = Facts(
        label=label,
        confidence=0.9,
        certain=True,
        language="id",
        channel="fake",
        text="halo",
        probabilities=probabilities,
    )
    return evaluate(RuleSet([rule]), facts).routing.priority


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('label == "refund"', "high"),
        ('label in ["delivery", "thank you"]', "normal"),
        ("probabilities.refund > 0.5", "high"),
        ("probabilities.delivery > 0.5", "normal"),
    ],
)
def test_labels_of_a_companys_own_model_work(condition: str, expected: str) -> None:
    assert priority(condition, refund=0.9) == expected


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ('label == "complaint"', "never 'complaint'"),
        ('label == "refnd"', "Did you mean refund"),
        ("probabilities.complaint > 0.5", "no 'complaint'"),
    ],
)
def test_label_that_the_model_lacks_is_refused_where_rules_are_written(
    condition: str, fault: str
) -> None:
    with pytest.raises(InvalidRuleError, match=fault):
        load_rule(RULE % condition, labels=OURS)
    with pytest.raises(InvalidRuleError, match=fault) as caught:
        load_rules(f"rules: [{RULE % condition}]", labels=OURS)
    assert (caught.value.rule, caught.value.field) == ("a", "condition")


def test_stored_rule_for_another_model_is_read_and_does_not_match() -> None:
    condition = 'label == "complaint" || probabilities.complaint > 0.1'
    rule = load_rule(RULE % condition, labels=None)
    facts = Facts(
        label="refund", confidence=1.0, certain=True, language="id", channel="fake", text=""
    )
    outcome = evaluate(RuleSet([rule]), facts)
    assert [run.error for run in outcome.runs] == [""]
    assert outcome.routing.priority == "normal"


def test_shipped_rules_survive_any_model() -> None:
    for rule in load_default_rules().rules:
        assert load_rule(dump_rule(rule), labels=None).condition == rule.condition


def test_same_condition_may_pass_for_one_model_and_fail_for_another() -> None:
    source = 'label == "refund"'
    assert compile_condition(source, OURS).source == source
    with pytest.raises(InvalidRuleError):
        compile_condition(source)
    assert compile_condition(source, None) is compile_condition(source, OURS)

"""Rows and groups of the editor: written as CEL, read back as the same, and meaning the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rule_strategies import facts
from tanggap.rules import Facts, compile_condition, load_default_rules
from tanggap.rules.builder import (
    MAX_LEVELS,
    Group,
    Row,
    Subject,
    levels,
    normal,
    opposite,
    row_problem,
    subjects,
    write_row,
    write_rows,
)
from tanggap.rules.builder_reading import has_comments, read_rows
from tanggap.rules.conditions import context_for
from tanggap.rules.lists import Lists
from tanggap.rules.values import EVERYTHING
from tanggap.rules.vocabulary import FLAG, FUNCTIONS, LABELS, NUMBER, VARIABLES

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=8)


class AnyList(Lists):
    """Knows every list; all are empty."""

    def handles(self, key: str) -> list[str]:
        return []

    def names(self, key: str) -> list[str]:
        return []


def _values(subject: Subject, operator: str) -> st.SearchStrategy[tuple[str, ...]]:
    takes = subject.operators[operator]
    if takes == "nothing":
        return st.just(())
    if takes == "number":
        whole = st.integers(-(10**6), 10**6).map(str)
        part = st.decimals(-9, 9, places=2).map(lambda number: format(number, "f"))
        return st.tuples(part if subject.kind is NUMBER else whole)
    if operator.removeprefix("not_") == "matches":
        return st.sampled_from((("a+",), (r"\d",), ('"',)))
    known = st.sampled_from(subject.values) if subject.values else texts
    most = 1 if takes == "one" else 3
    return st.lists(known, min_size=1, max_size=most, unique=True).map(tuple)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    subject = draw(st.sampled_from(list(subjects().values())))
    operator = draw(st.sampled_from(list(subject.operators)))
    return Row(subject.name, operator, draw(_values(subject, operator)))


def groups(depth: int = MAX_LEVELS) -> st.SearchStrategy[Group]:
    parts = rows() if depth == 1 else rows() | groups(depth - 1)
    return st.builds(
        Group,
        st.sampled_from(("all", "any")),
        st.lists(parts, max_size=3).map(tuple),
        st.booleans(),
    )


def naive(part: Row | Group) -> str:
    """Write a tree as it stands, without tidying it first."""
    if isinstance(part, Row):
        return write_row(part)
    inner = f" {'&&' if part.join == 'all' else '||'} ".join(map(naive, part.parts))
    return f"{'!' if part.negated else ''}({inner})"


def holds(source: str, one: Facts) -> bool:
    return compile_condition(source).holds(context_for(one, EVERYTHING, AnyList()))


def full(part: Row | Group) -> bool:
    return isinstance(part, Row) or (bool(part.parts) and all(map(full, part.parts)))


@given(groups())
def test_written_rows_are_valid_and_read_back_as_the_same(group: Group) -> None:
    source = write_rows(group)
    compile_condition(source)
    assert read_rows(source) == normal(group)
    assert write_rows(normal(group)) == source


@given(groups().filter(full), facts)
def test_tidying_never_changes_what_a_condition_means(group: Group, one: Facts) -> None:
    assert holds(naive(group), one) == holds(write_rows(group), one)


@given(rows(), facts)
def test_the_opposite_holds_when_the_row_does_not(row: Row, one: Facts) -> None:
    turned = Row(row.subject, opposite(row.operator), row.values)
    assert opposite(turned.operator) == row.operator
    assert holds(write_row(row), one) != holds(write_row(turned), one)


@given(rows())
def test_a_complete_row_has_no_problem(row: Row) -> None:
    assert row_problem(row) is None


def test_conditions_of_the_default_rules_without_sums_can_be_shown_as_rows() -> None:
    sums = {"growing"}
    for rule in load_default_rules().rules:
        group = read_rows(rule.condition)
        if rule.key in sums:
            assert group is None
            continue
        assert group is not None, rule.key
        assert levels(group) <= MAX_LEVELS


def test_every_name_of_the_vocabulary_is_offered() -> None:
    offered = subjects()
    assert set(VARIABLES) <= set(offered)
    asked = {name for name, function in FUNCTIONS.items() if function.result is FLAG}
    assert {f"{name}()" for name in asked} <= set(offered)


def test_labels_and_probabilities_follow_the_active_model() -> None:
    offered = subjects(("refund", "delay report"))
    assert offered["label"].values == ("refund", "delay report")
    assert "probabilities.refund" in offered
    assert not {"probabilities.complaint", "probabilities.delay report"} & set(offered)


def test_a_group_without_rows_holds_for_every_post() -> None:
    assert write_rows(Group("any")) == "true"
    assert read_rows("true") == Group("all")
    assert write_rows(Group("any", (Row("certain", "no"),), negated=True)) == "certain"


@pytest.mark.parametrize(
    ("source", "row"),
    [
        ('label == "complaint"', Row("label", "is", ("complaint",))),
        ('!(label in ["praise", "none",])', Row("label", "is_not", ("praise", "none"))),
        ("!(certain)", Row("certain", "no")),
        ('!text.contains("a \\"b\\"")', Row("text", "not_contains", ('a "b"',))),
        (r'text.matches(r"\d+")', Row("text", "matches", (r"\d+",))),
        ("!(author.followers >= 10)", Row("author.followers", "<", ("10",))),
        ("confidence < 0.5 // unsure", Row("confidence", "<", ("0.5",))),
        ('"bank" in hashtags', Row("hashtags", "has", ("bank",))),
        ("size(mentions) > 3", Row("mentions", "size>", ("3",))),
        ('!words_any(["a", "b"])', Row("words_any()", "none", ("a", "b"))),
    ],
)
def test_conditions_are_read_as_rows(source: str, row: Row) -> None:
    assert read_rows(source) == Group("all", (row,))


@pytest.mark.parametrize(
    "source",
    [
        "engagement.likes / engagement.replies > 1",
        "10 < author.followers",
        'mentions.exists(m, m == "a")',
        "certain == true",
        "!certain == true",
        "false",
        "text == author.name",
        "hashtags.size() > 2",
        "probabilities.complaint > 1e-1",
        "certain && (certain || (certain && (certain || !certain)))",
        "certain &&",
        "nothing",
        "(" * 200,
        " && ".join(["certain"] * 61),
    ],
)
def test_what_rows_cannot_say_stays_text(source: str) -> None:
    assert read_rows(source) is None


def test_remarks_are_noticed_since_rows_drop_them() -> None:
    assert has_comments("certain // sure")
    assert has_comments("// first\ncertain")
    assert not has_comments('text.contains("https://contoh.example")')
    assert not has_comments('"')


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Row("label", "is"), "nothing is given"),
        (Row("label", "is", ("komplain",)), "never 'komplain'"),
        (Row("author.followers", ">", ("10.000",)), "expected a whole number"),
        (Row("confidence", ">", ("banyak",)), "expected a number"),
        (Row("text", "matches", ("(",)), "the pattern is wrong"),
        (Row("author.zodiac", "is", ("leo",)), "is not known"),
        (Row("certain", ">", ("1",)), "does not fit here"),
        (Row("mentions", "size>", ("",)), "expected a whole number"),
    ],
)
def test_an_incomplete_or_wrong_row_says_so(row: Row, problem: str) -> None:
    found = row_problem(row, LABELS)
    assert found is not None
    assert problem in str(found)
    assert found.fix

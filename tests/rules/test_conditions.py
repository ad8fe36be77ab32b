from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.classifier.labels import LABELS
from tanggap.rules import AuthorFacts, EngagementFacts, Facts, InvalidRuleError, compile_condition
from tanggap.rules import vocabulary as v
from tanggap.rules.conditions import context_for
from tanggap.rules.facts import Surroundings
from tanggap.rules.lists import Lists, NamedList
from tanggap.rules.values import EVERYTHING
from tanggap.store.conversations import STATES

SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)


def post(**values: Any) -> Facts:
    base: dict[str, Any] = {
        "label": "complaint",
        "confidence": 0.9,
        "certain": True,
        "language": "id",
        "channel": "burung",
        "text": "Halo @Tanggap, saldo saya hilang #Kecewa",
        "probabilities": {"complaint": 0.9, "question": 0.1},
        "author": AuthorFacts(handle="budi", name="Budi", followers=120),
    }
    return Facts(**base | values)


def holds(source: str, **values: Any) -> bool:
    return compile_condition(source).holds(context_for(post(**values), EVERYTHING))


@pytest.mark.parametrize(
    "source",
    [
        "true",
        'label == "complaint" && certain',
        "label in ['complaint', 'question']",
        "confidence >= 0.5 && confidence > 0",
        "probabilities.complaint > probabilities.question",
        "probabilities.praise == 0.0",
        'language != "en" || false',
        '!(channel == "lain")',
        "author.followers >= 100 && !author.verified",
        "author.followers - 20 == 100 && 2 * 3 % 4 == 2 && -1 < 0",
        'text.contains("saldo") && text.startsWith("Halo") && text.endsWith("#Kecewa")',
        r'text.matches(r"sal\wo") && !text.matches("SALDO")',
        '"tanggap" in mentions && "kecewa" in hashtags && !("x" in hashtags)',
        'mentions.exists(m, m.startsWith("tang")) && mentions.all(m, m != "x")',
        'mentions.exists_one(m, m == "tanggap") && size(mentions) == 1 && mentions.size() < 2',
        'words_any(["SALDO", "lain"]) && !words_any(["sal"])',
        'words_any(["saya  hilang"]) && !words_any(["hilang saya"])',
        'mentions_any(["@tanggap"]) && hashtags_any(["KECEWA"])',
        "true // said to everybody\n && true",
        "conversation.posts == 1 && conversation.state == 'open'",
        "engagement.likes + engagement.replies + engagement.reposts == 0",
        'kind == "mention" && visibility == "public"',
    ],
)
def test_conditions_of_the_vocabulary_hold(source: str) -> None:
    assert holds(source)


@pytest.mark.parametrize(
    ("source", "place", "problem", "fix"),
    [
        ("label = 'x'", (1, 7), "'=' does not fit", "Compare with =="),
        ("label == 'complain'", (1, 10), "label is never 'complain'", "complaint"),
        ("label in ['question', 'Praise']", (1, 23), "never 'Praise'", "praise"),
        ("lable == 'complaint'", (1, 1), "'lable' is not known", "label"),
        ("author.folowers > 1", (1, 8), "author has no 'folowers'", "followers"),
        ("certain &&\n  author.followers", (2, 3), "whole number", "Compare"),
        ("author.followers", (1, 1), "must be yes/no", "Compare"),
        ("author", (1, 1), "group", "followers"),
        ("label && true", (1, 1), "joins yes/no, this is text", "Compare"),
        ("label == 1", (1, 10), "text == whole number", "quotes"),
        ("label > 'a'", (1, 1), "needs numbers", "=="),
        ("confidence + 1 > 0", (1, 14), "cannot mix", "2.0"),
        ("text + text == 'a'", (1, 1), "cannot take text", "whole numbers"),
        ("confidence % 2.0 == 0.0", (1, 1), "cannot take number", "whole"),
        ("!label", (1, 2), "turns a yes/no around", "Compare"),
        ("-label == 1", (1, 2), "needs a number", "Remove"),
        ("'a' in text", (1, 8), "needs a list of text", "in ["),
        ("label in []", (1, 10), "empty", "at least one"),
        ("label in ['complaint', 1]", (1, 24), "same type", "quotes"),
        ("mentions == hashtags", (1, 1), "lists cannot be compared", "exists"),
        ("mentions > 1", (1, 1), "needs numbers", "size"),
        ("text.matches('(')", (1, 14), "the pattern is wrong: unclosed group", "Mend"),
        ("text.matches(label)", (1, 14), "written out", "matches("),
        (r"text.matches(r'\w{31}')", (1, 14), "repeats parts 31 times", "+ or *"),
        (r"text.matches(r'(a{6}){6}')", (1, 14), "repeats parts 36 times", "+ or *"),
        ("text.lower() == 'a'", (1, 6), "text has no function 'lower'", "contains"),
        ("mentions.exist(m, true)", (1, 10), "no function 'exist'", "exists"),
        ("words_al(['a'])", (1, 1), "no function 'words_al'", "words_any"),
        ("words_any('a')", (1, 11), "takes list of text", "list"),
        ("size(text) > 1", (1, 6), "counts the items of a list", "Remove"),
        ("mentions.exists(m, hashtags.exists(h, h == m))", (1, 29), "inside", "one list"),
        ("mentions.exists(label, true)", (1, 17), "'label' is taken", "another name"),
        ("mentions.exists(1, true)", (1, 17), "'1' does not fit", "name for the item"),
        ("mentions.exists(m, m)", (1, 20), "needs a yes/no", "Compare"),
        ("certain and true", (1, 9), "'and' does not fit", "&&"),
        ("certain or true", (1, 9), "'or' does not fit", "||"),
        ("not certain", (1, 1), "'not' is not known", "!"),
        ("certain ? true : false", (1, 9), "'?' does not fit", "&&"),
        ("probabilities['complaint'] > 0.1", (1, 1), "group", "complaint"),
        ("certain & true", (1, 9), "not understood", "&&"),
        ("{'a': 1}.a == 1", (1, 1), "not understood", "Maps"),
        ("label == “complaint”", (1, 10), "not understood", "straight"),
        ("label == 'complaint", (1, 10), "not understood", "Close"),
        ("label ==", (1, 9), "the end does not fit", "Complete"),
        ("", (1, 1), "the end does not fit", "Complete"),
        ("(certain", (1, 9), "the end does not fit", "Write )"),
        ("certain.x", (1, 9), "has no 'x'", "Remove"),
        ("text. == 1", (1, 7), "'==' does not fit", "name after the dot"),
        ("5u == 5", (1, 2), "'u' does not fit", "Complete"),
    ],
)
def test_faults_name_place_problem_and_fix(
    source: str, place: tuple[int, int], problem: str, fix: str
) -> None:
    with pytest.raises(InvalidRuleError) as caught:
        compile_condition(source)
    error = caught.value
    assert (error.line, error.column) == place
    assert problem in error.problem
    assert fix in error.fix
    assert str(error).startswith(f"condition, line {place[0]}, column {place[1]}: ")


def test_faults_that_only_cel_sees_keep_their_place() -> None:
    with pytest.raises(InvalidRuleError) as caught:
        compile_condition("certain &&\n  9223372036854775808 > 1")
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert "invalid int literal" in caught.value.problem


@pytest.mark.parametrize(
    "source",
    [
        "(" * 80 + "true" + ")" * 80,
        "!" * 4_000 + "true",
        "-" * 4_000 + "1 == 1",
        "1" + " + 1" * 1_500 + " > 1",
        " || ".join(["certain"] * 500),
        "text" + ".text" * 1_500 + " == 'a'",
        "mentions.exists(a, " * 60 + "true" + ")" * 60,
        "label in [" + "'complaint'," * 2_000 + "]",
        "true" + " " * 8_000,
        "1 in [" * 500,
    ],
)
def test_conditions_that_would_overflow_the_stack_are_refused(source: str) -> None:
    with pytest.raises(InvalidRuleError):
        compile_condition(source)


def test_a_refused_condition_is_refused_again_from_the_cache() -> None:
    for _ in range(2):
        with pytest.raises(InvalidRuleError):
            compile_condition("nothing")


PIECES = [
    *("(", ")", "[", "]", ",", ".", "!", "-", "+", "*", "/", "%", "==", "!=", "<", ">=", "in"),
    *("&&", "||", "label", "confidence", "certain", "author", "followers", "verified", "text"),
    *("mentions", "hashtags", "size", "exists", "all", "m", "contains", "matches", "words_any"),
    *("'complaint'", "'a'", "1", "0", "2.5", "true", "probabilities", "praise", "\n", "// x\n"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_whatever_passes_the_checks_answers_yes_or_no(source: str) -> None:
    try:
        condition = compile_condition(source)
    except InvalidRuleError:
        return
    context = context_for(post(), EVERYTHING)
    try:
        assert condition.program.execute(context) in (True, False)
    except ArithmeticError:
        assert "/" in source or "%" in source


numbers = st.sampled_from(
    ["author.followers", "engagement.likes", "conversation.posts", "size(mentions)", "7", "-2"]
)
flags = st.recursive(
    st.one_of(
        st.sampled_from(["certain", "author.verified", "true", 'text.contains("saldo")']),
        st.builds("{} {} {}".format, numbers, st.sampled_from(["==", "<", ">=", "!="]), numbers),
        st.builds('label {} "{}"'.format, st.sampled_from(["==", "!="]), st.sampled_from(LABELS)),
        st.builds("probabilities.{} > {}".format, st.sampled_from(LABELS), st.floats(0.1, 0.9)),
        st.builds('mentions.exists(m, m == "{}")'.format, st.sampled_from(["a", "tanggap"])),
    ),
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
    ),
    max_leaves=6,
)


@given(flags)
def test_well_typed_conditions_pass_and_mean_what_python_means(source: str) -> None:
    facts = post()
    readable = (
        source.replace("&&", " and ")
        .replace("||", " or ")
        .replace("!(", " not (")
        .replace("true", "True")
    )
    for name in sorted((n for n in v.VARIABLES if "." in n and n in source), key=len)[::-1]:
        group, _, part = name.partition(".")
        owner = getattr(facts, group)
        value = owner.get(part, 0.0) if isinstance(owner, dict) else getattr(owner, part)
        readable = readable.replace(name, repr(value))
    readable = readable.replace("size(mentions)", "1").replace("certain", "True")
    readable = readable.replace('text.contains("saldo")', "True")
    readable = readable.replace('mentions.exists(m, m == "tanggap")', "True")
    readable = readable.replace('mentions.exists(m, m == "a")', "False")
    readable = readable.replace("label ", f"{facts.label!r} ")
    assert holds(source) is eval(readable)  # noqa: S307 - the text is made above


def test_context_gives_every_name_its_type() -> None:
    context = context_for(post(), EVERYTHING).variables
    types = {v.FLAG: bool, v.TEXT: str, v.WHOLE: int, v.NUMBER: float, v.TEXTS: list}
    found = set()
    for name, value in context.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, inner in parts:
            path = f"{name}.{part}" if part else name
            assert type(inner) is types[v.VARIABLES[path].kind], path
            found.add(path)
    assert found == set(v.VARIABLES)


LISTS = Lists([NamedList("vip", "VIP", "VIP", ("@Budi", "Bank Contoh", "@ojkindonesia", "OJK"))])


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ('mentions_list("vip")', {"text": "lapor @OJKIndonesia"}, True),
        ('mentions_list("vip")', {"text": "lapor OJK"}, False),
        ('words_list("vip")', {"text": "sudah lapor ke ojk!"}, True),
        ('words_list("vip")', {"text": "bank  CONTOH parah"}, True),
        ('words_list("vip")', {"text": "bank jago"}, False),
        ('"@ojkindonesia" in list("vip")', {}, True),
        ('"vip" in author.lists', {}, True),
        ('"vip" in author.lists', {"author": AuthorFacts(handle="x", name="bank contoh")}, True),
        ('"vip" in author.lists', {"author": AuthorFacts(handle="x", name="y")}, False),
        ('author.tier == "nano"', {"author": AuthorFacts(followers=9_999)}, True),
        ('author.tier == "mega"', {"author": AuthorFacts(followers=1_000_000)}, True),
        ('team_load("care") > 5', {"around": Surroundings(team_loads={"care": 6})}, True),
        ('team_load("care") > 5', {}, False),
        ("time.hour >= 22 || time.weekday > 5", {"around": Surroundings(at=SUNDAY)}, True),
        ("!time.business_hours", {"around": Surroundings(business_hours=False)}, True),
        (
            'links.exists(l, l.startsWith("bit.ly/"))',
            {"text": "cek (https://BIT.ly/promo), ya"},
            True,
        ),
        ('"contoh.example/a" in links', {"text": "lihat contoh.example/a."}, True),
        ("size(links) == 0", {"text": "e-mail saya a.b@c.example dan 3.5/5"}, True),
        ("engagement.per_hour > 10.0", {"engagement": EngagementFacts(per_hour=10.5)}, True),
    ],
)
def test_lists_load_time_links_and_speed(
    source: str, values: dict[str, Any], expected: bool
) -> None:
    condition = compile_condition(source)
    context = context_for(post(**values), condition.reads, LISTS)
    assert condition.holds(context) is expected


def test_a_list_that_is_missing_is_an_error_of_the_rule_alone() -> None:
    condition = compile_condition('mentions_list("vpi")')
    with pytest.raises(Exception, match=r"no list 'vpi'.*mean vip"):
        condition.holds(context_for(post(), condition.reads, LISTS))


@pytest.mark.parametrize("source", ["mentions_list(label)", 'team_load("a" + "b") > 1'])
def test_keys_of_lists_and_teams_are_written_out(source: str) -> None:
    with pytest.raises(InvalidRuleError):
        compile_condition(source)


def test_only_what_is_read_is_made() -> None:
    source = 'author.followers > 1 && team_load("care") > 1 && words_list("vip")'
    reads = compile_condition(source).reads
    assert (reads.paths, reads.teams, reads.lists) == ({"author.followers"}, {"care"}, {"vip"})
    assert context_for(post(), reads, LISTS).variables == {"author": {"followers": 120}}


def test_known_values_are_those_of_classifier_and_store() -> None:
    assert v.LABELS == LABELS
    assert v.STATES == STATES


@pytest.mark.parametrize("source", ["text.contains('a')", "author.name == 'a'"])
def test_half_characters_and_huge_numbers_do_not_break_the_context(source: str) -> None:
    facts = {
        "text": "a\ud800b\x00" + "c" * 100_000,
        "author": AuthorFacts(name="\udfff", followers=2**80),
        "engagement": EngagementFacts(likes=-(2**70)),
        "mentions": ["\ud800"],
    }
    assert holds(source, **facts) is source.startswith("text")
    assert holds("author.followers > 1000000", **facts)


def test_division_by_zero_is_an_arithmetic_error() -> None:
    with pytest.raises(ArithmeticError):
        holds("1 / engagement.likes == 1")

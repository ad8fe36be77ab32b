"""Templates of answers: the shipped ones hold their tone, hostile ones are refused."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.answers import (
    Situation,
    Template,
    TemplateSyntaxError,
    default_templates,
    parse_templates,
    render,
    suggest,
    suggest_step,
)
from tanggap.rules.tone import Draft, Severity, default_profile, lint
from tanggap.sdk.types import Formality, ToneProfile

VALUES = {
    "id": {
        "name": "Kak Rina",
        "deadline": "jam 17.00 WIB",
        "team": "jaringan",
        "topic": "gangguan di Bandung",
        "link": "https://contoh.id/bantuan",
        "answer": "Menunya ada di Profil.",
    },
    "en": {
        "name": "Rina",
        "deadline": "5 pm today",
        "team": "the network team",
        "topic": "the outage in Bandung",
        "link": "https://example.com/help",
        "answer": "It is in the Profile menu.",
    },
}


def situation(**values: Any) -> Situation:
    return Situation(
        **{
            "language": "id",
            "label": "complaint",
            "channel": "x",
            "formality": Formality.CASUAL,
            "values": VALUES[values.get("language", "id")],
            **values,
        }
    )


def _is_private(template: Template) -> bool:
    return template.step == "write_private" or template.key == "ask-private-first"


@pytest.mark.parametrize("language", ["id", "en"])
def test_sixty_templates_come_with_each_language(language: str) -> None:
    assert sum(t.language == language for t in default_templates()) >= 60


def test_every_template_exists_in_both_languages() -> None:
    keys = Counter((t.key, t.step, t.formality) for t in default_templates())
    assert set(keys.values()) == {2}


@pytest.mark.parametrize("template", default_templates(), ids=lambda t: f"{t.language}-{t.key}")
def test_a_shipped_template_passes_the_linter_of_its_own_tone(template: Template) -> None:
    values = dict(VALUES[template.language])
    if template.formality is Formality.FORMAL and template.language == "id":
        values["name"] = "Ibu Rina"
    tone = ToneProfile(formality=template.formality, emoji=True)
    for text in template.texts:
        draft = Draft(
            text=render(text, values),
            language=template.language,
            customer_language=template.language,
            initials="AB",
            label=template.labels[0] if template.labels else "",
            first_answer=template.step == "acknowledge" and template.labels == ("complaint",),
            visibility="private" if _is_private(template) else "public",
        )
        found = lint(draft, default_profile(template.language, tone))
        assert [f"{f.code}: {f.message['en']}" for f in found if f.severity != Severity.HINT] == []


def test_what_the_case_does_not_tell_stays_open_and_is_named_by_the_linter() -> None:
    text = render("Kami kabari {{ deadline }}, {{ name }}.", {"name": "Kak Rina"})
    assert text == "Kami kabari {deadline}, Kak Rina."
    found = lint(Draft(text=text, language="id", initials="AB"), default_profile("id"))
    assert [finding.code for finding in found] == ["unfilled"]


@pytest.mark.parametrize(
    "template",
    [t for t in default_templates() if t.language == "en"],
    ids=lambda t: t.key,
)
def test_a_nameless_customer_is_addressed_without_a_gap(template: Template) -> None:
    values = {name: value for name, value in VALUES["en"].items() if name != "name"}
    for text in template.texts:
        said = render(text, values)
        assert "{" not in said
        assert not re.search(r"\s[,.!?;]|^[,.!?;]|,\s*,", said)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ nmae }}", "name"),
        ("{{ name.__class__.__mro__ }}", "Getattr is not allowed"),
        ("{{ ''.join(name) }}", "is not allowed"),
        ("{% for a in name %}{{ a }}{% endfor %}", "For is not allowed"),
        ("{% include 'x' %}", "Include is not allowed"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "is not allowed"),
        ("{{ name | upper }}", "Filter is not allowed"),
        ("{{ 9 ** 9 ** 9 }}", "is not allowed"),
        ("{{ name", "line 1"),
        ("a" * 3_000, "longer than"),
        ("{% extends 'x' %}", "is not allowed"),
        ("{% import 'x' as x %}", "is not allowed"),
        ("{% block a %}{{ self.a() }}{% endblock %}", "is not allowed"),
        ("{% set name = name %}", "is not allowed"),
        ("{{ " + "(" * 900 + "name" + ")" * 900 + " }}", "nested too deep"),
        ("{{ " + "not " * 400 + "name }}", ""),
        ("Halo\n{{ nama }}", "line 2"),
        ("Halo\n\n{{ name.upper() }}", "line 3"),
    ],
)
def test_a_template_that_does_more_than_fill_in_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=r"line \d+:") as refused:
        render(text, {})
    assert message in str(refused.value)


@given(st.text(max_size=80))
def test_a_customers_name_is_never_read_as_a_template(name: str) -> None:
    assert "{" not in render("Halo {{ name }}", {"name": f"{{{{ {name} }}}}x"})


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ({"label": "complaint"}, ["acknowledge", "ask_privately", "move_private"]),
        ({"label": "question"}, ["resolve", "acknowledge", "ask_privately"]),
        ({"label": "praise"}, ["thank", "thank", "thank"]),
        ({"label": "complaint", "closing_owed": True}, ["public_closing"] * 3),
        ({"label": "complaint", "resolved": True}, ["follow_up"] * 3),
        ({"label": "complaint", "first_answer": False}, ["update", "resolve", "move_private"]),
        ({"label": "none"}, []),
    ],
)
def test_the_case_decides_which_step_is_suggested(values: dict[str, Any], steps: list[str]) -> None:
    found = suggest(default_templates(), situation(**values))
    assert [suggestion.step for suggestion in found] == steps


def test_one_complaint_gets_three_tones_on_three_platforms() -> None:
    texts = {
        suggest(default_templates(), situation(formality=formality))[0].text
        for formality in Formality
    }
    assert len(texts) == 3


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("formality", list(Formality))
@pytest.mark.parametrize(
    "step", ["move_private", "write_private", "public_closing", "ask_rating", "ask_permission"]
)
def test_every_tone_has_words_for_the_steps_that_one_click_writes(
    language: str, formality: Formality, step: Any
) -> None:
    values = {"language": language, "formality": formality, "label": "anything"}
    found = suggest_step(default_templates(), situation(**values), step)
    assert found is not None


def test_a_step_with_a_link_takes_a_text_that_has_room_for_it() -> None:
    with_link = suggest_step(default_templates(), situation(), "ask_rating")
    without = {**VALUES["id"], "link": ""}
    bare = suggest_step(default_templates(), situation(values=without), "ask_rating")
    assert with_link is not None
    assert bare is not None
    assert VALUES["id"]["link"] in with_link.text
    assert "{" not in bare.text


def test_answers_to_a_pile_on_do_not_repeat() -> None:
    first = suggest(default_templates(), situation())[0]
    second = suggest(default_templates(), situation(used=frozenset({first.text})))[0]
    assert second.key == first.key
    assert second.text != first.text


def test_nothing_is_moved_to_private_that_is_private_already() -> None:
    found = suggest(default_templates(), situation(private=True), at_most=20)
    assert {"move_private", "public_closing"}.isdisjoint(s.step for s in found)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("- {key: a, step: dance, texts: [x]}", "the step is one of"),
        ("- {key: a, step: thank, texts: []}", "at least one text"),
        ("- {key: a, step: thank, texts: ['{{ nme }}']}", "template 1 (a): line 1"),
        ("- {key: a, step: thank, texts: [x]}\n- {key: a, step: thank, texts: [y]}", "twice"),
        ("- {step: thank, texts: [x]}", "key, step and texts"),
        ("[", "not YAML"),
    ],
)
def test_a_bad_template_file_is_refused_with_the_place(document: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_templates(document, "id")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("formality", list(Formality))
def test_a_label_of_an_own_model_gets_a_first_answer_too(
    language: str, formality: Formality
) -> None:
    values = {"label": "refund", "language": language, "formality": formality}
    found = suggest(default_templates(), situation(**values))
    assert [one.step for one in found][:2] == ["acknowledge", "ask_privately"]
    assert all(one.key.split("-")[1] == "general" for one in found)
    assert suggest(default_templates(), situation(**values | {"label": "none"})) == []


def test_a_template_for_the_label_goes_before_one_for_any() -> None:
    keys = [one.key for one in suggest(default_templates(), situation(), at_most=30)]
    general = [key for key in keys if "general" in key]
    assert general
    assert keys.index("ack-outage") < keys.index(general[0])


def test_a_refused_template_says_why_in_both_languages() -> None:
    with pytest.raises(TemplateSyntaxError) as refused:
        render("Halo\n{{ nama }}", {})
    assert refused.value.line == 2
    assert "tidak ada variabel 'nama'" in refused.value.message["id"]
    assert "there is no 'nama'" in refused.value.message["en"]

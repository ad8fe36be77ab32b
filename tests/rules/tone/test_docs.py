"""The page about tone names every finding, every variable and the figures that were measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from tanggap.inbox.tone.tone_form import LONGEST_PHRASE, MOST_PHRASES
from tanggap.rules.answers import default_templates
from tanggap.rules.answers.template import VARIABLES
from tanggap.rules.tone import CODES, Profile
from tanggap.rules.tone.formality import sound_of
from tanggap.store.users import BLOCKING

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "tone.md").read_text("utf-8")
SENTENCES = yaml.safe_load((Path(__file__).parent / "formality.yaml").read_text("utf-8"))


def rows(heading: str) -> list[str]:
    """Give the lines of the table under a heading."""
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in part.splitlines() if line.startswith("| `")]


def stops(code: str) -> str:
    return "always" if code == "too_long" else "yes" if code in BLOCKING else ""


def test_every_finding_is_in_the_table_as_the_linter_has_it() -> None:
    assert rows("Findings") == [
        f"| `{code}` | {known.name['en']} | {known.name['id']} | {known.severity} | {stops(code)} |"
        for code, known in CODES.items()
    ]


def test_every_variable_is_in_the_table() -> None:
    assert rows("Templates") == [
        f"| `{name}` | {means['en']} | {means['id']} |" for name, means in VARIABLES.items()
    ]


def test_every_field_of_a_profile_is_explained() -> None:
    named = {line.split("`")[1] for line in rows("What a profile holds")}
    assert named == {field.name for field in fields(Profile)} - {"language"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_measured_figures_are_those_of_the_test_set(language: str) -> None:
    heard = [
        sound_of(sentence, language).formality.value == gold
        for gold, sentences in SENTENCES[language].items()
        for sentence in sentences[len(sentences) // 2 :]
    ]
    assert f"{sum(heard)} of {len(heard)} in {'Indonesian' if language == 'id' else 'English'}" in (
        " ".join(PAGE.split())
    )


def test_counts_of_the_page_are_right() -> None:
    counts = Counter(template.language for template in default_templates())
    assert counts["id"] == counts["en"]
    assert f"{counts['id']} templates in each language" in PAGE
    assert f"{MOST_PHRASES} lines of {LONGEST_PHRASE} characters" in PAGE

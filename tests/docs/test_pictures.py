"""Guides show pictures that exist, and name journeys that are tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
LARGEST = 150_000


def shown() -> dict[str, list[str]]:
    """List the pictures that pages show, each with what stands for it where it is not seen."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for said, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text("utf-8")):
            found.setdefault((page.parent / path).resolve().name, []).append(said)
    return found


def test_every_picture_that_is_shown_exists_and_every_one_is_shown() -> None:
    assert sorted(shown()) == sorted(path.name for path in PICTURES.iterdir())


def test_pictures_are_small_few_and_described() -> None:
    paths = list(PICTURES.iterdir())
    assert len(paths) <= 20
    assert [path.name for path in paths if path.stat().st_size > LARGEST] == []
    assert all(len(said) > 15 for words in shown().values() for said in words)


def test_every_picture_is_one_that_the_script_takes() -> None:
    script = (ROOT / "scripts" / "pictures.py").read_text("utf-8")
    assert sorted(re.findall(r'Scene\("([a-z-]+)"', script)) == sorted(
        path.stem for path in PICTURES.iterdir()
    )


def test_journeys_that_are_named_are_tests() -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
    named = re.findall(r"\[`(test_\w+)`\]\(\.\./([^)]+)\)", text)
    assert len(named) > 20
    for name, path in named:
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), name

"""`tanggap rules`: what goes out comes in again, and faults are named with their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path, ready: Run) -> Path:
    return tmp_path / "rules.yaml"


def test_what_was_exported_comes_in_unchanged(run: Run, file: Path) -> None:
    assert run("rules", "export", str(file)).exit_code == 0
    text = file.read_text("utf-8")
    assert "regulators" in text
    assert run("rules", "export").output == text
    done = run("rules", "import", "--replace", str(file))
    assert "0 new, 0 changed" in done.output
    assert ", 0 taken out of force." in done.output
    assert run("rules", "export").output == text
    assert run("rules", "check", str(file)).exit_code == 0


def test_a_changed_rule_and_list_are_taken_over(run: Run, file: Path) -> None:
    run("rules", "export", str(file))
    text = file.read_text("utf-8")
    file.write_text(text.replace("Satgas PASTI", "Satgas Baru").replace("60 minutes", "45 minutes"))
    assert "0 new, 1 changed" in run("rules", "import", str(file)).output
    out = run("rules", "export").output
    assert ("Satgas Baru" in out, "45 minutes" in out) == (True, True)


def test_rules_in_force_are_found_right(run: Run, file: Path) -> None:
    checked = run("rules", "check")
    assert (checked.exit_code, checked.output) == (0, "Nothing is wrong.\n")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("condition: 'labl == \"x\"', actions: [stop]", ("file line 1", "'labl'", "label")),
        ("condition: 'true', actions: [assign_team: car]", ("no team 'car'", "care")),
        ("condition: 'true', actions: [suggest_template: nope]", ("no template 'nope'",)),
        ("condition: 'true', actions: [call: gone.do]", ("no plugin offers 'gone.do'",)),
        ("condition: 'mentions_list(\"vip\")', actions: [stop]", ("no list 'vip'", "regulators")),
    ],
)
def test_faults_are_named_and_nothing_changes(
    run: Run, file: Path, rule: str, words: tuple[str, ...]
) -> None:
    before = run("rules", "export").output
    file.write_text(f"rules: [{{key: a, {rule}}}]")
    checked = run("rules", "check", str(file))
    assert checked.exit_code == 1
    assert all(word in checked.output for word in words), checked.output
    assert run("rules", "import", str(file)).exit_code == 1
    assert run("rules", "export").output == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"rules: []\n" + b"# x\n" * 2_700_000, "larger than 1 MiB"),
        (b"a: &a [1]\nrules: *a", "aliases"),
        (b"rules: [", "not YAML"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_files_that_are_none_are_refused(run: Run, file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    done = run("rules", "import", str(file))
    assert done.exit_code == 1
    assert words in done.output

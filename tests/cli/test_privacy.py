"""`tanggap privacy`: find, export, erase and bound what is kept, from the command line."""

from __future__ import annotations

import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def known(ready: Run, tmp_path: Path) -> Run:
    """A database with one imported post of rita's."""
    posts = tmp_path / "posts.csv"
    posts.write_text("id,created_at,text,author\n1,2026-10-01T08:00:00Z,internet mati,rita\n")
    result = ready("import", str(posts), "--no-triage")
    assert result.exit_code == 0, result.output
    return ready


def number_of(run: Run, words: str) -> str:
    found = run("privacy", "find", words).output
    line = next(line for line in found.splitlines() if words in line)
    return line.replace("│", " ").split()[0]


def test_export_is_a_file_that_only_its_owner_reads(known: Run, tmp_path: Path) -> None:
    path = tmp_path / "rita.zip"
    result = known("privacy", "export", number_of(known, "rita"), "--output", str(path))
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as zipped:
        assert "internet mati" in zipped.read("data.json").decode()
    again = known("privacy", "export", number_of(known, "rita"), "--output", str(path))
    assert again.exit_code == 1
    assert "cannot be written" in again.output


def test_erasing_asks_for_the_handle_and_leaves_a_certificate(known: Run, tmp_path: Path) -> None:
    number, path = number_of(known, "rita"), tmp_path / "certificate.json"
    refused = known("privacy", "erase", number, stdin="budi\n")
    assert refused.exit_code == 1
    assert "type rita exactly" in refused.output
    arguments = ("--confirm", "rita", "--reason", "S-1", "--output", str(path))
    done = known("privacy", "erase", number, *arguments)
    assert done.exit_code == 0, done.output
    said = json.loads(path.read_text("utf-8"))
    assert (said["complete"], said["reason"], said["asked_by"]) == (True, "S-1", "command line")
    assert "Nobody is called so" in known("privacy", "find", "rita").output
    assert "nothing is left" in known("privacy", "erase", number, "--confirm", "x").output


def test_whom_a_restored_backup_brought_back_is_erased_anew(
    known: Run, tmp_path: Path, data_dir: Path
) -> None:
    path = tmp_path / "certificate.json"
    number = number_of(known, "rita")
    backup = tmp_path / "backup.db"
    with sqlite3.connect(data_dir / "tanggap.db") as source, sqlite3.connect(backup) as copy:
        source.backup(copy)
    known("privacy", "erase", number, "--confirm", "rita", "--output", str(path))
    with sqlite3.connect(backup) as source, sqlite3.connect(data_dir / "tanggap.db") as back:
        source.backup(back)
    assert "rita" in known("privacy", "find", "rita").output
    assert "1 of 1 were back" in known("privacy", "again", str(path)).output
    assert "Nobody is called so" in known("privacy", "find", "rita").output
    assert "0 of 1 were back" in known("privacy", "again", str(path)).output
    path.write_text("{}")
    assert "no certificate" in known("privacy", "again", str(path)).output


def test_retention_is_counted_set_and_listed(known: Run) -> None:
    assert "for ever" in known("privacy", "retention").output
    wrong = known("privacy", "retention", "--channel", "import", "--text-days", "soon")
    assert wrong.exit_code == 1
    assert "whole number of days" in wrong.output


@pytest.mark.parametrize("flags", [("--channel", "nope"), ("--channel", "x", "--account", "9")])
def test_nothing_is_counted_for_a_place_that_is_not_there(
    ready: Run, flags: tuple[str, ...]
) -> None:
    result = ready("privacy", "retention", *flags, "--text-days", "3", "--dry-run")
    assert (result.exit_code, "would go" in result.output) == (1, False)
    assert "there is no" in result.output

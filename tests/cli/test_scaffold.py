"""`tanggap plugins new` makes a plugin that passes everything a plugin has to pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tanggap.cli import main

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
LONG_NAME = "kedai-kopi-nusantara"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one plugin for the tests that only look."""
    target = tmp_path_factory.mktemp("made") / "plugin"
    result = CliRunner().invoke(main, ["plugins", "new", LONG_NAME, "--dir", str(target)])
    assert result.exit_code == 0, result.output
    return target


def run_in(folder: Path, *command: str) -> str:
    paths = [str(folder), *filter(None, sys.path)]
    ran = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_made_plugin_passes_its_contract_tests(made: Path) -> None:
    said = run_in(made, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    assert " passed" in said
    assert "skipped" not in said


def test_made_plugin_passes_the_linters(made: Path) -> None:
    run_in(made, "ruff", "check", "--no-cache", ".")
    assert "Success" in run_in(made, "mypy", "--cache-dir", os.devnull)


def test_made_plugin_names_the_example_nowhere(made: Path) -> None:
    for path in made.rglob("*"):
        assert "echo" not in path.name.lower()
        if path.is_file() and path.suffix != ".pyc":
            assert "echo" not in path.read_text("utf-8").lower(), path


def test_made_plugin_declares_what_is_installed(made: Path) -> None:
    project = tomllib.loads((made / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["name"] == f"tanggap-{LONG_NAME}"
    points = project["project"]["entry-points"]
    assert points["tanggap"] == {"kedai_kopi_nusantara": "tanggap_kedai_kopi_nusantara"}
    assert (made / "tanggap_kedai_kopi_nusantara" / "py.typed").exists()


@pytest.mark.parametrize(
    ("licence", "line"), [("MIT", "MIT License"), ("BSD-3-Clause", "BSD 3-Clause License")]
)
def test_licence_names_its_owner(run: Run, tmp_path: Path, licence: str, line: str) -> None:
    target = tmp_path / "plugin"
    options = ("--dir", str(target), "--license", licence, "--author", "Rina Demo")
    assert run("plugins", "new", "toko", *options).exit_code == 0
    text = (target / "LICENSE").read_text("utf-8")
    assert text.startswith(line)
    assert "Rina Demo" in text
    assert "Tanggap founders" not in text
    project = tomllib.loads((target / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["authors"]) == (licence, [{"name": "Rina Demo"}])


def test_plugin_without_licence_has_none(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "plugin"
    assert run("plugins", "new", "toko", "--dir", str(target), "--license", "none").exit_code == 0
    assert not (target / "LICENSE").exists()
    assert "license" not in (target / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["Toko", "1toko", "class", "toko_", "../toko", "toko\n", "a" * 41])
def test_name_that_cannot_be_a_package_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    result = run("plugins", "new", name, "--dir", str(tmp_path / "plugin"))
    assert result.exit_code == 1
    assert "cannot name a plugin" in result.output
    assert not (tmp_path / "plugin").exists()


def test_title_that_would_break_the_code_is_refused(run: Run, tmp_path: Path) -> None:
    options = ("--dir", str(tmp_path / "plugin"), "--title", 'x"; import os #')
    assert run("plugins", "new", "toko", *options).exit_code == 1
    assert not (tmp_path / "plugin").exists()


def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "notes.txt"
    kept.write_text("mine")
    result = run("plugins", "new", "toko", "--dir", str(tmp_path))
    assert result.exit_code == 1
    assert "holds something already" in result.output
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["notes.txt"]


def test_made_plugin_leads_to_a_guide_that_is_installed(run: Run, tmp_path: Path) -> None:
    said = run("plugins", "new", "toko", "--dir", str(tmp_path / "plugin")).output
    guide = Path(said.splitlines()[-1].removesuffix(" leads on from there."))
    assert guide.is_absolute()
    pages = {guide.name, *re.findall(r"\]\(((?:sdk|err)[\w-]*\.md)", guide.read_text("utf-8"))}
    assert len(pages) == 4
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for page in pages:
        assert included[f"docs/{page}"] == f"tanggap/_docs/{page}"

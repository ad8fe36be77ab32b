"""What the code base promises about itself: size, names, and who knows whom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "app" / "tanggap"
SOURCES = sorted(
    path
    for folder in (CORE, *(ROOT / "plugins").glob("*/tanggap_*"), ROOT / "ml" / "tanggap_ml")
    for path in folder.rglob("*.py")
)
FIRST_PARTY = ("twitter", "facebook", "linkedin", "discourse")
FILE_LINES, FUNCTION_LINES = 300, 40


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count from `def` to the end; decorators and docstring are not what makes it hard to read."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    counts = {name(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {file: count for file, count in counts.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_forty_lines() -> None:
    long = {
        f"{name(path)}:{function.name}": lines
        for path in SOURCES
        for function in functions(path)
        if (lines := body_lines(function)) > FUNCTION_LINES
    }
    assert long == {}


def test_no_body_is_a_stub() -> None:
    stubs = [name(path) for path in SOURCES if "NotImplementedError" in path.read_text("utf-8")]
    assert stubs == []


def test_core_names_no_channel() -> None:
    """A channel of ours has only what a stranger's has, so the core cannot know it by name.

    A picture's address inside a post's text is text.
    """
    word = re.compile(r"(?<!pic\\.)(" + "|".join(FIRST_PARTY) + ")", re.IGNORECASE)
    named = [
        f"{name(path)}:{number}"
        for path in sorted(CORE.rglob("*"))
        if path.suffix in {".py", ".html", ".js", ".css"} and "vendor" not in path.parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if word.search(line)
    ]
    assert named == []


def test_package_itself_holds_a_docstring_and_a_version() -> None:
    tree = ast.parse((CORE / "__init__.py").read_text("utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr, ast.Assign]


def test_every_package_is_typed() -> None:
    packages = [CORE, *(ROOT / "plugins").glob("*/tanggap_*"), ROOT / "ml" / "tanggap_ml"]
    assert [name(folder) for folder in packages if not (folder / "py.typed").exists()] == []


def tracked_texts() -> list[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / file for file in listed.stdout.split("\0") if file]
    texts = []
    for file in files:
        try:
            texts.append((name(file), file.read_text("utf-8")))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return texts


def test_no_file_names_a_path_of_one_machine() -> None:
    machine = re.compile(r"/(work|farm|root|home/\w+|Users/\w+)/|/tmp/\w")
    allowed = {"tests/architecture/test_layout.py"}
    found = [
        f"{file}: {match[0]}"
        for file, text in tracked_texts()
        if file not in allowed and (match := machine.search(text))
    ]
    assert found == []


def test_layers_and_homes_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    ran = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout

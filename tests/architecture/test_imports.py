"""Importing a part loads no more than that part needs; each is tried in a fresh process."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "flask",
    "sqlalchemy",
    "alembic",
    "huey",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "httpx",
    "werkzeug",
    "rich",
    "torch",
    "transformers",
)


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import tanggap.sdk",
        "import tanggap.settings",
        "import tanggap.cli",
        "import tanggap_twitter",
        "import tanggap_facebook",
        "import tanggap_linkedin",
        "import tanggap_discourse",
    ],
)
def test_import_is_light(statement: str) -> None:
    assert loaded_by(statement) & set(HEAVY) == set()


def test_help_of_the_command_is_light() -> None:
    quiet = "import contextlib, os\nwith contextlib.redirect_stdout(open(os.devnull, 'w')):\n    "
    command = "__import__('tanggap.cli').cli.main(['--help'], standalone_mode=False)"
    assert loaded_by(quiet + command) & set(HEAVY) == set()


def test_rules_load_neither_database_nor_web() -> None:
    assert loaded_by("import tanggap.rules") & {"flask", "sqlalchemy", "huey", "httpx"} == set()


def test_services_open_without_loading_the_model() -> None:
    assert loaded_by("import tanggap.inbox.services") & {"flask", "huey", "torch"} == set()
    assert "onnxruntime" not in loaded_by("import tanggap.inbox.services")

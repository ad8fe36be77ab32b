"""What is made from code is up to date, and the guide holds the example, whole."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "tanggap_echo"
# Written by commands of the guide, not by hand.
MADE = {"tanggap_echo/py.typed"}


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_script", ROOT / "scripts" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "scripts")
        spec.loader.exec_module(module)
    return module


def test_reference_guide_and_policy_are_as_the_code_makes_them() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"run `make docs`: {ran.stdout}{ran.stderr}"


def test_guide_holds_every_file_of_the_example_and_each_as_it_is(docs: ModuleType) -> None:
    shown = dict(docs.blocks((ROOT / "docs" / "writing-a-channel.md").read_text("utf-8")))
    kept = {
        path.relative_to(EXAMPLE).as_posix()
        for path in EXAMPLE.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and not any(p[0] == "." for p in path.parts[-3:])
    }
    written = {name for name in kept if not name.startswith("tests/events/")} - MADE
    assert set(shown) == written
    for name, text in shown.items():
        assert (EXAMPLE / name).read_text("utf-8") == text, name


def test_every_public_name_and_hook_is_in_the_reference() -> None:
    from tanggap import sdk
    from tanggap.plugins import hookspecs

    text = (ROOT / "docs" / "sdk-reference.md").read_text("utf-8")
    hooks = [name for name in vars(hookspecs) if name.startswith("tanggap_")]
    listed = [name for name in (*sdk.__all__, *hooks) if f"### `{name}" not in text]
    assert set(listed) <= {"hookimpl"}


def test_reference_has_what_authors_inherit_and_what_they_script() -> None:
    from tanggap.sdk.simulator import SimulatedPlatform
    from tanggap.sdk.simulator.control import Control

    text = (ROOT / "docs" / "sdk-reference.md").read_text("utf-8")
    platform = text.split("### `SimulatedPlatform(")[1].split("\n### ")[0]
    needed = {*SimulatedPlatform.__abstractmethods__, "key: ", "name: ", "kinds: "}
    assert [name for name in needed if f"- `{name}" not in platform] == []
    contract = text.split("### `ChannelContract`")[1].split("\n### ")[0]
    for name in ("channel: ", "fixtures: ", "simulator: ", "edits: ", "plain_account("):
        assert f"- `{name}" in contract
    assert "alone" in text.split("### `Channel`")[1].split("| field")[0]
    assert "alone" not in text.split("### `Health`")[1].split("| field")[0]
    routes = Control(SimpleNamespace(world=None)).routes()  # type: ignore[arg-type]
    assert [route.path for route in routes if f"`{route.method} {route.path}`: " not in text] == []

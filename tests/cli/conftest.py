"""Commands run in a folder of their own, and never read the settings of whoever runs the tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from tanggap.cli import main

Run = Callable[..., Result]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run `tanggap ARGUMENTS`; `stdin` is what is typed."""
    for name in [name for name in os.environ if name.startswith("TANGGAP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TANGGAP_DATA_DIR", str(data_dir))
    # Tables are as wide as the terminal, and there is none.
    monkeypatch.setattr("tanggap.cli.common.console._width", 200)
    before = structlog.get_config()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def command(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    yield command
    structlog.configure(**before)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def ready(run: Run) -> Run:
    """Run commands on a migrated database."""
    assert run("db", "upgrade").exit_code == 0
    return run

"""Services to share with other processes, and Debian's Chromium for the browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conftest import skip_or_fail
from killing import Workers
from tanggap.inbox.services import Services, open_services
from tanggap.settings import Settings

# The same engine; without the windows of a desktop it takes a third less time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's browser, quiet and without a sandbox, since CI runs as root."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        skip_or_fail("no Chromium is installed, so nothing is tested in a browser")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", *quiet],
    }


@pytest.fixture
def shared(
    settings: Settings, services: Services, request: pytest.FixtureRequest
) -> Iterator[Services]:
    """Services that another process can share; PostgreSQL goes with Redis."""
    if settings.embedded:
        yield services
        return
    with_redis = replace(settings, redis_url=request.getfixturevalue("redis_url"))
    opened = open_services(with_redis, classifier=services.classifier, registry=services.registry)
    yield opened
    opened.close()


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """The file that takes what workers send."""
    return tmp_path / "sent.txt"


@pytest.fixture
def workers(shared: Services, sent: Path) -> Iterator[Workers]:
    """Workers of the shared services, to be killed."""
    made = Workers(shared, sent)
    yield made
    made.close()

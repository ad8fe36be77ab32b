"""Debian's Chromium for the browser tests; Playwright's own cannot be fetched everywhere."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from conftest import skip_or_fail


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's browser, quiet and without a sandbox, since CI runs as root."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("no Chromium is installed, so nothing is tested in a browser")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", *quiet],
    }

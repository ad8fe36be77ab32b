"""Real mail servers, and a case that goes on through them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mail_office import Office
from mail_server import (
    Dovecot,
    Handler,
    start_dovecot,
    start_smtp,
    stop_dovecot,
)
from tanggap.inbox.services import Services


@pytest.fixture
def smtp() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    server = start_smtp(handler)
    yield handler, server.port
    server.stop()


@pytest.fixture
def office(services: Services, smtp: tuple[Handler, int]) -> Office:
    open_house = replace(services.settings, private_hosts=("127.0.0.1",))
    return Office(replace(services, settings=open_house), *smtp)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="tanggap-mail-") as folder:
        server, process = start_dovecot(Path(folder))
        yield server
        stop_dovecot(process)

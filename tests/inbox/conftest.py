"""Servers of others: real mail servers, what goes on through them, and one that listens."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factories import make_user
from listeners import Listener, listening
from mail_office import Office
from mail_server import (
    Dovecot,
    Handler,
    start_dovecot,
    start_smtp,
    stop_dovecot,
)
from tanggap.inbox.services import Services
from tanggap.store.users import ADMIN


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


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def allowed(services: Services, listener: Listener) -> Services:
    """Services that may call the listener, and pause after three failures."""
    settings = replace(
        services.settings,
        private_hosts=(listener.host,),
        endpoint_failures=3,
        http_timeout_seconds=1,
    )
    return replace(services, settings=settings)


@pytest.fixture
def admin(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session, role=ADMIN).id

"""A provider on loopback, and an application that may call it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from openid import Identities, Member, running
from signing_on import AYU
from tanggap.app import create_app
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.plugins.http import HttpClient


@pytest.fixture
def identities() -> Iterator[Identities]:
    with running() as provider:
        provider.member = Member(dict(AYU))
        yield provider


@pytest.fixture
def services(services: Services) -> Iterator[Services]:
    """Services whose HTTP client calls the provider on loopback."""
    http = HttpClient(replace(services.settings, private_hosts=("127.0.0.1",)))
    yield replace(services, http=http)
    http.close()


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(
        tasks=Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    )

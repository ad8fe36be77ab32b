"""Programs of an agent and of an administrator, and the address of a case."""

from __future__ import annotations

import pytest
from flask import Flask

from programs import Program
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN


@pytest.fixture
def program(app: Flask, services: Services) -> Program:
    return Program(app, services)


@pytest.fixture
def admin(app: Flask, services: Services) -> Program:
    return Program(app, services, ADMIN)


@pytest.fixture
def path(case: Conversation) -> str:
    return f"/conversations/{case.id}"

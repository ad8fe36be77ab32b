"""A program of an agent."""

from __future__ import annotations

import pytest
from flask import Flask

from programs import Program
from tanggap.inbox.services import Services


@pytest.fixture
def program(app: Flask, services: Services) -> Program:
    return Program(app, services)

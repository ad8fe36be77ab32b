"""A web application over the services, and an agent with a conversation to work on."""

from __future__ import annotations

import pytest
from flask import Flask

from factories import make_account, make_app, make_conversation, make_post
from tanggap.app import create_app
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.conversations import Conversation
from tanggap.store.users import AGENT
from visitors import Visitor


@pytest.fixture
def app(services: Services) -> Flask:
    queue = open_queue(services.settings, services.keys, immediate=True)
    return create_app(tasks=Tasks(services, queue))


@pytest.fixture
def agent(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, AGENT)


@pytest.fixture
def case(services: Services) -> Conversation:
    """A conversation on the fake channel with one post, on a connected account."""
    with services.database.write() as session:
        make_app(services, session)
        conversation = make_conversation(session, make_account(session, services))
        conversation.label, conversation.confidence = "question", 0.81
        make_post(session, conversation, "internet saya mati")
        return conversation

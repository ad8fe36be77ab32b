"""Many webhook calls at once: verified and stored together, answered each by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from fakes import NoHttp, post_event, signed
from tanggap.inbox.intake import Arrival, Intake
from tanggap.plugins.calls import Calls, PluginFaultError
from tanggap.sdk import AppCredentials, InvalidSignature, Webhook, WebhookRequest
from tanggap.store.db import Database
from tanggap.store.deliveries import Delivery

APP = AppCredentials({}, {})


@pytest.fixture
def calls() -> Iterator[Calls]:
    made = Calls(NoHttp(), {"webhook.verify": 0.3})
    yield made
    made.close()


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    if request.headers.get("x-signature") == "bad":
        raise InvalidSignature("the signature does not match")


def webhook(verify: Any) -> Webhook:
    return Webhook(verify=verify, parse=lambda _request: [], events=frozenset())


def arrival(number: int, *, signature: str = "good") -> Arrival:
    body = signed([post_event(str(number))]).body
    return Arrival(
        webhook(verify), WebhookRequest("POST", {"x-signature": signature}, {}, body), APP, "1"
    )


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Delivery)) or 0


def test_everybody_in_a_crowd_is_answered_for_their_own_body(
    database: Database, calls: Calls
) -> None:
    intake = Intake(database, calls)

    def one(number: int) -> bool:
        try:
            return intake("fake", arrival(number, signature="bad" if number % 5 == 0 else "good"))
        except InvalidSignature:
            return False

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(100)))
    assert answers == [number % 5 != 0 for number in range(100)]
    assert count(database) == 80


def test_call_that_hangs_is_refused_and_its_neighbours_are_stored(
    database: Database, calls: Calls
) -> None:
    intake, block = Intake(database, calls), threading.Event()

    def hangs_on_the_first(request: WebhookRequest, app: AppCredentials) -> None:
        if b'"0"' in request.body:
            block.wait()

    def one(number: int) -> bool | str:
        request = arrival(number).request
        try:
            return intake("fake", Arrival(webhook(hangs_on_the_first), request, APP, "1"))
        except PluginFaultError:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(one, 0)
        others = [pool.submit(intake, "other", arrival(number)) for number in (1, 2)]
        assert [other.result(5) for other in others] == [True, True]
        assert first.result(5) == "refused"
    block.set()
    assert count(database) == 2

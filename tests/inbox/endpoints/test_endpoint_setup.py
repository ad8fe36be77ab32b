"""Outgoing webhooks: addresses, secrets and the log of what was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from listeners import Listener, free_port
from outgoing import endpoint, messages, tries, wish
from tanggap.inbox.endpoints import endpoint_delivery, endpoints
from tanggap.inbox.endpoints.endpoint_delivery import Courier
from tanggap.inbox.endpoints.endpoint_sender import HEAD_LONGEST
from tanggap.inbox.endpoints.endpoints import UnfitEndpointError, Wish
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.endpoints import (
    Endpoint,
)


def test_new_secret_signs_beside_the_old_one_for_a_day(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, old = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        new = endpoints.rotate_secret(session, allowed.vault, made.id, admin)
        endpoints.send_test(session, made.id, admin)
    Courier(allowed).deliver_due()
    heard = listener.heard[0]
    assert Webhook(new).verify(heard.body, heard.headers)
    signatures = heard.headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    assert Webhook(old).verify(heard.body, heard.headers | {"webhook-signature": signatures[1]})
    with allowed.database.write() as session:
        row = session.get_one(Endpoint, made.id)
        held = allowed.vault.open(row.sealed_secrets)
        past = (utcnow() - timedelta(seconds=1)).isoformat()
        row.sealed_secrets = allowed.vault.seal(held | {"until": past})
        assert endpoints.secrets_of(allowed.vault, row) == [new]


def test_log_keeps_heads_and_covers_what_is_secret(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, secret = endpoints.create_endpoint(allowed, wish(listener), admin)
    listener.headers = {"Set-Cookie": "session=abc", "X-Api-Key": "def", "X-Long": "y" * 5_000}
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    Courier(allowed).deliver_due()
    with allowed.database.read() as session:
        message, found = endpoint_delivery.tries_of(session, messages(allowed)[0].id)
        rows, after = endpoint_delivery.list_messages(session, made.id)
        kept = str([entry.detail for entry in session.scalars(select(AuditEntry))])
    heads = found[0].request_head + found[0].response_head
    assert message.uid in heads
    assert "hidden" not in heads
    assert "session=abc" not in heads
    assert "def" not in heads.splitlines()
    assert "v1," not in heads
    assert len(found[0].response_head) <= HEAD_LONGEST
    assert [row.id for row in rows] == [message.id]
    assert after is None
    assert secret not in kept
    assert "hidden" not in kept
    assert secret.encode() not in endpoint(allowed).sealed_secrets


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://contoh.example/",
        "http://93.184.215.14/",
        "https://127.0.0.1/",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest",
        "https://user:password@93.184.215.14/",
        "https://93.184.215.14/#part",
        "https://93.184.215.14/" + "x" * 2_000,
        "https:///hook",
        "javascript:alert(1)",
    ],
)
def test_address_that_must_not_be_called_is_refused(services: Services, url: str) -> None:
    with pytest.raises(UnfitEndpointError) as refused:
        endpoints.fit_url(services.settings, url)
    assert refused.value.field == "url"


def test_address_that_turns_private_later_is_not_called(
    allowed: Services, listener: Listener, admin: int
) -> None:
    made, _ = endpoints.create_endpoint(allowed, wish(listener), admin)
    with allowed.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    careful = replace(allowed, settings=replace(allowed.settings, private_hosts=()))
    Courier(careful).deliver_due()
    assert listener.heard == []
    assert "only https" in tries(allowed)[0].error


def test_endpoint_at_which_nobody_listens_is_a_failure(services: Services, admin: int) -> None:
    host = f"127.0.0.1:{free_port()}"
    settings = replace(services.settings, private_hosts=(host,))
    lonely = replace(services, settings=settings)
    asked = Wish(name="x", url=f"http://{host}/", events=["case.opened"])
    made, _ = endpoints.create_endpoint(lonely, asked, admin)
    with services.database.write() as session:
        endpoints.send_test(session, made.id, admin)
    Courier(lonely).deliver_due()
    assert "ConnectError" in tries(services)[0].error


def test_settings_of_an_endpoint_are_checked(services: Services, admin: int) -> None:
    good = Wish(name="a", url="https://93.184.215.14/hook", events=["case.opened"])
    for field, bad in (
        ("name", replace(good, name=" ")),
        ("name", replace(good, name="x" * 81)),
        ("events", replace(good, events=[])),
        ("events", replace(good, events=["nonsense"])),
    ):
        with pytest.raises(UnfitEndpointError) as refused:
            endpoints.create_endpoint(services, bad, admin)
        assert refused.value.field == field
    made, _ = endpoints.create_endpoint(services, good, admin)
    endpoints.change_endpoint(services, made.id, replace(good, name="b"), admin)
    assert endpoint(services).name == "b"
    with services.database.write() as session:
        endpoints.remove_endpoint(session, made.id, admin)
    with services.database.read() as session:
        assert session.scalars(select(Endpoint)).all() == []

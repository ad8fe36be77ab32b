"""Both sides of the wire: a script that writes on Facebook, and our end of the webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import Account, AppCredentials, Channel, Event, Reply
from tanggap.sdk.testing import Callback, Script, listening
from tanggap_facebook.simulator import SimulatedFacebook


@pytest.fixture
def inbox(channel: Channel, simulated_app: AppCredentials) -> Iterator[Callback]:
    with listening(channel, simulated_app) as callback:
        yield callback


@pytest.fixture
def nusakirim(
    connect: Callable[..., list[Account]], channel: Channel, inbox: Callback, http: Any
) -> Account:
    """Connect a Page of the simulator and subscribe it to our webhook."""
    (found,) = connect(choose=["1005001"])
    assert channel.webhook
    assert channel.webhook.subscribe
    channel.webhook.subscribe(found, inbox.url, http)
    return found


@pytest.fixture
def script(facebook: SimulatedFacebook) -> Iterator[Script]:
    made = Script(facebook)
    yield made
    made.close()


@pytest.fixture
def sending(channel: Channel, nusakirim: Account, http: Any) -> Callable[..., str]:
    """Send a reply as the connected Page and give its id."""
    assert channel.replying
    send = channel.replying.send

    def answer(to: str, text: str, *, sender: Account = nusakirim, **more: Any) -> str:
        values = {"idempotency_key": "k1", "author_id": "80001", **more}
        return send(sender, Reply(to=to, text=text, **values), http).external_id

    return answer


@pytest.fixture
def drain(channel: Channel, nusakirim: Account, http: Any) -> Callable[..., Any]:
    """Poll until nothing more is there; gives the events and the cursor."""
    assert channel.polling
    fetch = channel.polling.fetch

    def poll(cursor: str | None = None) -> tuple[list[Event], str | None]:
        events: list[Event] = []
        more = True
        while more:
            got = fetch(nusakirim, cursor, http)
            events += got.events
            cursor, more = got.cursor, got.more
        return events, cursor

    return poll


@pytest.fixture
def finding(channel: Channel, nusakirim: Account, http: Any) -> Callable[..., str | None]:
    """Look for a reply of unknown outcome, tried a moment ago, and give its id."""
    assert channel.replying
    find_sent = channel.replying.find_sent
    assert find_sent

    def find(to: str, text: str, **more: Any) -> str | None:
        values = {"idempotency_key": "k1", "author_id": "80001", **more}
        lost = Reply(to=to, text=text, first_tried_at=datetime.now(UTC), **values)
        found = find_sent(nusakirim, lost, http)
        return found.external_id if found else None

    return find

"""How posts get from the simulated platform to a test: by webhook, or page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tanggap.sdk.channel import Http
from tanggap.sdk.testing.callback import listening
from tanggap.sdk.testing.contract.base import ContractBase
from tanggap.sdk.testing.http import LoopbackHttp
from tanggap.sdk.testing.script import Script
from tanggap.sdk.types import Account, AppCredentials, Event, IncomingPost

MOST_PAGES = 200
Arrived = Callable[[], list[Event]]


class Arrivals(ContractBase):
    """What tests of a connected account stand on."""

    @pytest.fixture
    def arrived(
        self, app: AppCredentials, account: Account, http: LoopbackHttp
    ) -> Iterator[Arrived]:
        """Give what came in so far: by webhook where the channel subscribes, else by polling."""
        webhook = self.channel.webhook
        if webhook is None or webhook.subscribe is None:
            yield lambda: self.drain(account, None, http)[0]
            return
        with listening(self.channel, app) as callback:
            webhook.subscribe(account, callback.url, http)
            yield lambda: callback.events

    @pytest.fixture
    def incoming(self, script: Script, arrived: Arrived) -> IncomingPost:
        """Have a customer write, and give what came in."""
        ref = script.write("Paket saya belum sampai, mohon dicek 🙏")
        return post_of(arrived(), ref)

    def drain(
        self, account: Account, cursor: str | None, http: Http
    ) -> tuple[list[Event], str | None]:
        """Poll until nothing more is there; gives the events and the last cursor."""
        assert self.channel.polling
        events: list[Event] = []
        for _ in range(MOST_PAGES):
            page = self.channel.polling.fetch(account, cursor, http)
            events += page.events
            cursor = page.cursor
            if not page.more:
                return events, cursor
        raise AssertionError(f"polling says more= after {MOST_PAGES} pages")


def ids_of(events: list[Event]) -> set[str]:
    """Give the ids of the posts among events."""
    return {event.external_id for event in events if isinstance(event, IncomingPost)}


def post_of(events: list[Event], external_id: str) -> IncomingPost:
    """Give the post of this id as it came in last."""
    found = [e for e in events if isinstance(e, IncomingPost) and e.external_id == external_id]
    assert found, f"post {external_id} did not come in; what came: {events[-3:]}"
    return found[-1]

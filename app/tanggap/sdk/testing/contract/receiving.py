"""Posts that come in from the simulated platform, by webhook and by polling."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tanggap.sdk.errors import AuthExpired, ChannelError, InvalidConfig
from tanggap.sdk.simulator import SimulatedPlatform
from tanggap.sdk.testing.callback import Callback
from tanggap.sdk.testing.contract.arrivals import Arrivals, Arrived, ids_of, post_of
from tanggap.sdk.testing.contract.base import needs
from tanggap.sdk.testing.events import wrong_values
from tanggap.sdk.testing.http import HostWatch, LoopbackHttp
from tanggap.sdk.testing.script import Script, app_of, connect
from tanggap.sdk.types import (
    Account,
    Event,
    IncomingPost,
    PostDeleted,
    PostEdited,
)

STRANGE_CURSORS = (
    "",
    "0",
    "-1",
    "garbage",
    "{}",
    "[]",
    '{"since":{}}',
    "\x00",
    "9" * 400,
    "é\ud800",
)


class ReceivingContract(Arrivals):
    """Tests of connecting, webhooks and polling; `many` is more than a page of the platform's."""

    many: ClassVar[int] = 60

    @needs("simulator")
    def test_connecting_gives_accounts_that_keep_their_ids(
        self, platform: SimulatedPlatform, http: LoopbackHttp
    ) -> None:
        first, again = (connect(self.channel, platform, http) for _ in range(2))
        assert first, "connecting must offer an account"
        ids = [account.external_id for account in first]
        assert ids == [account.external_id for account in again]
        assert len(set(ids)) == len(ids)
        for account in first:
            assert account.external_id
            assert account.name.strip()
            assert account.token.access_token, "a token is what the core keeps secret"
            assert account.token.access_token not in repr(account)

    @needs("simulator")
    def test_connected_account_is_healthy(
        self, account: Account, arrived: Arrived, watched: HostWatch
    ) -> None:
        arrived()
        health = self.channel.health(account, watched)
        assert health.status == "ok", health.detail
        assert watched.strangers == set(), "hosts= lacks what health calls"

    @needs("simulator", "connecting")
    def test_wrong_value_is_told_beside_its_field(
        self, platform: SimulatedPlatform, http: LoopbackHttp
    ) -> None:
        connecting = self.channel.connecting
        assert connecting
        names = {field.name for field in connecting.fields}
        for field in connecting.fields:
            if field.kind == "secret" or (field.required and not field.default):
                for wrong in ("", "no-such-value"):
                    values = {**platform.account_values, field.name: wrong}
                    with pytest.raises(InvalidConfig) as caught:
                        connecting.connect(app_of(platform), values, http)
                    assert caught.value.field in names, (
                        f"field {caught.value.field} is not asked for"
                    )

    @needs("simulator")
    def test_post_that_a_customer_writes_comes_in(
        self, account: Account, incoming: IncomingPost
    ) -> None:
        assert incoming.account_id == account.external_id
        assert incoming.author_id != account.external_id
        assert "belum sampai" in incoming.text
        assert wrong_values(incoming) == []

    @needs("simulator")
    def test_own_post_is_recognised(
        self, account: Account, script: Script, arrived: Arrived
    ) -> None:
        ref = script.write("Jam buka gudang", "post", "brand")
        own = [e for e in arrived() if isinstance(e, IncomingPost) and e.external_id == ref]
        assert all(post.author_id == account.external_id for post in own)

    @needs("simulator", "edits")
    def test_edit_comes_in(self, script: Script, incoming: IncomingPost, arrived: Arrived) -> None:
        script.edit(incoming.external_id, "Paket 4411 belum sampai")
        assert "Paket 4411 belum sampai" in _edits_of(arrived(), incoming.external_id)

    @needs("simulator", "deletes", "webhook.subscribe")
    def test_deletion_comes_in(
        self, script: Script, incoming: IncomingPost, arrived: Arrived
    ) -> None:
        """Some platforms tell of the account's own posts alone."""
        own = script.write("Jam buka gudang", "post", "brand")
        for ref in (incoming.external_id, own):
            script.delete(ref)
        gone = {event.external_id for event in arrived() if isinstance(event, PostDeleted)}
        assert gone & {incoming.external_id, own}

    @needs("simulator", "webhook.subscribe")
    def test_forged_webhook_is_refused(self, script: Script, callback: Callback) -> None:
        script.fault("bad_signature", "webhook")
        script.write("Paket saya mana?")
        assert callback.refused == 1

    @needs("simulator", "webhook.unsubscribe")
    def test_unsubscribed_account_is_told_no_more(
        self, account: Account, script: Script, callback: Callback, http: LoopbackHttp
    ) -> None:
        assert self.channel.webhook
        assert self.channel.webhook.unsubscribe
        self.channel.webhook.unsubscribe(account, http)
        script.write("Paket saya mana?")
        assert callback.events == []

    @needs("simulator", "polling")
    def test_cursor_moves_on_and_loses_nothing(
        self, account: Account, script: Script, watched: HostWatch
    ) -> None:
        _, before = self.drain(account, None, watched)
        first = script.write("Paket pertama")
        found, after = self.drain(account, before, watched)
        assert first in ids_of(found), "what was written since the cursor must be found"
        second = script.write("Paket kedua")
        assert second in ids_of(self.drain(account, after, watched)[0])
        again, _ = self.drain(account, before, watched)
        assert {first, second} <= ids_of(again), "an older cursor must find everything again"
        assert watched.strangers == set(), "hosts= lacks what polling calls"

    @needs("simulator", "polling")
    def test_many_posts_are_found_page_by_page(
        self, account: Account, script: Script, http: LoopbackHttp
    ) -> None:
        _, cursor = self.drain(account, None, http)
        script.fault("drop_webhooks", "webhook", times=10_000)
        wanted = {script.write(f"Paket nomor {number}") for number in range(self.many)}
        found, cursor = self.drain(account, cursor, http)
        assert wanted <= ids_of(found), (
            f"{len(wanted - ids_of(found))} of {self.many} posts were lost"
        )
        assert all(wrong_values(event) == [] for event in found)
        late = script.write("Paket terakhir")
        assert late in ids_of(self.drain(account, cursor, http)[0])

    @needs("simulator", "polling", "webhook.subscribe")
    def test_poll_and_webhook_tell_the_same(
        self, account: Account, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        polled = post_of(self.drain(account, None, http)[0], incoming.external_id)
        for name in ("account_id", "author_id", "text", "visibility", "thread_id", "in_reply_to"):
            assert getattr(polled, name) == getattr(incoming, name), name

    @needs("simulator", "polling")
    def test_strange_cursor_breaks_nothing(self, account: Account, http: LoopbackHttp) -> None:
        assert self.channel.polling
        for cursor in STRANGE_CURSORS:
            try:
                page = self.channel.polling.fetch(account, cursor, http)
            except ChannelError as error:
                assert not isinstance(error, AuthExpired), "a bad cursor is not the account's fault"
                continue
            except Exception as error:
                raise AssertionError(f"cursor {cursor!r:.40}: {type(error).__name__}") from error
            assert all(wrong_values(event) == [] for event in page.events)


def _edits_of(events: list[Event], external_id: str) -> list[str]:
    """Give the texts that a post had, as its edits say or as it came in again."""
    found = []
    for event in events:
        if isinstance(event, PostEdited) and event.external_id == external_id:
            found.append(event.text)
        if isinstance(event, IncomingPost) and external_id in (
            event.external_id,
            *event.previous_ids,
        ):
            found.append(event.text)
    return found

"""Webhook bodies: what they are read as, and that nothing a stranger sends breaks the reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from tanggap.sdk.channel import Webhook
from tanggap.sdk.errors import InvalidPayload
from tanggap.sdk.testing.contract.base import ContractBase, needs
from tanggap.sdk.testing.events import wrong_values
from tanggap.sdk.testing.fixtures import COMMAND, Fixture, outcome
from tanggap.sdk.testing.mutations import HOSTILE_TEXTS, at, encode, mutants, places, replaced
from tanggap.sdk.types import Event, Ignored, IncomingPost, PostDeleted, PostEdited, WebhookRequest

T = TypeVar("T")
_NOT_JSON = (
    b"", b"\x00", b"\xff\xfe", b"null", b"0", b"[]", b'""', b"{}", b"{", b"<html></html>",
    b'{"a":1}garbage', b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b"9" * 10_000, b"NaN", b'{"\\ud800":"\\ud800"}',
)  # fmt: skip


class ParsingContract(ContractBase):
    """Tests of `webhook.parse` over the fixtures, whole and damaged."""

    @needs("webhook", "fixtures")
    def test_fixture_is_read_as_declared(self, fixture: Fixture) -> None:
        assert fixture.golden.exists(), (
            f"events/{fixture.path.name} does not say what {fixture.path.name} is read as: run "
            f"{COMMAND} and look at what it writes"
        )
        wanted = json.loads(fixture.golden.read_text("utf-8"))
        found = json.loads(json.dumps(outcome(self.channel, fixture)))
        assert found == wanted, f"if this is what you meant, run {COMMAND}"

    @needs("webhook", "fixtures")
    def test_fixture_gives_sound_events(self, fixture: Fixture) -> None:
        for event in self._read(fixture.request()):
            assert wrong_values(event) == []

    @needs("webhook", "fixtures")
    def test_same_delivery_twice_gives_the_same_events(self, fixture: Fixture) -> None:
        assert outcome(self.channel, fixture) == outcome(self.channel, fixture)

    @needs("webhook", "fixtures")
    def test_events_that_are_known_are_declared(self, fixture: Fixture) -> None:
        for event in self._read(fixture.request()):
            if isinstance(event, Ignored):
                declared = event.event in self._webhook.events
                assert declared == event.known, (
                    f"{event.event!r} is {'known' if event.known else 'unknown'} to the parser "
                    f"and {'' if declared else 'not '}in events="
                )

    @needs("webhook", "fixtures")
    def test_fixtures_hold_a_customers_post(self) -> None:
        assert self.sample(), "record a webhook that brings a post which a customer wrote"

    @needs("webhook", "fixtures", "edits")
    def test_fixtures_hold_an_edit(self) -> None:
        edited = any(
            isinstance(event, PostEdited) or (isinstance(event, IncomingPost) and event.edited_at)
            for event in self._all()
        )
        assert edited, "record the webhook of an edit, or say edits = False"

    @needs("webhook", "fixtures", "deletes")
    def test_fixtures_hold_a_deletion(self) -> None:
        deleted = any(isinstance(event, PostDeleted) for event in self._all())
        assert deleted, "record the webhook of a deletion, or say deletes = False"

    @needs("webhook", "fixtures")
    def test_damaged_fixture_is_read_or_refused_with_the_field(self, fixture: Fixture) -> None:
        for what, damaged in _some(list(mutants(json.loads(fixture.body)))):
            self._read_or_refuse(fixture.request(encode(damaged())), what)

    @needs("webhook", "fixtures")
    def test_hostile_text_does_no_harm(self, fixture: Fixture) -> None:
        value = json.loads(fixture.body)
        texts = _some([path for path in places(value) if isinstance(at(value, path), str)], 60)
        for hostile in HOSTILE_TEXTS:
            for path in texts:
                body = encode(replaced(value, path, hostile))
                self._read_or_refuse(fixture.request(body), f"{path} = {hostile!r:.40}")

    @needs("webhook")
    def test_anything_else_is_read_or_refused(self) -> None:
        headers = self.recorded()[0].headers if self.fixtures else {}
        for body in _NOT_JSON:
            self._read_or_refuse(WebhookRequest("POST", headers, {}, body), f"{body!r:.40}")
            self._read_or_refuse(WebhookRequest("POST", {}, {}, body), f"{body!r:.40} bare")

    @property
    def _webhook(self) -> Webhook:
        assert self.channel.webhook
        return self.channel.webhook

    def _all(self) -> list[Event]:
        return [event for one in self.recorded() for event in self._read(one.request())]

    def _read(self, request: WebhookRequest) -> Sequence[Event]:
        try:
            return self._webhook.parse(request)
        except InvalidPayload:
            return ()

    def _read_or_refuse(self, request: WebhookRequest, what: str) -> None:
        try:
            events = self._webhook.parse(request)
        except InvalidPayload as error:
            assert error.path, f"{what}: InvalidPayload must name the field"
        except Exception as error:
            message = f"{what}: {type(error).__name__} instead of InvalidPayload: {error}"
            raise AssertionError(message) from error
        else:
            wrong = [problem for event in events for problem in wrong_values(event)]
            assert wrong == [], f"{what}: {wrong[:3]}"


def _some(found: Sequence[T], most: int = 600) -> Sequence[T]:
    """Take evenly spread ones of many; `fuzz` is there for all."""
    return found[:: len(found) // most + 1]

"""Webhook signatures: only what the platform signed gets in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any, ClassVar

import pytest

from tanggap.sdk.channel import Webhook
from tanggap.sdk.errors import InvalidSignature
from tanggap.sdk.simulator import SimulatedPlatform
from tanggap.sdk.testing.contract.base import ContractBase, needs
from tanggap.sdk.types import AppCredentials, WebhookRequest

BODY = b'{"some":"body","text":"\xf0\x9f\x99\x8f terima kasih"}'


class SignatureContract(ContractBase):
    """Tests of `webhook.verify` and `webhook.challenge` with what the simulator signs.

    `constant_time` are the functions that compare without telling how far they got.
    """

    constant_time: ClassVar[frozenset[str]] = frozenset(
        {"compare_digest", "_compare_digest", "verify"}
    )

    @needs("webhook", "simulator")
    def test_signed_delivery_is_accepted(
        self, platform: SimulatedPlatform, app: AppCredentials
    ) -> None:
        self._webhook.verify(self._signed(platform), app)

    @needs("webhook", "simulator")
    def test_missing_signature_is_refused(
        self, platform: SimulatedPlatform, app: AppCredentials
    ) -> None:
        bare = self._signed(platform)
        for headers in ({}, dict.fromkeys(bare.headers, "")):
            self._refused(WebhookRequest("POST", headers, bare.query, bare.body), app)

    @needs("webhook", "simulator")
    def test_wrong_signature_is_refused(
        self, platform: SimulatedPlatform, app: AppCredentials
    ) -> None:
        good = self._signed(platform)
        signature = max(good.headers, key=lambda name: len(good.headers[name]))
        value = good.headers[signature]
        for wrong in (
            value[:-1],
            value + "0",
            value[::-1],
            "0" * len(value),
            "é" + value,
            "\ud800",
        ):
            self._refused(self._with(good, {**good.headers, signature: wrong}), app)

    @needs("webhook", "simulator")
    def test_any_change_of_the_body_breaks_the_signature(
        self, platform: SimulatedPlatform, app: AppCredentials
    ) -> None:
        good = self._signed(platform)
        for body in (BODY + b" ", BODY[:-1], b"", BODY.replace(b":", b": "), BODY.upper()):
            self._refused(self._with(good, good.headers, body), app)

    @needs("webhook", "simulator")
    def test_nothing_is_accepted_without_the_right_secret(
        self, platform: SimulatedPlatform, app: AppCredentials
    ) -> None:
        good = self._signed(platform)
        for secrets in ({}, dict.fromkeys(app.secrets, ""), dict.fromkeys(app.secrets, "another")):
            self._refused(good, AppCredentials(app.config, secrets))

    @needs("webhook", "simulator")
    def test_signature_is_compared_in_constant_time(
        self, platform: SimulatedPlatform, app: AppCredentials
    ) -> None:
        good = self._signed(platform)
        wrong = self._with(good, good.headers, BODY + b" ")
        called = _functions_called(lambda: self._refused(wrong, app))
        assert called & self.constant_time, (
            "compare signatures with tanggap.sdk.signing or hmac.compare_digest, never with =="
        )

    @needs("webhook.challenge", "simulator")
    def test_challenge_of_a_stranger_is_not_answered(self, app: AppCredentials) -> None:
        challenge = self._webhook.challenge
        assert challenge
        for query in ({}, {"": ""}, {"hub.challenge": "1"}, {"hello": "<script>"}):
            assert challenge(WebhookRequest("GET", {}, query, b""), app) is None, query

    @property
    def _webhook(self) -> Webhook:
        assert self.channel.webhook
        return self.channel.webhook

    def _refused(self, request: WebhookRequest, app: AppCredentials) -> None:
        with pytest.raises(InvalidSignature):
            self._webhook.verify(request, app)

    @staticmethod
    def _signed(platform: SimulatedPlatform) -> WebhookRequest:
        headers = {name.lower(): value for name, value in platform.sign(BODY).items()}
        return WebhookRequest("POST", headers, {}, BODY)

    @staticmethod
    def _with(
        request: WebhookRequest, headers: Mapping[str, str], body: bytes = BODY
    ) -> WebhookRequest:
        return WebhookRequest(request.method, headers, request.query, body)


def _functions_called(act: Any) -> set[str]:
    """Name the built-in functions that are called while something runs."""
    called: set[str] = set()

    def note(_frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            called.add(getattr(argument, "__name__", ""))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return called

"""A platform that refuses, throttles, breaks or talks nonsense, and what the plugin makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tanggap.sdk.channel import Http
from tanggap.sdk.errors import AuthExpired, ChannelError, RateLimited, Unavailable
from tanggap.sdk.health import Health
from tanggap.sdk.testing.contract.arrivals import Arrivals
from tanggap.sdk.testing.contract.base import needs
from tanggap.sdk.testing.http import Answer, FakeHttp, HostWatch, LoopbackHttp, allowed_hosts
from tanggap.sdk.testing.script import Script
from tanggap.sdk.testing.values import reply_to, target_of
from tanggap.sdk.types import Account, IncomingPost, SentReply

Operation = Callable[[Http], object]
NONSENSE: tuple[object, ...] = (
    "", "<html><h1>Bad gateway</h1></html>", "null", "[]", "0", "{", {}, {"data": None},
    {"data": []}, {"id": None}, {"status": "\ud800"},
)  # fmt: skip
ERROR_NONSENSE: tuple[object, ...] = (
    *NONSENSE, {"error": "nonsense"}, {"error": {"code": "x" * 500, "message": None}},
    {"errors": [{"code": 2**80, "message": {"deep": []}}]}, {"errors": "no", "error_type": []},
)  # fmt: skip
_HTML = "<html><h1>No</h1></html>"
_BARE: tuple[object, ...] = ({}, _HTML)


class TroubleContract(Arrivals):
    """Tests of every operation under trouble, with scripted answers and on the simulator."""

    @needs("fixtures")
    def test_refused_token_is_an_expired_connection(self, stranger: Account) -> None:
        for name, operation in self._operations(stranger).items():
            for body in _BARE:
                error = _error_of(operation, FakeHttp(always=Answer(401, body)))
                assert isinstance(error, AuthExpired), f"{name}: 401 must be AuthExpired: {error!r}"

    @needs("fixtures")
    def test_throttle_is_rate_limited_with_a_pause(self, stranger: Account) -> None:
        for name, operation in self._operations(stranger).items():
            for headers in ({"Retry-After": "7"}, {"retry-after": "soon"}, {}):
                error = _error_of(operation, FakeHttp(always=Answer(429, _HTML, headers)))
                assert isinstance(error, RateLimited), f"{name}: 429 must be RateLimited: {error!r}"
                assert timedelta(0) < error.retry_after <= timedelta(days=2), error.retry_after

    @needs("fixtures")
    def test_broken_platform_is_unavailable(self, stranger: Account) -> None:
        for name, operation in self._operations(stranger).items():
            for status in (500, 502, 503, 504):
                error = _error_of(operation, FakeHttp(always=Answer(status, _HTML)))
                assert isinstance(error, Unavailable), f"{name}: {status} is not {error!r}"

    @needs("fixtures")
    def test_network_fault_passes_as_it_is(self, stranger: Account) -> None:
        for name, operation in self._operations(stranger).items():
            for reached in (True, False):
                fault = Unavailable("the line is cut", reached=reached)
                error = _error_of(operation, FakeHttp(always=fault))
                assert isinstance(error, Unavailable), f"{name}: {error!r}"
                assert error.reached == reached, f"{name}: reached= must stay {reached}"

    @needs("fixtures")
    def test_nonsense_from_the_platform_breaks_nothing(self, stranger: Account) -> None:
        for name, operation in self._operations(stranger).items():
            for status in (200, 201, 204, 302, 400, 403, 404, 409, 410, 418, 422):
                for body in ERROR_NONSENSE:
                    http = FakeHttp(always=Answer(status, body))
                    _error_of(operation, http, f"{name}, {status} {body!r:.40}")

    @needs("fixtures", "replying")
    def test_unreadable_receipt_is_an_unknown_outcome(self, stranger: Account) -> None:
        send = self._operations(stranger)["send"]
        for body in NONSENSE:
            http = FakeHttp(always=Answer(200, body))
            try:
                sent = send(http)
            except Unavailable as error:
                assert error.reached, f"{body!r:.40}: the platform may have taken the answer"
            else:
                assert isinstance(sent, SentReply)
                assert sent.external_id, f"{body!r:.40}: a receipt needs an id"

    @needs("fixtures")
    def test_health_tells_and_never_breaks(self, stranger: Account) -> None:
        for status in (200, 401, 403, 429, 500):
            for body in ERROR_NONSENSE:
                http = FakeHttp(always=Answer(status, body))
                try:
                    health = self.channel.health(stranger, http)
                except ChannelError:
                    continue
                assert isinstance(health, Health)
                assert health.status == "ok" or health.detail, "say what is wrong"

    @needs("fixtures")
    def test_only_declared_hosts_are_called(self, stranger: Account) -> None:
        for name, operation in self._operations(stranger).items():
            http = HostWatch(
                FakeHttp(always=Answer(200)), allowed_hosts(self.channel, stranger.app, stranger)
            )
            _error_of(operation, http)
            assert http.strangers == set(), f"{name}: declare them in hosts="

    @needs("fixtures")
    def test_no_error_and_no_log_shows_a_secret(
        self, stranger: Account, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(0)
        secrets = self.secrets_of(stranger.app, stranger)
        for name, operation in self._operations(stranger).items():
            for status in (200, 400, 401, 403, 404, 429, 500):
                error = _error_of(operation, FakeHttp(always=Answer(status, {"error": "no"})))
                shown = f"{error!r} {error} {caplog.text}"
                for what, secret in secrets.items():
                    assert secret not in shown, f"{name}, {status}: {what} shows"

    @needs("replying", "simulator")
    def test_simulated_trouble_of_sending_is_told_apart(
        self, account: Account, script: Script, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        assert self.channel.replying
        for kind, wanted in _FAULTS.items():
            script.fault(kind, "reply", seconds=0)
            with pytest.raises(wanted):
                self.channel.replying.send(account, reply_to(incoming), http)
        assert script.answers() == []
        self.channel.replying.send(account, reply_to(incoming), http)

    @needs("polling", "simulator")
    def test_simulated_trouble_of_polling_loses_nothing(
        self, account: Account, script: Script, http: LoopbackHttp
    ) -> None:
        assert self.channel.polling
        _, cursor = self.drain(account, None, http)
        ref = script.write("Paket saya mana?")
        for kind, wanted in _FAULTS.items():
            script.fault(kind, "poll", seconds=0)
            with pytest.raises(wanted):
                self.drain(account, cursor, http)
        found, _ = self.drain(account, cursor, http)
        assert ref in {getattr(event, "external_id", None) for event in found}

    @needs("simulator")
    def test_withdrawn_permission_needs_reconnecting(
        self, account: Account, script: Script, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        script.fault("auth_revoked")
        for name, operation in self._operations(account, incoming).items():
            error = _error_of(operation, http)
            assert isinstance(error, AuthExpired), f"{name}: {error!r}"
        health = _health_of(self.channel.health, account, http)
        assert health != "ok", "health must tell that the account needs reconnecting"

    @needs("oauth.refresh", "simulator")
    def test_ended_token_is_renewed(
        self, account: Account, script: Script, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        assert self.channel.oauth
        assert self.channel.oauth.refresh
        script.fault("auth_expired")
        for name, operation in self._operations(account, incoming).items():
            assert isinstance(_error_of(operation, http), AuthExpired), name
        token = self.channel.oauth.refresh(account, http)
        renewed = _with_token(account, token)
        for name, operation in self._operations(renewed, incoming).items():
            assert _error_of(operation, http) is None, name

    def _operations(
        self, account: Account, post: IncomingPost | None = None
    ) -> dict[str, Operation]:
        """List what the channel does on the platform, each as a function of the client alone."""
        post = post or self.sample()
        found: dict[str, Operation] = {}
        polling, replying = self.channel.polling, self.channel.replying
        if polling:
            found["fetch"] = lambda http: polling.fetch(account, None, http)
        if replying and post:
            found["send"] = lambda http: replying.send(account, reply_to(post), http)
        moderating = self.channel.moderating
        if moderating and post:
            target = target_of(post, under_ours=True)
            allows = moderating.allows or (lambda *_: True)
            for action in ("hide", "show", "like", "unlike"):
                act = getattr(moderating, action)
                if act and allows(account, action, target):
                    found[action] = _bound(act, account, target)
        return found


_FAULTS: dict[str, type[ChannelError]] = {
    "rate_limit": RateLimited,
    "server_error": Unavailable,
    "timeout": Unavailable,
}


def _bound(act: Any, account: Account, target: Any) -> Operation:
    return lambda http: act(account, target, http)


def _error_of(operation: Operation, http: Http, what: str = "") -> ChannelError | None:
    """Give what an operation raises; anything but a `ChannelError` is the plugin's fault."""
    try:
        operation(http)
    except ChannelError as error:
        return error
    except Exception as error:
        message = f"{what}: {type(error).__name__} is no error of the SDK: {error}"
        raise AssertionError(message) from error
    return None


def _health_of(check: Callable[[Account, Http], Health], account: Account, http: Http) -> str:
    try:
        return check(account, http).status
    except ChannelError as error:
        return type(error).__name__


def _with_token(account: Account, token: Any) -> Account:
    return Account(
        external_id=account.external_id,
        name=account.name,
        token=token,
        app=account.app,
        handle=account.handle,
        config=account.config,
    )

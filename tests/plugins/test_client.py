"""The client of one call: its hosts, its time, and going easy on the platform."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes import FakePlatform
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import Calls, PluginFaultError
from tanggap.plugins.http import Answer
from tanggap.plugins.throttle import Throttle, reset_at, retry_at
from tanggap.sdk import Channel, ConfigField, RateLimited

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Platform:
    """The null twin of the HTTP client: notes what is sent and answers as told."""

    def __init__(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.seen: list[str] = []
        self.answer = Answer(status, headers or {}, b"")

    def request(self, method: str, url: str, **_values: Any) -> Answer:
        self.seen.append(url)
        return self.answer


def channel(*hosts: str, url: str = "https://api.fake.example/v1") -> Channel:
    return Channel(
        key="fake",
        name="Fake",
        health=FakePlatform()._health,
        hosts=hosts,
        app_fields=(ConfigField("api_url", "API", "url", default=url), ConfigField("name", "N")),
    )


def call(http: Platform, of: Channel, url: str, *configs: Mapping[str, str]) -> None:
    calls = Calls(http)
    client = calls.client(of, *configs)
    calls.run(Line("fake", "webhook.subscribe"), lambda c: c.request("GET", url), client)


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x", "https://A.example", "https://cdn.b.example/1",
     "https://x.y.b.example/1", "https://api.fake.example/v1/me", "https://a.example:8443/"],
)  # fmt: skip
def test_declared_hosts_and_address_fields_are_called(url: str) -> None:
    http = Platform()
    call(http, channel("a.example", "*.b.example"), url)
    assert http.seen == [url]


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "https://b.example/", "https://notb.example/",
     "https://a.example.evil.example/", "https://a.example@evil.example/", "https://",
     "http://169.254.169.254/latest", "nonsense", "https://[bad", "https://evil.example#a.example"],
)  # fmt: skip
def test_any_other_host_is_a_fault_that_names_plugin_and_host(url: str) -> None:
    http = Platform()
    with pytest.raises(PluginFaultError, match="plugin fake") as fault:
        call(http, channel("a.example", "*.b.example"), url)
    assert "HostRefusedError" in str(fault.value)
    assert http.seen == []


def test_typed_address_takes_the_place_of_the_default() -> None:
    http = Platform()
    config = {"api_url": "http://127.0.0.1:9001/x", "name": "https://evil.example"}
    call(http, channel(), "http://127.0.0.1:9001/me", config)
    for url in ("https://api.fake.example/v1", "https://evil.example"):
        with pytest.raises(PluginFaultError):
            call(http, channel(), url, config)
    assert len(http.seen) == 1


def test_nothing_declared_means_nothing_called() -> None:
    with pytest.raises(PluginFaultError):
        call(Platform(), channel(url=""), "https://a.example/")


def test_closed_route_is_not_asked_before_it_opens() -> None:
    throttle = Throttle()
    throttle.learn("GET", "https://x.example/2/posts/123", Answer(429, {"retry-after": "30"}, b""))
    with pytest.raises(RateLimited) as limited:
        throttle.wait("GET", "https://x.example/2/posts/456", until=time.monotonic() + 60)
    assert timedelta(seconds=25) < limited.value.retry_after <= timedelta(seconds=30)
    throttle.wait("POST", "https://x.example/2/posts/456", until=time.monotonic() + 60)
    throttle.wait("GET", "https://x.example/2/me", until=time.monotonic() + 60)


def test_last_request_of_a_window_closes_the_route_until_the_reset() -> None:
    throttle = Throttle()
    reset = str(int(time.time()) + 900)
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    throttle.learn("GET", "https://x.example/me", Answer(200, headers, b""))
    with pytest.raises(RateLimited) as limited:
        throttle.wait("GET", "https://x.example/me", until=time.monotonic() + 60)
    assert limited.value.retry_after > timedelta(minutes=14)


def test_burst_beyond_the_bucket_waits_or_is_put_off() -> None:
    throttle = Throttle(per_second=1, burst=2)
    for _ in range(2):
        throttle.wait("GET", "https://x.example/", until=time.monotonic() + 5)
    with pytest.raises(RateLimited):
        throttle.wait("GET", "https://x.example/", until=time.monotonic() + 0.1)


def test_processes_share_what_an_account_may_ask_of_its_platform() -> None:
    calls = Calls(Platform(), processes=20)
    url = "https://a.example/"
    first, second = (calls.bound("fake", frozenset({"a.example"}), 7) for _ in range(2))
    for client in (first, second):
        client.start(5)
        client.request("GET", url)
    second.start(0.1)
    with pytest.raises(RateLimited):
        second.request("GET", url)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30", 30), ("0", 0), ("1.5", 1.5), ("9999999999", 86400),
     ("Mon, 02 Nov 2026 08:01:00 GMT", 60)],
)  # fmt: skip
def test_retry_after_is_read_in_either_form(written: str, seconds: float) -> None:
    found = retry_at({"retry-after": written}, NOW)
    assert found is not None
    assert (found - NOW).total_seconds() == seconds


@pytest.mark.parametrize("written", ["", "soon", "-5", "nan", "inf", "\x00"])
def test_nonsense_in_headers_is_no_limit(written: str) -> None:
    assert retry_at({"retry-after": written}, NOW) is None
    assert reset_at({"x-rate-limit-reset": written}, NOW) is None

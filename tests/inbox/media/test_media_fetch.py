"""Fetching pictures from where platforms keep them: nowhere else, not for ever, not too much."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from listeners import Listener, listening
from photos import picture
from tanggap.inbox.media import media_fetch
from tanggap.inbox.media.media_fetch import FetchError, fetch
from tanggap.settings import Settings


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        found.files["/a.jpg"] = picture()
        yield found


@pytest.fixture
def settings(listener: Listener) -> Settings:
    return Settings(private_hosts=(listener.host,), http_timeout_seconds=5)


def refused(settings: Settings, address: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(settings, address)
    return caught.value


def test_picture_is_fetched_also_from_where_it_has_moved(
    settings: Settings, listener: Listener
) -> None:
    listener.moved["/old.jpg"] = "/a.jpg"
    assert fetch(settings, f"http://{listener.host}/old.jpg") == picture()
    assert not {"cookie", "authorization", "referer"} & {
        name.lower() for one in listener.heard for name in one.headers
    }


@pytest.mark.parametrize(
    "inside",
    ["http://{host}/a.jpg", "https://127.0.0.1/", "https://[::1]/", "https://localhost:1/"],
)
def test_own_network_is_not_called(listener: Listener, inside: str) -> None:
    assert refused(Settings(), inside.format(host=listener.host)).code == "unreachable"
    assert listener.heard == []


def test_redirect_into_the_own_network_is_not_followed(
    settings: Settings, listener: Listener
) -> None:
    with listening() as hidden:
        hidden.files["/secret"] = b"secret"
        listener.moved["/out.jpg"] = f"http://{hidden.host}/secret"
        assert refused(settings, f"http://{listener.host}/out.jpg").code == "unreachable"
        assert hidden.heard == []


def test_address_that_moves_round_and_round_is_left(settings: Settings, listener: Listener) -> None:
    listener.moved["/round.jpg"] = "/round.jpg"
    assert refused(settings, f"http://{listener.host}/round.jpg").code == "gone"
    assert len(listener.heard) == media_fetch.MOST_HOPS + 1


def test_missing_picture_is_gone_and_not_asked_for_again(
    settings: Settings, listener: Listener
) -> None:
    error = refused(settings, f"http://{listener.host}/none.jpg")
    assert (error.code, error.again) == ("gone", False)


def test_large_file_is_not_read_to_its_end(
    settings: Settings, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_fetch, "BYTES_MOST", 100)
    assert refused(settings, f"http://{listener.host}/a.jpg").code == "too_large"


def test_nothing_is_unpacked_on_the_way(settings: Settings, listener: Listener) -> None:
    packed = gzip.compress(gzip.compress(bytes(10_000_000)))
    listener.files["/bomb.jpg"] = packed
    listener.headers["Content-Encoding"] = "gzip, gzip"
    assert fetch(settings, f"http://{listener.host}/bomb.jpg") == packed
    asked = {name.lower(): value for name, value in listener.heard[-1].headers.items()}
    assert asked["accept-encoding"] == "identity"


def test_server_that_sends_a_byte_now_and_then_is_cut(
    settings: Settings, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_fetch, "SECONDS", 0.3)
    listener.dribbles = True
    error = refused(settings, f"http://{listener.host}/a.jpg")
    assert (error.code, error.again) == ("unreachable", True)


@pytest.mark.parametrize("address", ["", "ftp://a.example/x", "data:image/png;base64,AA", "http:"])
def test_what_is_no_web_address_is_not_fetched(settings: Settings, address: str) -> None:
    assert refused(settings, address).code == "unreachable"

"""The client plugins are handed: where it goes, where it must not, and what it says of faults."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tanggap.plugins import http as plugin_http
from tanggap.plugins.http import HttpClient
from tanggap.sdk.errors import Unavailable
from tanggap.settings import Settings


class Handler(BaseHTTPRequestHandler):
    """Echo what came, or misbehave as the path says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/hangs-up":
            self.connection.close()
            return
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
            return
        answer = b"x" * 100 if self.path == "/big" else json.dumps(
            {"path": self.path, "body": body.decode(), "host": self.headers["host"],
             "agent": self.headers["user-agent"]}
        ).encode()  # fmt: skip
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    opened = HttpClient(Settings(private_hosts=("127.0.0.1", "localhost"), http_timeout_seconds=2))
    yield opened
    opened.close()


def test_allowed_private_host_is_called_by_its_own_name(client: HttpClient, port: int) -> None:
    url = f"http://localhost:{port}/x"
    answer = client.request("POST", url, params={"a": "1"}, json={"b": 2})
    told = answer.json()
    assert isinstance(told, dict)
    assert (told["path"], told["body"]) == ("/x?a=1", '{"b":2}')
    assert told["host"] == f"localhost:{port}"
    assert told["agent"].startswith("tanggap/")


def test_form_is_sent_as_a_form(client: HttpClient, port: int) -> None:
    answer = client.request("POST", f"http://127.0.0.1:{port}/x", form={"a": "b c"})
    assert '"body": "a=b+c"' in answer.text


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0", "2130706433",
     "0x7f000001", "[::ffff:127.0.0.1]", "[fd00:ec2::254]", "100.64.0.1",
     "[64:ff9b::a00:1]", "[64:ff9b:1::a00:1]", "[2002:a00:1::]", "[::7f00:1]", "[fec0::1]"],
)  # fmt: skip
def test_private_address_in_any_spelling_is_not_called(host: str) -> None:
    client = HttpClient(Settings())
    with pytest.raises(Unavailable) as refused:
        client.request("GET", f"https://{host}/")
    assert refused.value.reached is False
    client.close()


@pytest.mark.parametrize("host", ["8.8.8.8", "2001:4860::1", "64:ff9b::808:808", "2002:808:808::"])
def test_address_outside_may_be_called_also_by_way_of_a_translation(host: str) -> None:
    assert plugin_http.safe_address(host, 443) == host


def test_plain_http_to_the_outside_is_not_called(client: HttpClient) -> None:
    with pytest.raises(Unavailable, match="only https"):
        client.request("GET", "http://platform.example/")


def test_redirect_is_handed_back_and_not_followed(client: HttpClient, port: int) -> None:
    assert client.request("POST", f"http://127.0.0.1:{port}/redirect").status_code == 302


def test_refused_connection_was_not_reached(client: HttpClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable) as failed:
            client.request("POST", f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert failed.value.reached is False


def test_connection_that_breaks_after_sending_may_have_been_reached(
    client: HttpClient, port: int
) -> None:
    with pytest.raises(Unavailable) as failed:
        client.request("POST", f"http://127.0.0.1:{port}/hangs-up")
    assert failed.value.reached is True


def test_answer_over_the_cap_is_cut_off(
    client: HttpClient, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin_http, "MAX_ANSWER_BYTES", 50)
    with pytest.raises(Unavailable, match="more than 50 bytes"):
        client.request("POST", f"http://127.0.0.1:{port}/big")


@pytest.mark.parametrize(
    "url", ["", "not a url", "https://", "ftp://x.example/", "https://\ud800/"]
)
def test_nonsense_is_no_address(client: HttpClient, url: str) -> None:
    with pytest.raises(Unavailable):
        client.request("GET", url)

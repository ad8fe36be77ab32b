"""The examples of the guides to the API and to outgoing webhooks run as they stand there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import runpy
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path

import jsonschema
import pytest
from flask import Flask
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from factories import make_account, make_app, make_conversation, make_post
from programs import Program
from tanggap.app import create_app
from tanggap.inbox.endpoints.endpoint_delivery import WAITS
from tanggap.inbox.events.endpoint_events import TYPES
from tanggap.inbox.people.api_tokens import NEEDS, TokenScope
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.base import utcnow
from tanggap.store.users import ADMIN

DOCS = Path(__file__).parents[2] / "docs"
API = (DOCS / "api.md").read_text("utf-8")
WEBHOOKS = (DOCS / "webhooks-out.md").read_text("utf-8")
SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def app(services: Services) -> Flask:
    queue = open_queue(services.settings, services.keys, immediate=True)
    return create_app(tasks=Tasks(services, queue))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(app: Flask, services: Services, address: str) -> dict[str, str]:
    with services.database.write() as session:
        make_app(services, session)
        conversation = make_conversation(session, make_account(session, services))
        conversation.label = "complaint"
        make_post(session, conversation, "internet saya mati")
    return {"INBOX": address, "TOKEN": Program(app, services, ADMIN).secret}


@SQLITE
def test_python_of_the_guide_to_the_api_runs(
    environment: dict[str, str],
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    script = tmp_path / "guide.py"
    script.write_text("\n".join(blocks(API, "python")), "utf-8")
    found = runpy.run_path(str(script))
    found["inbox"].close()
    said = capsys.readouterr().out
    assert "complaint internet saya mati" in said
    assert found["case"]["priority"] == "high"
    assert re.search(r"^\d+ (queued|sending|sent)$", said, re.MULTILINE), said


@SQLITE
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_curl_of_the_guide_to_the_api_runs(environment: dict[str, str]) -> None:
    lines = [line for block in blocks(API, "bash") for line in block.splitlines()]
    calls = "\n".join(line for line in lines if not line.startswith("export "))
    ran = subprocess.run(
        ["bash", "-euc", calls],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert '"scopes"' in ran.stdout
    assert "internet saya mati" in ran.stdout


def test_guide_shows_every_scope_and_what_it_needs() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]+\| `(\w+)` \|$", API, re.MULTILINE))
    assert rows == {scope.value: NEEDS[scope].value for scope in TokenScope}


def test_guide_shows_every_event_and_the_waits_between_tries() -> None:
    assert tuple(re.findall(r"^\| `([\w.]+)` \|", WEBHOOKS, re.MULTILINE)) == TYPES
    assert len(WAITS) == 9
    assert "after the tenth" in WEBHOOKS


def test_message_in_the_guide_is_as_the_schema_says() -> None:
    schema = json.loads((DOCS / "webhooks-out.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(blocks(WEBHOOKS, "json")[0]), schema)


def test_receiver_of_the_guide_takes_messages_of_ours_once_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "whsec_" + base64.b64encode(b"s" * 32).decode()
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    script = tmp_path / "receiver.py"
    script.write_text(blocks(WEBHOOKS, "python")[0], "utf-8")
    receiver = runpy.run_path(str(script))["Receiver"]
    monkeypatch.setattr(receiver, "log_message", lambda *_args: None)
    server = HTTPServer(("127.0.0.1", 0), receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    body = blocks(WEBHOOKS, "json")[0]
    now = utcnow()
    head = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
    }
    forged = {**head, "webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()}
    url = f"http://127.0.0.1:{server.server_port}/"
    assert [post(url, body, one) for one in (head, head, forged)] == [204, 204, 401]
    server.shutdown()
    thread.join()
    server.server_close()
    assert capsys.readouterr().out == "case.resolved 4711\n"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
def test_signature_by_hand_is_the_librarys() -> None:
    raw = b"0123456789abcdef01234567"
    secret = "whsec_" + base64.b64encode(raw).decode()
    ran = subprocess.run(
        ["bash", "-euc", blocks(WEBHOOKS, "bash")[0]],
        env={
            **os.environ,
            "WEBHOOK_SECRET": secret,
            "ID": "msg_1",
            "TIMESTAMP": "1763798400",
            "BODY": '{"a":1}',
        },
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = hmac.new(raw, b'msg_1.1763798400.{"a":1}', hashlib.sha256).digest()
    assert ran.stdout.strip() == base64.b64encode(wanted).decode()


def post(url: str, body: str, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code

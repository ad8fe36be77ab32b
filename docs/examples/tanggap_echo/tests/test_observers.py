"""What happened to posts and answers is logged and counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tanggap.sdk import PostView, ReplyView, Routing, Verdict
from tanggap.sdk.testing import FakeHttp, make_account

from tanggap_echo import tanggap_channels, tanggap_post_triaged, tanggap_reply_sent
from tanggap_echo.observers import LOG_VARIABLE, tally

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
POST = PostView(
    id=1,
    channel="echo",
    account_name="Nusakirim",
    conversation_id=1,
    external_id="501",
    author_name="Rita",
    author_handle="rita_demo",
    text="Paket saya mana?",
    kind="mention",
    visibility="public",
    posted_at=NOON,
    url=None,
)
REPLY = ReplyView(
    id=1, conversation_id=1, text="Baik ^AL", external_id="502", agent_name="Ayu", sent_at=NOON
)
VERDICT = Verdict("question", 0.9, {"question": 0.9, "none": 0.1}, "id", "1")
ROUTING = Routing(team="Care", assignee=None, priority="normal")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "echo.log"
    monkeypatch.setenv(LOG_VARIABLE, str(path))
    return path


def test_triaged_post_and_sent_reply_are_a_line_each(log: Path) -> None:
    tanggap_post_triaged(POST, VERDICT, ROUTING)
    tanggap_reply_sent(POST, REPLY)
    triaged, answered = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert (triaged["what"], triaged["post"]) == ("triaged", "501")
    assert (triaged["label"], triaged["team"]) == ("question", "Care")
    assert (answered["what"], answered["agent"]) == ("answered", "Ayu")


def test_health_tells_what_was_seen(log: Path) -> None:
    (channel,) = tanggap_channels()
    http = FakeHttp(always={"id": "7", "name": "Nusakirim"})
    assert channel.health(make_account(channel), http).detail == ""
    for _ in range(2):
        tanggap_post_triaged(POST, VERDICT, ROUTING)
    assert "2 posts triaged, 0 answered" in channel.health(make_account(channel), http).detail


def test_without_a_log_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LOG_VARIABLE, raising=False)
    tanggap_post_triaged(POST, VERDICT, ROUTING)
    assert tally() == {}

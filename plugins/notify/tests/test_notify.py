"""The message, what strangers can do to it, and what the chat may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tanggap_notify
from tanggap.sdk import PostView, RateLimited, Rejected, Unavailable, Verdict
from tanggap_notify.message import FORMATS, fill, values_of
from tanggap_notify.post import post

URL = "https://chat.example/hooks/1"
POST = PostView(
    id=1,
    channel="forum",
    account_name="Contoh",
    conversation_id=7,
    external_id="p1",
    author_name="Rita",
    author_handle="rita",
    text="internet mati",
    kind="mention",
    visibility="public",
    posted_at=datetime(2026, 11, 2, tzinfo=UTC),
    url="https://forum.example/1",
    case_url="https://inbox.example/inbox/7",
)
VERDICT = Verdict("complaint", 0.9, {"complaint": 0.9}, "id", "1")


@dataclass
class Answer:
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = "ok"

    def json(self) -> object:
        return {}


@dataclass
class Chat:
    """The null twin of the client: keeps what is sent and answers as told."""

    answer: Answer = field(default_factory=Answer)
    fault: Exception | None = None
    sent: list[tuple[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, *, json: object = None, **_more: Any) -> Answer:
        self.sent.append((url, json))
        if self.fault is not None:
            raise self.fault
        return self.answer


def said(format_: str = "slack", text: str = "", **changes: Any) -> str:
    chat = Chat()
    post({"url": URL, "format": format_, "text": text}, replace(POST, **changes), VERDICT, chat)
    ((url, body),) = chat.sent
    assert url == URL
    if format_ != "teams":
        return str(body["text"])
    return str(body["attachments"][0]["content"]["body"][0]["text"])


def test_action_is_declared_with_its_fields() -> None:
    (action,) = tanggap_notify.tanggap_rule_actions()
    assert action.key == "post"
    assert [one.name for one in action.fields] == ["url", "format", "text"]
    assert {name for name, _ in action.fields[1].choices} == set(FORMATS)


@pytest.mark.parametrize("format_", FORMATS)
def test_message_says_who_wrote_what_and_leads_to_the_case(format_: str) -> None:
    text = said(format_)
    assert "complaint" in text
    assert "Rita: internet mati" in text
    assert text.endswith("\nhttps://inbox.example/inbox/7")


def test_operators_words_stay_and_unknown_names_stay_as_they_are() -> None:
    assert said(text="*{label}* {nobody} {text.__class__}") == (
        "*complaint* {nobody} {text.__class__}"
    )


@pytest.mark.parametrize(
    ("format_", "bad"),
    [("slack", "<!channel>"), ("slack", "<https://evil.example|bank>"), ("slack", "@channel"),
     ("google", "<users/all>"), ("mattermost", "@all"), ("mattermost", "[bank](https://evil)"),
     ("teams", "[bank](https://evil)")],
)  # fmt: skip
def test_strangers_call_nobody_and_forge_nothing(format_: str, bad: str) -> None:
    chat = Chat()
    values = {"url": URL, "format": format_, "text": "{author} {text}"}
    post(values, replace(POST, text=bad, author_name=bad), VERDICT, chat)
    assert bad not in str(chat.sent[0][1])


@given(text=st.text(), name=st.text())
def test_what_strangers_write_is_never_read_as_a_template(text: str, name: str) -> None:
    values = values_of(replace(POST, text=f"{{case}}{text}", author_name=name), VERDICT)
    filled = fill("{text}", values, lambda one: one)
    assert filled.startswith("{case}")


def test_long_post_is_cut() -> None:
    chat = Chat()
    post({"url": URL}, replace(POST, text="a" * 9_000), VERDICT, chat)
    assert len(chat.sent[0][1]["text"]) < 700


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(429, {"retry-after": "7"}), RateLimited),
        (Answer(500), Unavailable),
        (Answer(503), Unavailable),
        (Answer(404), Rejected),
        (Answer(410), Rejected),
        (Answer(400), Rejected),
        (Answer(302), Rejected),
    ],
)
def test_answers_are_named_after_what_is_done_next(
    answer: Answer, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as raised:
        post({"url": URL}, POST, VERDICT, Chat(answer))
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("written", ["", "soon", "-3", "99999999999"])
def test_strange_retry_after_is_a_sensible_wait(written: str) -> None:
    with pytest.raises(RateLimited) as raised:
        post({"url": URL}, POST, VERDICT, Chat(Answer(429, {"retry-after": written})))
    assert timedelta(seconds=1) <= raised.value.retry_after <= timedelta(hours=1)


def test_message_that_may_have_arrived_is_not_sent_again() -> None:
    with pytest.raises(Rejected, match="may have arrived"):
        post({"url": URL}, POST, VERDICT, Chat(fault=Unavailable("timed out")))


def test_message_that_never_left_is_tried_again() -> None:
    with pytest.raises(Unavailable):
        post({"url": URL}, POST, VERDICT, Chat(fault=Unavailable("no route", reached=False)))

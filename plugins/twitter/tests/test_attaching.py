"""Pictures with posts and messages: brought first, described, named by their ids."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import Account, AttachedFile, Refusal, Reply, Target, Token, Unavailable
from tanggap_twitter import reply as replying
from tanggap_twitter.attaching import IN_MESSAGE, IN_POST, attaching

FILE = AttachedFile(content=b"\xff\xd8\xffpicture", description="Kardus", width=4, height=3)


def asked(visibility: Any = "public", *files: AttachedFile) -> Reply:
    return Reply(
        to="5",
        text="Begini ya ^AB",
        idempotency_key="k1",
        author_id="80001",
        visibility=visibility,
        attachments=files or (FILE,),
    )


def told(account: Account, visibility: Any) -> object:
    target = Target(
        external_id="5",
        author_id="80001",
        kind="mention",
        visibility=visibility,
        posted_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    return attaching(account, target, visibility)


def test_posts_take_four_pictures_and_messages_one(account: Account) -> None:
    assert told(account, "public") == IN_POST
    assert told(account, "private") == IN_MESSAGE
    older = replace(account, token=Token("demoAccess1", scopes=("tweet.write",)))
    assert isinstance(told(older, "public"), Refusal)
    unknown = replace(account, token=Token("demoAccess1"))
    assert told(unknown, "public") == IN_POST


def test_post_names_pictures_brought_and_described_before(
    account: Account, scripted: Any, answer: Any
) -> None:
    created = answer(201, {"data": {"id": "99"}})
    http = scripted({"data": {"id": "7"}}, {"data": {"id": "7"}}, created)
    replying.send(account, asked(), http)
    upload, described, written = (call["json"] for call in http.calls)
    assert base64.b64decode(upload["media"]) == FILE.content
    assert (upload["media_category"], upload["media_type"]) == ("tweet_image", "image/jpeg")
    assert described == {"id": "7", "metadata": {"alt_text": {"text": "Kardus"}}}
    assert written["media"] == {"media_ids": ["7"]}


def test_message_carries_its_picture(account: Account, scripted: Any, answer: Any) -> None:
    sent = answer(201, {"data": {"dm_conversation_id": "1-2", "dm_event_id": "98"}})
    http = scripted({"data": {"id": "7"}}, sent)
    replying.send(account, asked("private"), http)
    assert http.calls[0]["json"]["media_category"] == "dm_image"
    assert http.calls[1]["json"]["attachments"] == [{"media_id": "7"}]


def test_upload_that_broke_off_has_reached_nobody(account: Account, scripted: Any) -> None:
    http = scripted(Unavailable("cut off"))
    with pytest.raises(Unavailable) as caught:
        replying.send(account, asked(), http)
    assert not caught.value.reached
    assert len(http.calls) == 1


def test_upload_without_an_id_sends_nothing(account: Account, scripted: Any) -> None:
    http = scripted({"data": {}})
    with pytest.raises(Unavailable) as caught:
        replying.send(account, asked(), http)
    assert not caught.value.reached

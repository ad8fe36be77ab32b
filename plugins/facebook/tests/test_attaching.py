"""Pictures with answers: brought first, named by the comment or shown by a message."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AttachedFile,
    Channel,
    Refusal,
    Reply,
    Target,
    Token,
    Unavailable,
)
from tanggap.sdk.testing import LoopbackHttp, Script, sign_in
from tanggap_facebook.attaching import IN_COMMENT, IN_MESSENGER, PHOTO_SCOPE, attaching
from tanggap_facebook.oauth import SCOPES, list_accounts
from tanggap_facebook.reply import find_sent, send
from tanggap_facebook.simulator import SimulatedFacebook

FILE = AttachedFile(content=b"\xff\xd8\xffpicture", description="Kardus", width=4, height=3)
TRIED = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def photographer(account: Account) -> Account:
    """A Page that was connected with the permission for photos."""
    return replace(account, token=Token("demo-page-token", scopes=(*SCOPES, PHOTO_SCOPE)))


def comment(**given: Any) -> Reply:
    values: dict[str, Any] = {"text": "Begini ya.", "attachments": (FILE,)}
    fixed = {"to": "700_801", "thread_id": "700_801", "idempotency_key": "k", "author_id": "6002"}
    return Reply(**{**fixed, **values, **given})


def message(**given: Any) -> Reply:
    thread = {"to": "m_1", "thread_id": "m:24001", "idempotency_key": "k", "author_id": "24001"}
    values: dict[str, Any] = {"text": "", "visibility": "private", "part": 2, "parts": 2}
    return Reply(**{**thread, **values, "attachments": (FILE,), **given})


def told(account: Account, seen: Any, wanted: Any) -> object:
    target = Target(
        external_id="700_801", author_id="6002", kind="comment", visibility=seen, posted_at=TRIED
    )
    return attaching(account, target, wanted)


def test_what_can_be_attached_depends_on_where_the_answer_goes(
    account: Account, photographer: Account
) -> None:
    assert told(photographer, "public", "public") == IN_COMMENT
    assert told(account, "private", "private") == IN_MESSENGER
    for who, wanted in ((account, "public"), (photographer, "private")):
        assert isinstance(told(who, "public", wanted), Refusal)


def test_comment_names_the_photo_that_was_brought_before(
    photographer: Account, scripted: Any
) -> None:
    http = scripted({"id": "9001"}, {"id": "700_803"})
    send(photographer, comment(), http)
    upload, written = http.calls
    assert upload["url"].endswith("/5001/photos")
    assert upload["form"] == {"published": "false", "alt_text_custom": "Kardus"}
    assert upload["files"] == {"source": FILE}
    assert written["form"]["attachment_id"] == "9001"
    assert "files" not in written


def test_message_shows_the_picture_without_text(account: Account, scripted: Any) -> None:
    http = scripted({"attachment_id": "9002"}, {"message_id": "m_2"})
    send(account, message(), http)
    upload, written = http.calls
    assert upload["url"].endswith("/5001/message_attachments")
    assert json.loads(upload["form"]["message"])["attachment"]["type"] == "image"
    assert written["json"]["message"] == {
        "attachment": {"type": "image", "payload": {"attachment_id": "9002"}}
    }


def test_upload_that_broke_off_has_reached_nobody(photographer: Account, scripted: Any) -> None:
    http = scripted(Unavailable("cut off"))
    with pytest.raises(Unavailable) as caught:
        send(photographer, comment(), http)
    assert not caught.value.reached
    assert len(http.calls) == 1


def test_lost_picture_is_not_taken_for_the_one_before_it(account: Account, scripted: Any) -> None:
    def shown(id_: str) -> dict[str, Any]:
        at, sender = "2026-11-02T08:00:03+0000", {"id": "5001"}
        picture = {"data": [{"id": "1"}]}
        return {"id": id_, "created_time": at, "from": sender, "attachments": picture}

    def find(*entries: dict[str, Any]) -> object:
        talk = {"data": [{"messages": {"data": list(entries)}}]}
        asked = message(to="m_1", part=3, parts=3, first_tried_at=TRIED)
        found = find_sent(account, asked, scripted(talk))
        return found and found.external_id

    assert find(shown("m_1")) is None
    assert find(shown("m_2"), shown("m_1")) == "m_2"
    assert find({**shown("m_2"), "attachments": None}, shown("m_1")) is None


def test_simulated_comment_shows_the_photo(
    facebook: SimulatedFacebook, simulated_app: AppCredentials, channel: Channel, http: LoopbackHttp
) -> None:
    app = replace(simulated_app, config={**simulated_app.config, "extra_scopes": PHOTO_SCOPE})
    (page, *_) = list_accounts(app, sign_in(channel, app, http), http)
    script = Script(facebook)
    ref = script.write("Seperti apa?", "comment", in_reply_to=script.write("Baru", "post", "brand"))
    send(page, comment(to=ref, thread_id=ref), http)
    (seen,) = script.answers()
    script.close()
    assert [one["description"] for one in seen["media"]] == ["Kardus"]

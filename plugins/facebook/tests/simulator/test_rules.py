from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tanggap.sdk import Account, PostDeleted, PostEdited
from tanggap_facebook.client import Graph
from tanggap_facebook.simulator import SimulatedFacebook
from tanggap_facebook.webhook import FIELDS

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(facebook: SimulatedFacebook, nusakirim: Account, http: Any) -> Call:
    """Call the Graph API with the Page's token, or another, and give the answer's body."""

    def make(method: str, path: str, *, token: str | None = None, **given: Any) -> dict[str, Any]:
        bearer = nusakirim.token.access_token if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"{facebook.base_url}/v26.0/{path}"
        body = http.request(method, url, headers=headers, **given).json()
        assert isinstance(body, dict)
        return body

    return make


def code(body: dict[str, Any]) -> tuple[int, int | None]:
    error = body["error"]
    assert error["fbtrace_id"]
    return error["code"], error.get("error_subcode")


def test_subscription_is_listed_until_it_is_removed(call: Call, nusakirim: Account) -> None:
    (app,) = call("GET", "1005001/subscribed_apps")["data"]
    assert set(app["subscribed_fields"]) == set(FIELDS)
    token = Graph.as_app(nusakirim.app, None).token  # type: ignore[arg-type]
    (listed,) = call("GET", "246813579/subscriptions", token=token)["data"]
    assert listed["callback_url"].endswith("/hooks/facebook")
    assert call("DELETE", "1005001/subscribed_apps") == {"success": True}
    assert call("GET", "1005001/subscribed_apps") == {"data": []}


@pytest.mark.parametrize(
    ("method", "path", "given", "expected"),
    [
        ("GET", "1005002/subscribed_apps", {}, (210, None)),
        (
            "POST",
            "1005001/subscribed_apps",
            {"form": {"subscribed_fields": "comments"}},
            (100, None),
        ),
        ("POST", "246813579/subscriptions", {"form": {"object": "page"}}, (15, None)),
        ("GET", "1005002/feed", {}, (210, None)),
        ("GET", "1005001/feed", {"params": {"limit": "many"}}, (100, None)),
        ("GET", "5_6", {}, (100, 33)),
        ("GET", "t_1005001_99/messages", {}, (100, 33)),
        ("GET", "debug_token", {}, (100, None)),
        ("GET", "me/accounts", {}, (100, None)),
        ("POST", "1005002/messages", {"json": {}}, (100, 33)),
        ("POST", "1005001/messages", {"json": []}, (100, None)),
        ("POST", "1005001/messages", {"json": {"message": "x"}}, (100, None)),
        (
            "POST",
            "1005001/messages",
            {"json": {"message": {"text": "x"}, "recipient": {"id": "1"}}},
            (100, 2018001),
        ),
    ],
)
def test_wrong_calls_are_refused_by_code(
    call: Call, method: str, path: str, given: dict[str, Any], expected: tuple[int, int | None]
) -> None:
    assert code(call(method, path, **given)) == expected


def test_calls_without_a_good_token_are_refused(call: Call, nusakirim: Account) -> None:
    assert code(call("GET", "1005001/feed", token="")) == (104, None)
    assert code(call("GET", "1005001/feed", token="made-up")) == (190, None)
    app = Graph.as_app(nusakirim.app, None).token  # type: ignore[arg-type]
    assert code(call("GET", "1005001/feed", token=app)) == (210, None)
    assert code(call("POST", "5_6/comments", token=app, form={"message": "x"})) == (1705, None)


def test_comments_are_listed_on_one_level_or_all(call: Call, script: Any) -> None:
    own = script.write("Promo", "post", "brand")
    top = script.write("Halo", "comment", "rita", in_reply_to=own)
    nested = script.write("Sama", "reply", "tom", in_reply_to=top)

    def names(path: str, **params: str) -> list[str]:
        return [entry["id"] for entry in call("GET", f"{path}/comments", params=params)["data"]]

    assert names(own) == [top]
    assert names(own, filter="stream") == [top, nested]
    assert names(own, filter="stream", order="reverse_chronological") == [nested, top]
    assert names(top) == [nested]
    first = call("GET", f"{own}/comments", params={"filter": "stream", "limit": "1"})
    assert "access_token=" in first["paging"]["next"]
    after = first["paging"]["cursors"]["after"]
    assert names(own, filter="stream", after=after) == [nested]
    assert code(call("GET", f"{own}/comments", params={"after": "\u00e4"})) == (100, None)


def test_objects_show_the_fields_that_are_asked_for(call: Call, script: Any) -> None:
    own = script.write("Promo", "post", "brand")
    chat = script.write("halo", "message", "rita")
    assert set(call("GET", own)) == {"id", "message", "created_time"}
    wanted = {"fields": "comments.summary(true).limit(0),from{id,name}"}
    assert set(call("GET", own, params=wanted)) == {"id", "comments", "from"}
    person = call("GET", chat, params={"fields": "from"})["from"]["id"]
    profile = call("GET", person, params={"fields": "first_name"})
    assert profile == {"id": person, "first_name": "Rita"}
    (talk,) = call("GET", "1005001/conversations", params={"user_id": person})["data"]
    inner = call("GET", talk["id"], params={"fields": "messages.limit(5){id,message}"})
    assert inner["messages"]["data"] == [{"id": chat, "message": "halo"}]
    assert call("GET", "1005001/conversations", params={"user_id": "7"})["data"] == []


def test_likes_are_counted_and_own_comments_deleted(call: Call, script: Any) -> None:
    asked = script.write("Bagus", "post", "rita")
    for method, likes in (("POST", 1), ("DELETE", 0), ("DELETE", 0)):
        assert call(method, f"{asked}/likes") == {"success": True}
        read = call("GET", asked, params={"fields": "reactions"})
        assert read["reactions"]["summary"]["total_count"] == likes
    own = call("POST", f"{asked}/comments", form={"message": "Terima kasih"})["id"]
    assert call("DELETE", own) == {"success": True}
    assert code(call("GET", own)) == (100, 33)


def test_edited_and_unsent_messages_come_in(script: Any, inbox: Any, nusakirim: Account) -> None:
    chat = script.write("halo, 4411?", "message", "rita", key="chat")
    script.call("POST", "posts/chat/edit", {"text": "halo, 4412?"})
    script.write("Kami cek", "message", "brand", in_reply_to="chat", key="ours")
    script.call("DELETE", "posts/ours")
    script.call("DELETE", "posts/chat")
    script.flush()
    _, edited, answer, unsent = inbox.events
    assert isinstance(edited, PostEdited)
    assert (edited.account_id, edited.text) == (nusakirim.external_id, "halo, 4412?")
    assert (answer.author_id, answer.in_reply_to) == (nusakirim.external_id, chat)
    assert isinstance(unsent, PostDeleted)
    assert unsent.external_id == chat


def test_comment_of_a_page_takes_no_private_reply(call: Call, script: Any) -> None:
    own = script.write("Promo", "post", "brand")
    body = {"recipient": {"post_id": own}, "message": {"text": "x"}}
    assert code(call("POST", "1005001/messages", json=body)) == (10903, None)
    old = script.write("lama", "post", "rita", at="2020-01-01T00:00:00+00:00")
    body = {"recipient": {"post_id": old}, "message": {"text": "x"}}
    assert code(call("POST", "1005001/messages", json=body)) == (10901, None)


def test_messages_of_an_unknown_type_or_tag_are_refused(call: Call, script: Any) -> None:
    chat = script.write("halo", "message", "rita")
    person = call("GET", chat, params={"fields": "from"})["from"]["id"]
    body = {"recipient": {"id": person}, "message": {"text": "x"}}
    for more in ({}, {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}):
        assert code(call("POST", "1005001/messages", json={**body, **more})) == (100, None)


def test_dialog_refuses_strangers_and_unknown_scopes(
    facebook: SimulatedFacebook, http: Any
) -> None:
    good = {
        "client_id": "246813579",
        "redirect_uri": "https://inbox.example",
        "state": "s",
        "scope": "pages_show_list",
        "response_type": "code",
    }
    url = f"{facebook.base_url}/v26.0/dialog/oauth"
    assert http.request("GET", url, params=good).is_success
    for name, value in (
        ("client_id", "1"),
        ("redirect_uri", "javascript:x"),
        ("scope", "pages_read_user_engagement"),
        ("response_type", "token"),
    ):
        assert not http.request("GET", url, params={**good, name: value}).is_success


def test_usage_is_told_with_every_answer(facebook: SimulatedFacebook, http: Any) -> None:
    answer = http.request("GET", f"{facebook.base_url}/v26.0/1005001")
    assert "call_count" in answer.headers["x-app-usage"]
    assert "1005001" in answer.headers["x-business-use-case-usage"]

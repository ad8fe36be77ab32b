"""What posts of a forum are read as."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tanggap.sdk import Ignored, IncomingPost, InvalidPayload, PostDeleted, PostHidden
from tanggap.sdk.types import WebhookRequest
from tanggap_discourse.parse import EVENTS, parse

Delivery = Callable[..., WebhookRequest]


def post_of(request: WebhookRequest) -> IncomingPost:
    (found,) = (event for event in parse(request) if isinstance(event, IncomingPost))
    return found


def test_topic_comes_in_with_its_title(delivery: Delivery) -> None:
    post = post_of(delivery("topic_started"))
    assert (post.external_id, post.thread_id, post.kind) == ("17/1", "17", "mention")
    assert post.text == "Paket belum sampai\n\nPaket saya belum sampai, mohon dicek 🙏"
    assert post.url == "https://forum.example.com/t/paket-belum-sampai/17/1"
    assert post.in_reply_to is None


def test_title_that_the_post_repeats_is_not_said_twice(delivery: Delivery) -> None:
    repeated = delivery("topic_started", topic_title="paket saya belum")
    assert post_of(repeated).text == "Paket saya belum sampai, mohon dicek 🙏"
    assert post_of(delivery("topic_started", topic_title=None)).text.startswith("Paket saya")


def test_users_of_two_forums_are_two_people(delivery: Delivery) -> None:
    here = delivery("topic_started")
    there = WebhookRequest(
        "POST",
        {**here.headers, "x-discourse-instance": "https://lain.example/f"},
        here.query,
        here.body,
    )
    assert post_of(here).author_id == "forum.example.com:80001"
    assert post_of(there).author_id == "lain.example/f:80001"
    assert post_of(there).account_id == "lain.example/f:7"


def test_answer_names_what_it_answers_and_else_its_topic(delivery: Delivery) -> None:
    assert post_of(delivery("reply", post_number=5, reply_to_post_number=3)).in_reply_to == "17/3"
    assert (
        post_of(delivery("reply", post_number=5, reply_to_post_number=None)).in_reply_to == "17/1"
    )
    assert post_of(delivery("reply", post_number=5, reply_to_post_number=5)).in_reply_to == "17/1"


def test_own_posts_are_recognised(delivery: Delivery) -> None:
    post = post_of(delivery("own_reply"))
    assert post.author_id == post.account_id


def test_message_is_private(delivery: Delivery) -> None:
    post = post_of(delivery("message"))
    assert (post.visibility, post.kind, post.thread_id) == ("private", "message", "19")


def test_pictures_and_files_come_along_and_decoration_does_not(delivery: Delivery) -> None:
    kinds = [(one.kind, one.url) for one in post_of(delivery("picture")).attachments]
    assert kinds == [
        ("image", "https://cdn.example.com/uploads/rusak.jpeg"),
        ("file", "https://forum.example.com/uploads/short-url/def.pdf"),
    ]


BROKEN = (
    "<![if !x]>",
    "<img src='http://[1'>",
    "<img src=javascript:x>",
    "<img",
    "<a class=attachment>",
)


@pytest.mark.parametrize("cooked", BROKEN)
def test_broken_markup_costs_no_post(delivery: Delivery, cooked: str) -> None:
    assert post_of(delivery("reply", cooked=cooked)).attachments == ()


OTHER_TYPES = [(2, "post.note"), (3, "post.note"), (4, "post.whisper"), (9, "post.other")]


@pytest.mark.parametrize(("post_type", "event"), OTHER_TYPES)
def test_what_customers_did_not_write_is_left_out(
    delivery: Delivery, post_type: int, event: str
) -> None:
    assert list(parse(delivery("reply", post_type=post_type))) == [Ignored(event=event)]
    assert event in EVENTS


def test_post_that_its_author_emptied_is_deleted(delivery: Delivery) -> None:
    events = parse(delivery("reply", "post_edited", user_deleted=True))
    assert any(isinstance(event, PostDeleted) for event in events)


def test_flagged_post_is_hidden(delivery: Delivery) -> None:
    events = parse(delivery("reply", "post_edited", hidden=True))
    assert [event.hidden for event in events if isinstance(event, PostHidden)] == [True]


@pytest.mark.parametrize("user", ["", "x", "-1", "٣", "9" * 30])
def test_webhook_that_does_not_say_for_whom_it_is_names_what_is_missing(
    delivery: Delivery, user: str
) -> None:
    good = delivery("reply")
    with pytest.raises(InvalidPayload, match="number") as caught:
        parse(WebhookRequest("POST", good.headers, {"user": user}, good.body))
    assert caught.value.path == "query.user"


@pytest.mark.parametrize("instance", ["", "forum", "ftp://x", "https://", "https://[x", "//x"])
def test_webhook_that_does_not_say_where_it_is_from_names_what_is_missing(
    delivery: Delivery, instance: str
) -> None:
    good = delivery("reply")
    headers = {**good.headers, "x-discourse-instance": instance}
    with pytest.raises(InvalidPayload) as caught:
        parse(WebhookRequest("POST", headers, good.query, good.body))
    assert caught.value.path == "headers.x-discourse-instance"

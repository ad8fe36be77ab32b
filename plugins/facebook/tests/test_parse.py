from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tanggap.sdk import (
    Attachment,
    Event,
    IncomingPost,
    PostDeleted,
    PostEdited,
    PostHidden,
    WebhookRequest,
)
from tanggap_facebook.webhook import parse

PAGE = "5001"
T = 1793606400
Delivery = Callable[..., WebhookRequest]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def one(delivery: Delivery, content: object) -> Event:
    (event,) = parse(delivery(content))
    return event


def written(delivery: Delivery, content: object) -> IncomingPost:
    event = one(delivery, content)
    assert isinstance(event, IncomingPost)
    return event


def change(value: object, field: str = "feed") -> dict[str, Any]:
    entry = {"id": PAGE, "time": T, "changes": [{"field": field, "value": value}]}
    return {"object": "page", "entry": [entry]}


def test_new_comment_is_a_post_in_its_own_thread(delivery: Delivery) -> None:
    assert one(delivery, "comment_add") == IncomingPost(
        account_id=PAGE,
        external_id="700_801",
        author_id="6002",
        author_name="Rita Demo",
        text="Paket saya di mana ya?",
        posted_at=at(T),
        kind="comment",
        thread_id="700_801",
        in_reply_to="5001_700",
        url="https://www.facebook.com/5001_700?comment_id=801",
    )


def test_nested_comment_stays_in_the_thread_of_the_top_one(delivery: Delivery) -> None:
    post = written(delivery, "comment_nested")
    assert (post.kind, post.thread_id, post.in_reply_to) == ("reply", "700_801", "700_801")
    assert post.author_id == "6004"


@pytest.mark.parametrize(
    ("comment", "post", "parent", "thread"),
    [
        ("700_801", "5001_700", "5001_700", "700_801"),
        ("700_801", "5001_700", "700", "700_801"),
        ("700_801", "5001_700", None, "700_801"),
        ("700_801", None, "5001_700", "700_801"),
        ("12_34", None, "9009_12", "12_34"),
        ("700_804", None, "700_801", "700_801"),
        ("804", "5001_700", "801", "801"),
        ("700_801", "5001_700", "5001_711", "700_801"),
    ],
)
def test_thread_is_found_in_every_form_of_ids(
    delivery: Delivery, comment: str, post: str | None, parent: str | None, thread: str
) -> None:
    value = {"item": "comment", "verb": "add", "from": {"id": 1}, "created_time": T}
    value |= {"comment_id": comment, "post_id": post, "parent_id": parent, "message": "x"}
    assert written(delivery, change(value)).thread_id == thread


def test_photo_of_a_comment_is_an_attachment(delivery: Delivery) -> None:
    post = written(delivery, "comment_photo")
    assert post.text == ""
    assert post.attachments == (Attachment("image", "https://cdn.example/805.jpg"),)


def test_own_comment_is_told_by_its_author(delivery: Delivery) -> None:
    assert written(delivery, "comment_by_page").author_id == PAGE


def test_edited_comment_brings_the_new_text(delivery: Delivery) -> None:
    assert one(delivery, "comment_edited") == PostEdited(
        account_id=PAGE,
        external_id="700_801",
        text="Paket saya di mana ya? Resi 4411",
        edited_at=at(T + 90),
    )


@pytest.mark.parametrize("verb", ["edit", "edited", "update"])
def test_every_verb_for_an_edit_is_known(delivery: Delivery, verb: str) -> None:
    value = {"item": "comment", "verb": verb, "comment_id": "700_801", "message": "baru"}
    assert one(delivery, change(value)) == PostEdited(
        account_id=PAGE, external_id="700_801", text="baru", edited_at=at(T)
    )


@pytest.mark.parametrize("verb", ["remove", "delete"])
def test_every_verb_for_a_removal_is_known(delivery: Delivery, verb: str) -> None:
    value = {"item": "comment", "verb": verb, "comment_id": "700_801", "created_time": T + 1}
    assert one(delivery, change(value)) == PostDeleted(
        account_id=PAGE, external_id="700_801", deleted_at=at(T + 1)
    )


@pytest.mark.parametrize(("fixture", "hidden"), [("comment_hide", True), ("comment_unhide", False)])
def test_hiding_and_showing_are_told_apart(delivery: Delivery, fixture: str, hidden: bool) -> None:
    assert one(delivery, fixture) == PostHidden(
        account_id=PAGE, external_id="700_801", hidden=hidden
    )


def test_visitor_post_is_for_us_and_its_own_thread(delivery: Delivery) -> None:
    post = written(delivery, "visitor_post")
    assert (post.kind, post.author_id, post.thread_id) == ("mention", "6004", "5001_710")
    assert post.in_reply_to is None
    assert post.url == "https://www.facebook.com/5001_710"


@pytest.mark.parametrize(
    ("fixture", "attachments"),
    [
        ("visitor_photo", [("image", "https://cdn.example/712.jpg")]),
        ("visitor_video", [("video", "https://cdn.example/713.mp4")]),
        ("visitor_share", [("link", "https://news.example/1")]),
        (
            "visitor_status_photos",
            [("image", "https://cdn.example/a.jpg"), ("image", "https://cdn.example/b.jpg")],
        ),
    ],
)
def test_visitor_media_come_along(
    delivery: Delivery, fixture: str, attachments: list[tuple[str, str]]
) -> None:
    post = written(delivery, fixture)
    assert post.kind == "mention"
    assert [(a.kind, a.url) for a in post.attachments] == attachments


def test_wordless_share_of_our_own_post_is_a_repost(delivery: Delivery) -> None:
    assert written(delivery, "visitor_share_bare").kind == "repost"
    assert written(delivery, "share_elsewhere_bare").kind == "repost"


def test_link_that_a_visitor_leaves_on_the_page_is_for_us(delivery: Delivery) -> None:
    assert written(delivery, "visitor_link_bare").kind == "mention"
    assert written(delivery, "mention_share").kind == "mention"


def test_post_that_was_hidden_as_it_came_is_told_so(delivery: Delivery) -> None:
    comment, hidden = parse(delivery("comment_hidden_from_the_start"))
    assert isinstance(comment, IncomingPost)
    assert hidden == PostHidden(account_id=PAGE, external_id="700_806", hidden=True)


def test_mention_in_the_feed_is_a_mention(delivery: Delivery) -> None:
    post = written(delivery, "feed_mention")
    assert (post.kind, post.external_id, post.author_id) == ("mention", "9009_15", "6009")


def test_edit_without_its_time_happened_when_it_was_sent(delivery: Delivery) -> None:
    value = {"item": "post", "verb": "edit", "post_id": "5001_7", "message": "x"}
    event = one(delivery, change({**value, "created_time": T - 900}))
    assert isinstance(event, PostEdited)
    assert event.edited_at == at(T)


def test_visitor_post_is_edited_and_deleted_by_its_own_id(delivery: Delivery) -> None:
    edited, deleted = one(delivery, "visitor_post_edit"), one(delivery, "visitor_post_delete")
    assert isinstance(edited, PostEdited)
    assert (edited.external_id, edited.text) == ("5001_710", "Tokonya tutup hari ini?")
    assert isinstance(deleted, PostDeleted)
    assert deleted.external_id == "5001_710"


def test_own_publication_is_context(delivery: Delivery) -> None:
    post = written(delivery, "own_status")
    assert (post.kind, post.author_id, post.external_id) == ("post", PAGE, "5001_711")
    assert post.url == "https://www.facebook.com/acmedemo/posts/711"


def test_mention_keeps_its_place(delivery: Delivery) -> None:
    comment, post = written(delivery, "mention_comment"), written(delivery, "mention_post")
    assert (comment.kind, comment.external_id, comment.in_reply_to) == (
        "mention",
        "12_34",
        "9009_12",
    )
    assert (post.kind, post.external_id, post.thread_id) == ("mention", "9009_13", "9009_13")
    assert (post.author_id, post.author_name) == ("6009", "Ani Demo")


def test_mention_without_author_and_text_is_still_there(delivery: Delivery) -> None:
    post = written(delivery, "mention_post_bare")
    assert (post.author_id, post.author_name, post.text) == ("anonymous:9009_14", "", "")


def test_mention_without_item_is_told_by_its_ids(delivery: Delivery) -> None:
    value = {"post_id": "9009_12", "comment_id": "12_34", "created_time": T}
    assert written(delivery, change(value, "mention")).external_id == "12_34"
    del value["comment_id"]
    assert written(delivery, change(value, "mention")).external_id == "9009_12"


def test_removed_mention_is_deleted(delivery: Delivery) -> None:
    assert one(delivery, "mention_removed") == PostDeleted(
        account_id=PAGE, external_id="9009_13", deleted_at=at(T + 9)
    )


def test_review_keeps_what_it_recommends(delivery: Delivery) -> None:
    post = written(delivery, "rating_add")
    assert (post.kind, post.external_id, post.author_id) == ("review", "9100", "6002")
    assert (post.author_name, post.text) == ("Rita Demo", "lambat sekali")
    assert post.metrics == {"recommends": 0}


def test_review_of_stars_without_words_gets_an_id_of_its_own(delivery: Delivery) -> None:
    post = written(delivery, "rating_stars")
    assert (post.external_id, post.text) == (f"review:6002:{T}", "")
    assert post.metrics == {"rating": 4}


def test_review_is_edited_and_removed(delivery: Delivery) -> None:
    edited, removed = one(delivery, "rating_edited"), one(delivery, "rating_removed")
    assert isinstance(edited, PostEdited)
    assert (edited.external_id, edited.text) == ("9100", "lambat, tapi ramah")
    assert isinstance(removed, PostDeleted)
    assert removed.external_id == "9100"


def test_comment_on_a_review_may_name_its_author_as_reviewer(delivery: Delivery) -> None:
    post = written(delivery, "rating_comment_by_reviewer")
    assert (post.author_id, post.author_name) == ("6002", "Rita Demo")


@pytest.mark.parametrize(("parent", "post"), [("700_801", "5001_700"), ("700_801", None)])
def test_comment_never_answers_itself(
    delivery: Delivery, parent: str | None, post: str | None
) -> None:
    value = {"item": "comment", "verb": "add", "from": {"id": 1}, "created_time": T}
    value |= {"comment_id": "700_801", "post_id": post, "parent_id": parent, "message": "x"}
    assert written(delivery, change(value)).in_reply_to == post


def test_comment_on_a_review_answers_it(delivery: Delivery) -> None:
    post = written(delivery, "rating_comment")
    assert (post.kind, post.external_id, post.in_reply_to) == ("comment", "9100_5", "9100")

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk import (
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    PostDeleted,
    PostEdited,
    Unreadable,
    WebhookRequest,
)
from tanggap_linkedin.parse import READERS
from tanggap_linkedin.webhook import parse

ORG = "urn:li:organization:5001"
PERSON = "urn:li:person:AbC123demo"
ACTIVITY = "urn:li:activity:7470000000000000001"
COMMENT = f"urn:li:comment:({ACTIVITY},77)"
Delivery = Callable[..., WebhookRequest]


def posts(events: Sequence[Event]) -> list[IncomingPost]:
    assert all(isinstance(event, IncomingPost) for event in events)
    return [event for event in events if isinstance(event, IncomingPost)]


def test_comment_comes_after_the_post_it_answers(delivery: Delivery) -> None:
    source, comment = posts(parse(delivery("comment")))
    assert (source.external_id, source.author_id, source.kind) == (ACTIVITY, ORG, "post")
    assert source.text == "Jam layanan baru gudang Surabaya"
    assert source.posted_at < comment.posted_at
    assert comment.external_id == comment.thread_id == COMMENT
    assert (comment.account_id, comment.author_id, comment.author_name) == (ORG, PERSON, "")
    assert (comment.kind, comment.in_reply_to) == ("comment", ACTIVITY)
    assert comment.posted_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    assert comment.url == (
        "https://www.linkedin.com/feed/update/urn:li:activity:7470000000000000001?commentUrn="
        "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A7470000000000000001%2C77%29"
    )


def test_comment_as_the_page_is_its_own_post(delivery: Delivery) -> None:
    _, comment = posts(parse(delivery("admin_comment")))
    assert comment.author_id == comment.account_id == ORG


def test_change_without_its_time_is_dated_by_the_comment() -> None:
    number = "7470000000000000077"
    said = {"comment": {"text": "Ke Papua juga?"}}
    changes = [
        {
            "action": action,
            "organizationalEntity": ORG,
            "generatedActivity": f"urn:li:comment:(activity:7470000000000000001,{number})",
            "decoratedGeneratedActivity": said,
        }
        for action in ("COMMENT_EDIT", "COMMENT_DELETE")
    ]
    body = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": changes}
    edited, deleted = parse(WebhookRequest("POST", {}, {}, json.dumps(body).encode()))
    assert isinstance(edited, PostEdited)
    assert isinstance(deleted, PostDeleted)
    assert edited.edited_at == deleted.deleted_at
    assert edited.edited_at.year == 2026


def test_reply_to_a_comment_joins_its_thread(delivery: Delivery) -> None:
    _, comment = posts(parse(delivery("nested_reply")))
    assert comment.kind == "reply"
    assert comment.thread_id == comment.in_reply_to == COMMENT
    assert comment.external_id == f"urn:li:comment:({ACTIVITY},91)"


def test_organisations_can_comment(delivery: Delivery) -> None:
    _, comment = posts(parse(delivery("organisation_comment")))
    assert comment.author_id == "urn:li:organization:7777"


def test_text_may_stand_in_message(delivery: Delivery) -> None:
    (comment,) = posts(parse(delivery("message_text")))
    assert comment.text == "Do you ship abroad?"


def test_edit_carries_the_new_text(delivery: Delivery) -> None:
    (event,) = parse(delivery("comment_edit"))
    assert event == PostEdited(
        account_id=ORG,
        external_id=COMMENT,
        text="Apakah gudang Surabaya menerima kargo hari Sabtu?",
        edited_at=datetime(2026, 11, 2, 8, 3, 20, tzinfo=UTC),
    )


def test_deletion_names_the_comment(delivery: Delivery) -> None:
    (event,) = parse(delivery("comment_delete"))
    assert isinstance(event, PostDeleted)
    assert (event.account_id, event.external_id) == (ORG, COMMENT)


def test_mention_shows_names_without_markup(delivery: Delivery) -> None:
    (mention,) = posts(parse(delivery("share_mention")))
    assert mention.external_id == mention.thread_id == "urn:li:share:7470000000000000499"
    assert (mention.kind, mention.in_reply_to) == ("mention", None)
    assert mention.text == "Great service by @Nusakirim"
    assert mention.mentions == ("Nusakirim",)


def test_mention_without_text_is_kept(delivery: Delivery) -> None:
    (mention,) = posts(parse(delivery("share_mention_without_text")))
    assert (mention.text, mention.author_id) == ("", "urn:li:person:XyZ789demo")


def test_mention_in_a_comment_brings_the_strangers_post_along(delivery: Delivery) -> None:
    source, comment = posts(parse(delivery("comment_mention")))
    assert (source.kind, source.author_id) == ("post", "urn:li:person:Other1demo")
    assert (comment.kind, comment.in_reply_to) == ("mention", source.external_id)


def test_reshare_with_words_is_a_quote_and_bare_one_a_repost(delivery: Delivery) -> None:
    source, quote = posts(parse(delivery("share")))
    (repost,) = posts(parse(delivery("share_bare")))
    assert source.external_id == quote.quoted_id == repost.quoted_id == ACTIVITY
    assert (quote.kind, quote.text) == ("quote", "Jadwal ini tidak pernah ditepati.")
    assert repost.kind == "repost"


@pytest.mark.parametrize(
    ("fixture", "post"),
    [
        ("comment_on_ugc_post", "urn:li:ugcPost:7470000000000000010"),
        ("comment_on_share", "urn:li:share:7470000000000000010"),
    ],
)
def test_comment_names_its_post_whatever_the_urn(
    delivery: Delivery, fixture: str, post: str
) -> None:
    (comment,) = posts(parse(delivery(fixture)))
    assert comment.in_reply_to == post
    assert comment.external_id == comment.thread_id
    assert comment.external_id.startswith(f"urn:li:comment:({post},7")
    assert (comment.author_id, comment.text) == (PERSON, "Kapan buka?")


def test_notification_without_its_decoration_is_kept(delivery: Delivery) -> None:
    (comment,) = posts(parse(delivery("comment_undecorated")))
    assert (comment.external_id, comment.text) == (COMMENT, "")
    assert comment.author_id == f"anonymous:{COMMENT}"
    (mention,) = posts(parse(delivery("share_mention_undecorated")))
    assert mention.author_id == "anonymous:urn:li:share:7470000000000000499"
    (share,) = posts(parse(delivery("share_undecorated")))
    assert (share.kind, share.quoted_id) == ("repost", ACTIVITY)


def test_error_in_place_of_a_decoration_changes_nothing(delivery: Delivery) -> None:
    _, comment = posts(parse(delivery("comment_with_inner_error")))
    assert (comment.external_id, comment.text) == (COMMENT, "")


def test_comment_without_activity_is_named_by_its_entity(delivery: Delivery) -> None:
    _, comment = posts(parse(delivery("comment_without_activity")))
    assert comment.external_id == f"urn:li:comment:({ACTIVITY},80)"


def test_times_come_as_text_or_are_told_by_the_id(delivery: Delivery) -> None:
    _, comment = posts(parse(delivery("comment_time_as_text")))
    assert comment.posted_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    _, undated = posts(parse(delivery("comment_without_time")))
    assert undated.posted_at.year == 2026


def test_comment_as_the_page_is_its_own_whoever_typed_it(delivery: Delivery) -> None:
    (comment,) = posts(parse(delivery("admin_comment_by_person")))
    assert comment.author_id == comment.account_id == ORG


def test_reply_may_name_its_parent(delivery: Delivery) -> None:
    (comment,) = posts(parse(delivery("reply_by_parent_comment")))
    assert (comment.kind, comment.in_reply_to) == ("reply", COMMENT)


@pytest.mark.parametrize("parent", [7, [], {"urn": COMMENT}, "urn:li:comment:(x,1)", COMMENT])
def test_strange_parent_does_not_cost_the_comment(delivery: Delivery, parent: object) -> None:
    body = json.loads(delivery("comment").body)
    body["notifications"][0]["decoratedGeneratedActivity"]["comment"]["parentComment"] = parent
    _, comment = posts(parse(delivery(body)))
    assert (comment.kind, comment.in_reply_to) == ("comment", ACTIVITY)


def test_edit_without_a_text_blanks_nothing(delivery: Delivery) -> None:
    assert parse(delivery("comment_edit_undecorated")) == [Ignored(event="COMMENT_EDIT")]
    (edited,) = parse(delivery("comment_edit_message_text"))
    assert isinstance(edited, PostEdited)
    assert edited.text == "Hari Sabtu?"


def test_deletion_with_an_empty_decoration_is_read(delivery: Delivery) -> None:
    (event,) = parse(delivery("comment_delete_empty"))
    assert isinstance(event, PostDeleted)
    assert event.external_id == COMMENT


def test_mention_may_come_as_ugc_post_or_in_a_comment(delivery: Delivery) -> None:
    (post,) = posts(parse(delivery("share_mention_of_ugc_post")))
    assert (post.kind, post.text) == ("mention", "Keluhan untuk @Nusakirim")
    assert post.external_id == "urn:li:ugcPost:7470000000000000498"
    (comment,) = posts(parse(delivery("share_mention_in_comment")))
    assert (comment.kind, comment.text) == ("mention", "Nusakirim juga begitu")
    assert comment.in_reply_to == "urn:li:activity:7470000000000000601"


def test_reshare_without_its_source_is_still_a_quote(delivery: Delivery) -> None:
    (quote,) = posts(parse(delivery("share_without_source")))
    assert (quote.kind, quote.quoted_id) == ("quote", None)


def test_delivery_of_several_pages_and_kinds_is_read_in_order(delivery: Delivery) -> None:
    events = parse(delivery("batch_of_kinds"))
    assert [type(event) for event in events] == [
        IncomingPost,
        IncomingPost,
        Ignored,
        PostDeleted,
        IncomingPost,
    ]
    last = events[-1]
    assert isinstance(last, IncomingPost)
    assert last.account_id == "urn:li:organization:5002"


def test_likes_and_strange_events_are_ignored(delivery: Delivery) -> None:
    assert parse(delivery("like")) == [Ignored(event="LIKE")]
    assert parse(delivery("unknown_action")) == [Ignored(event="POLL_VOTE", known=False)]
    assert parse(delivery("unknown_type")) == [Ignored(event="LEAD_ACTION", known=False)]
    empty = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": []}
    assert list(parse(delivery(empty))) == []


def test_bad_entries_do_not_cost_the_good_ones(delivery: Delivery) -> None:
    events = parse(delivery("batch_with_bad_entries"))
    assert [type(event) for event in events] == [
        Unreadable,
        IncomingPost,
        IncomingPost,
        Unreadable,
        Unreadable,
        Ignored,
    ]
    assert [event.path for event in events if isinstance(event, Unreadable)] == [
        "notifications[0].generatedActivity",
        "notifications[2]",
        "notifications[3].action",
    ]


def test_bad_context_does_not_cost_the_comment(delivery: Delivery) -> None:
    body = json.loads(delivery("comment").body)
    body["notifications"][0]["decoratedSourcePost"]["owner"] = 5
    bad, comment = parse(delivery(body))
    assert isinstance(bad, Unreadable)
    assert bad.path == "notifications[0].decoratedSourcePost.owner"
    assert isinstance(comment, IncomingPost)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"type":7}',
        b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"}',
        b'{"notifications":"x"}',
        b'{"notifications":[{}, null]}',
        b"[" * 100_000,
    ],
)
def test_hopeless_bodies_are_invalid(body: bytes) -> None:
    with pytest.raises(InvalidPayload):
        parse(WebhookRequest("POST", {}, {}, body))


HOSTILE: list[object] = [
    None,
    True,
    0,
    -1,
    2**70,
    1e400,
    "",
    "\ud800",
    "\x00",
    "9" * 5000,
    [],
    {},
    [{}] * 50,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["comment", "share_mention", "comment_edit", "share"])
def test_any_field_may_hold_anything(delivery: Delivery, name: str, value: object) -> None:
    original = delivery(name).body
    for path in _paths(json.loads(original)):
        body = json.loads(original)
        _put(body, path, value)
        _parses_or_is_invalid(delivery(body))


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800")
values = st.recursive(leaves, lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=8)
urns = st.sampled_from([ORG, PERSON, ACTIVITY, COMMENT, "urn:li:comment:(activity:1,2)", "urn:li:"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(sorted(READERS)) | values,
        "organizationalEntity": urns | values,
        "sourcePost": urns | values,
        "generatedActivity": urns | values,
        "lastModifiedAt": st.integers() | values,
        "decoratedSourcePost": st.dictionaries(
            st.sampled_from(["entity", "owner", "text"]), urns | values
        )
        | values,
        "decoratedGeneratedActivity": st.dictionaries(
            st.sampled_from(["comment", "share"]),
            st.dictionaries(
                st.sampled_from(["entity", "owner", "text", "message", "object"]), urns | values
            )
            | values,
        )
        | values,
    },
)


@given(st.lists(fields, max_size=4) | values)
def test_only_invalid_payload_escapes(notifications: object) -> None:
    body = {"notifications": notifications}
    _parses_or_is_invalid(WebhookRequest("POST", {}, {}, json.dumps(body).encode()))


# Our own names of fields, and numbers: nothing a stranger wrote gets into a log by them.
_NAMES = re.compile(r"[A-Za-z]+(\[\d+\])?(\.[A-Za-z]+(\[\d+\])?)*")


def _parses_or_is_invalid(request: WebhookRequest) -> None:
    try:
        events = parse(request)
    except InvalidPayload as error:
        assert _NAMES.fullmatch(error.path)
        return
    for event in events:
        assert not isinstance(event, Unreadable) or _NAMES.fullmatch(event.path)


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [p for key, child in value.items() for p in _paths(child, (*path, key))]
    if isinstance(value, list):
        return found + [p for i, child in enumerate(value) for p in _paths(child, (*path, i))]
    return found


def _put(body: Any, path: tuple[Any, ...], value: object) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value

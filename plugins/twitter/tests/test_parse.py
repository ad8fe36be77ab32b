from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tanggap.sdk import (
    AccountRevoked,
    Channel,
    Event,
    Ignored,
    IncomingPost,
    PostDeleted,
    Unreadable,
    WebhookRequest,
)
from tanggap_twitter.parse import EVENTS, READERS, parse
from tanggap_twitter.posts import moment_of_id

FIXTURES = sorted(p.stem for p in (Path(__file__).parent / "fixtures").glob("*.json"))
Delivery = Callable[..., WebhookRequest]


@pytest.fixture
def read(delivery: Delivery) -> Callable[[object], list[Event]]:
    return lambda content: list(parse(delivery(content)))


@pytest.fixture
def post(read: Callable[[object], list[Event]]) -> Callable[[object], IncomingPost]:
    def last(content: object) -> IncomingPost:
        found = read(content)[-1]
        assert isinstance(found, IncomingPost)
        return found

    return last


Read = Callable[[object], list[Event]]
Post = Callable[[object], IncomingPost]


@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_is_read_without_loss(read: Read, name: str) -> None:
    expected_bad = {"legacy_batch": 1, "legacy_dm": 1}
    events = read(name)
    assert events
    assert len([e for e in events if isinstance(e, Unreadable)]) == expected_bad.get(name, 0)


def test_every_event_that_is_declared_has_a_fixture() -> None:
    seen: set[str] = set()
    for path in (Path(__file__).parent / "fixtures").glob("*.json"):
        body = json.loads(path.read_text("utf-8"))
        data = body.get("data", {})
        seen |= {data["event_type"]} if "event_type" in data else set(body)
    assert EVENTS - seen == set()
    assert set(READERS) <= EVENTS


def test_mention_carries_all_that_x_tells(post: Post) -> None:
    assert post("mention") == IncomingPost(
        account_id="70001",
        external_id="1987654321098765001",
        author_id="80002",
        text="@nusakirim paket saya 4411 belum sampai & CS tidak jawab",
        posted_at=datetime(2026, 11, 2, 8, 15, tzinfo=UTC),
        kind="mention",
        author_name="Rita Demo",
        author_handle="rita_demo",
        author_followers=321,
        author_avatar_url="https://pbs.example/rita.jpg",
        thread_id="1987654321098765001",
        url="https://x.com/rita_demo/status/1987654321098765001",
        mentions=("nusakirim",),
        metrics={
            "likes": 2,
            "replies": 0,
            "reposts": 1,
            "quotes": 0,
            "bookmarks": 0,
            "views": 12,
        },
    )


def test_reply_comes_after_the_post_it_answers(read: Read) -> None:
    parent, reply = read("reply")
    assert isinstance(parent, IncomingPost)
    assert isinstance(reply, IncomingPost)
    assert (parent.external_id, parent.kind) == ("1987654321098765000", "post")
    assert parent.author_id == parent.account_id
    assert (reply.kind, reply.in_reply_to) == ("reply", parent.external_id)
    assert reply.thread_id == "1987654321098765000"


def test_author_is_known_by_id_alone_where_nothing_is_included(post: Post) -> None:
    found = post("reply_without_includes")
    assert (found.author_id, found.author_name, found.author_handle) == ("80002", "", "")
    assert found.url == "https://x.com/i/status/1987654321098765003"


def test_quote_and_repost_name_the_post_they_take(post: Post) -> None:
    quote, repost = post("quote"), post("repost")
    assert (quote.kind, quote.quoted_id) == ("quote", "1987654321098765000")
    assert quote.author_name == "Budi Contoh"
    assert (repost.kind, repost.quoted_id) == ("repost", "1987654321098765000")
    assert repost.in_reply_to is None


def test_own_reply_is_recognised_and_dated_by_its_id(post: Post) -> None:
    found = post("own_post")
    assert found.author_id == found.account_id == "70001"
    assert (found.kind, found.in_reply_to) == ("reply", "1987654321098765001")
    assert found.author_verified
    assert found.posted_at == moment_of_id("1987654321098765006")
    assert found.posted_at.year == 2025


def test_edit_is_the_whole_post_with_the_ids_it_had_before(read: Read) -> None:
    (edited,) = read("edit")
    assert isinstance(edited, IncomingPost)
    assert edited.external_id == "1987654321098765099"
    assert edited.previous_ids == ("1987654321098765001",)
    assert edited.text == "@nusakirim paket 4411 sudah sampai, terima kasih"
    assert edited.edited_at == datetime(2026, 11, 2, 8, 40, tzinfo=UTC)


def test_edit_is_understood_in_the_newer_names(read: Read) -> None:
    (edited,) = read("edit_new_names")
    assert isinstance(edited, IncomingPost)
    assert edited.external_id == "1987654321098765098"
    assert edited.previous_ids[-1] == "1987654321098765097"


def test_older_version_that_comes_late_is_no_edit(delivery: Delivery, read: Read) -> None:
    body = json.loads(delivery("edit").body)
    body["data"]["payload"]["edit_history_tweet_ids"].append("1987654321098765100")
    late = read(body)[-1]
    assert isinstance(late, IncomingPost)
    assert "1987654321098765100" not in late.previous_ids


def test_newer_names_long_text_and_media_are_read(read: Read) -> None:
    parent, found = read("new_names")
    assert isinstance(parent, IncomingPost)
    assert isinstance(found, IncomingPost)
    assert found.text == "teks yang panjang sekali"
    assert (found.kind, found.in_reply_to) == ("reply", "1987654321098765000")
    assert found.metrics == {"likes": 1, "reposts": 4}
    photo, video = found.attachments
    assert (photo.kind, photo.url, photo.description) == (
        "image",
        "https://img.example/a.jpg",
        "paket rusak",
    )
    assert (video.kind, video.url) == ("video", "https://img.example/v.jpg")


def test_long_post_names_all_its_mentions_and_its_film_at_its_best(post: Post) -> None:
    found = post("long_post")
    assert found.text.endswith("hilang & tidak ada kabar. cc @budi_contoh")
    assert found.mentions == ("nusakirim", "budi_contoh")
    assert [a.url for a in found.attachments] == ["https://video.example/high.mp4"]
    assert found.author_verified


@pytest.mark.parametrize("name", ["delete", "delete_wrapped"])
def test_own_deletion_is_told(read: Read, name: str) -> None:
    (deleted,) = read(name)
    assert isinstance(deleted, PostDeleted)
    assert (deleted.account_id, deleted.external_id) == ("70001", "1987654321098765000")


def test_message_is_private_and_in_the_conversation_of_two(post: Post) -> None:
    found = post("dm_received")
    assert (found.kind, found.visibility, found.thread_id) == (
        "message",
        "private",
        "dm:70001-80002",
    )
    assert (found.author_name, found.recipient_id) == ("Rita Demo", None)
    assert found.attachments[0].url == "https://img.example/a.jpg"
    assert found.posted_at == datetime.fromtimestamp(1793606400, UTC)


def test_own_message_names_its_recipient(post: Post) -> None:
    found = post("dm_sent")
    assert found.author_id == found.account_id
    assert found.recipient_id == "80002"
    assert found.thread_id == "dm:70001-80002"


def test_message_in_the_shape_of_polls_is_read(post: Post) -> None:
    found = post("dm_new_shape")
    assert (found.text, found.thread_id) == ("Ada kabar?", "dm:70001-80002")


def test_withdrawn_permission_names_the_account(read: Read) -> None:
    for name in ("oauth_revoke", "legacy_revoke"):
        (revoked,) = read(name)
        assert isinstance(revoked, AccountRevoked)
        assert revoked.account_id == "70001"


@pytest.mark.parametrize(
    ("name", "event", "known"),
    [
        ("chat_received", "chat.received", True),
        ("dm_read", "dm.read", True),
        ("like", "like.create", True),
        ("replay_status", "replay_job_status", True),
        ("legacy_favorite", "favorite_events", True),
        ("stream_post", "matching_rules", True),
        ("stream_fault", "errors", True),
        ("unknown_event", "post.moonwalk", False),
    ],
)
def test_useless_events_are_counted_by_name(read: Read, name: str, event: str, known: bool) -> None:
    assert read(name) == [Ignored(event=event, known=known)]


def test_legacy_post_is_read(post: Post) -> None:
    found = post("legacy_mention")
    assert (found.external_id, found.kind) == ("1987654321098765010", "mention")
    assert (found.author_handle, found.author_followers) == ("rita_demo", 321)
    assert found.posted_at == datetime(2026, 11, 2, 8, 15, tzinfo=UTC)
    assert found.thread_id == found.external_id
    assert found.mentions == ("nusakirim",)


def test_legacy_edit_brings_the_ids_it_had_before(post: Post) -> None:
    found = post("legacy_edit")
    assert found.previous_ids == ("1987654321098765030",)
    assert found.edited_at == datetime(2026, 11, 2, 8, 40, tzinfo=UTC)
    assert found.metrics == {"likes": 2, "reposts": 1, "replies": 0, "quotes": 0}


def test_legacy_post_that_was_cut_is_read_in_full(post: Post) -> None:
    found = post("legacy_long_quote")
    assert found.text.endswith("pergi <tanpa> permisi @budi_contoh")
    assert found.mentions == ("nusakirim", "budi_contoh")
    assert found.quoted_id == "1987654321098765000"
    assert [a.url for a in found.attachments] == ["https://video.example/k.mp4"]


def test_bad_entry_of_a_legacy_batch_stops_no_other(read: Read) -> None:
    reply, bad, own, parent, quote, repost = read("legacy_batch")
    assert isinstance(reply, IncomingPost)
    assert (reply.text, reply.kind) == ("@nusakirim panjang sekali ceritanya", "reply")
    assert reply.thread_id is None
    assert isinstance(bad, Unreadable)
    assert bad.path == "tweet_create_events[1].user"
    assert isinstance(own, IncomingPost)
    assert (own.author_id, own.kind) == ("70001", "reply")
    assert isinstance(parent, IncomingPost)
    assert parent.external_id == "1987654321098765000"
    assert isinstance(quote, IncomingPost)
    assert (quote.kind, quote.quoted_id) == ("quote", "1987654321098765000")
    assert isinstance(repost, IncomingPost)
    assert repost.kind == "repost"


def test_legacy_deletion_and_message_are_read(read: Read) -> None:
    (deleted,) = read("legacy_delete")
    assert isinstance(deleted, PostDeleted)
    assert deleted.deleted_at == datetime.fromtimestamp(1793606400, UTC)
    message, bad = read("legacy_dm")
    assert isinstance(message, IncomingPost)
    assert message.author_handle == "rita_demo"
    assert isinstance(bad, Unreadable)


def test_activities_in_a_list_are_read_each_by_itself(delivery: Delivery, read: Read) -> None:
    good = json.loads(delivery("mention").body)["data"]
    first, bad = read({"data": [good, {"event_type": 5}]})
    assert isinstance(first, IncomingPost)
    assert bad == Unreadable(path="data[1].event_type", reason="text")


def test_channel_declares_every_event(channel: Channel) -> None:
    assert channel.webhook is not None
    assert channel.webhook.events == EVENTS
    assert {"post.mention.create", "dm.received", "oauth.revoke"} <= EVENTS

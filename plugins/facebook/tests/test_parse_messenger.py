from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tanggap.sdk import (
    Attachment,
    IncomingPost,
    PostDeleted,
    PostEdited,
    WebhookRequest,
)
from tanggap_facebook.webhook import parse

PAGE = "5001"
SENT = datetime.fromtimestamp(1793606700.001, UTC)
Delivery = Callable[..., WebhookRequest]


def written(delivery: Delivery, content: object) -> IncomingPost:
    (event,) = parse(delivery(content))
    assert isinstance(event, IncomingPost)
    return event


def test_message_is_private_in_the_thread_of_its_person(delivery: Delivery) -> None:
    assert written(delivery, "message_text") == IncomingPost(
        account_id=PAGE,
        external_id="m_demo1",
        author_id="24001",
        text="halo, pesanan 4411?",
        posted_at=SENT,
        kind="message",
        visibility="private",
        thread_id="m:24001",
    )


def test_echo_is_our_own_and_names_the_customer(delivery: Delivery) -> None:
    post = written(delivery, "message_echo")
    assert (post.author_id, post.recipient_id, post.thread_id) == (PAGE, "24001", "m:24001")


def test_attachments_keep_their_kind_and_rubbish_is_left_out(delivery: Delivery) -> None:
    assert written(delivery, "message_attachments").attachments == (
        Attachment("image", "https://cdn.example/photo.jpg"),
        Attachment("audio", "https://cdn.example/voice.mp4"),
        Attachment("link", "https://news.example/2", "Berita"),
        Attachment("location", "geo:-6.2,106.8", "Toko"),
    )


def test_edited_message_brings_the_new_text(delivery: Delivery) -> None:
    (event,) = parse(delivery("message_edit"))
    assert event == PostEdited(
        account_id=PAGE, external_id="m_demo1", text="halo, pesanan 4412?", edited_at=SENT
    )


def test_unsent_message_is_deleted(delivery: Delivery) -> None:
    (event,) = parse(delivery("message_unsent"))
    assert event == PostDeleted(account_id=PAGE, external_id="m_demo1", deleted_at=SENT)


def test_quick_reply_reads_as_its_words(delivery: Delivery) -> None:
    assert written(delivery, "message_quick_reply").text == "Merah"


def test_answer_to_one_message_names_it(delivery: Delivery) -> None:
    assert written(delivery, "message_reply_to").in_reply_to == "m_demo4"


def test_unsupported_message_is_empty_but_there(delivery: Delivery) -> None:
    assert written(delivery, "message_unsupported").text == ""


def test_pressed_button_reads_as_its_title(delivery: Delivery) -> None:
    post = written(delivery, "postback")
    assert (post.external_id, post.text, post.kind) == ("m_demo3", "Bicara dengan kami", "message")


def test_old_postback_gets_the_same_id_each_time(delivery: Delivery) -> None:
    first, again = written(delivery, "postback_old"), written(delivery, "postback_old")
    assert first.external_id == again.external_id
    assert first.external_id.startswith("postback:")


def test_message_of_another_apps_thread_is_read_too(delivery: Delivery) -> None:
    post = written(delivery, "standby_message")
    assert (post.external_id, post.thread_id) == ("m_demo9", "m:24001")


def test_button_pressed_in_another_apps_thread_is_read_too(delivery: Delivery) -> None:
    post = written(delivery, "standby_postback")
    assert (post.text, post.thread_id) == ("Lacak paket", "m:24001")


def test_message_of_media_alone_has_no_text(delivery: Delivery) -> None:
    for name, kind in (("message_sticker", "image"), ("message_reel", "video")):
        post = written(delivery, name)
        assert (post.text, [a.kind for a in post.attachments]) == ("", [kind])


def test_message_that_names_itself_answers_nothing(delivery: Delivery) -> None:
    message = {"mid": "m_1", "text": "x", "reply_to": {"mid": "m_1"}}
    event = {"sender": {"id": "24001"}, "recipient": {"id": PAGE}, "timestamp": 1793606700001}
    entry = {"id": PAGE, "time": 1, "messaging": [{**event, "message": message}]}
    assert written(delivery, {"object": "page", "entry": [entry]}).in_reply_to is None


def test_test_button_of_the_dashboard_is_understood(delivery: Delivery) -> None:
    post = written(delivery, "dashboard_test_message")
    assert (post.external_id, post.text) == ("test_message_id", "test_message")
    assert post.posted_at == datetime.fromtimestamp(1527459824, UTC)


def test_text_of_any_kind_passes_unchanged(delivery: Delivery) -> None:
    text = "\x00\ud83d \u202eabc\u200b <b>{{ 7*7 }}</b>" + "panjang" * 20_000
    message = {"mid": "m_1", "text": text}
    event = {"sender": {"id": "24001"}, "recipient": {"id": PAGE}, "timestamp": 1793606700001}
    entry = {"id": PAGE, "time": 1, "messaging": [{**event, "message": message}]}
    assert written(delivery, {"object": "page", "entry": [entry]}).text == text

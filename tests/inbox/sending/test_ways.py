"""How a conversation can be answered: in public, in private, or why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, T0, FakePlatform, incoming
from tanggap.errors import ReplyRefusedError
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.sending.ways import Way, choose_way, list_ways
from tanggap.inbox.services import Services
from tanggap.sdk.types import Event, Refusal
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import FAILED, ReplyRow
from tanggap.store.users import User

SUMMONED = Refusal(
    code="not_summoned",
    message={"en": "Only who mentions us may be answered.", "id": "Hanya yang menyebut kita."},
    instead="private",
)
CLOSED = Refusal(code="window_closed", message="24 hours are over.")


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


@pytest.fixture
def user(services: Services, account: Account) -> User:
    with services.database.write() as session:
        return make_user(session, initials="AB")


def record(services: Services, account: Account, *events: Event) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), events, source="webhook")


def ways(services: Services) -> list[Way]:
    with services.database.read() as session:
        return list(list_ways(services, session, session.scalars(select(Conversation)).one()))


def send(services: Services, user: User, visibility: str, key: str = "k1") -> ReplyRow:
    with services.database.read() as session:
        conversation_id = session.scalars(select(Conversation.id)).one()
        seen = session.scalar(select(Post.id).order_by(Post.id.desc()).limit(1))
    return queue_reply(
        services,
        user_id=user.id,
        conversation_id=conversation_id,
        text="halo kak",
        visibility=visibility,  # type: ignore[arg-type]
        seen_post_id=seen or 0,
        idempotency_key=key,
    )


def test_refusal_is_told_before_anybody_types_and_names_what_is_possible(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    record(services, account, incoming("1", "internet mati"))
    platform.refusals["public"] = SUMMONED
    found = ways(services)
    assert found == [Way("public", SUMMONED), Way("private")]
    assert choose_way(found).visibility == "private"
    assert choose_way(found, "public").refusal == SUMMONED


def test_way_the_customer_never_used_is_not_offered_while_it_is_refused(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    record(services, account, incoming("1", "internet mati"))
    platform.refusals["private"] = CLOSED
    assert ways(services) == [Way("public")]


def test_private_conversation_offers_no_public_answer(services: Services, account: Account) -> None:
    record(services, account, incoming("1", "halo", visibility="private", thread_id="m:1"))
    assert ways(services) == [Way("private")]


def test_refusal_holds_on_the_server_when_a_reply_is_queued(
    services: Services, account: Account, user: User, platform: FakePlatform
) -> None:
    record(services, account, incoming("1", "internet mati"))
    platform.refusals["public"] = SUMMONED
    with pytest.raises(ReplyRefusedError) as refused:
        send(services, user, "public")
    assert refused.value.reason == "not_summoned"


def test_refusal_that_comes_up_meanwhile_fails_the_reply_unsent(
    services: Services, account: Account, user: User, platform: FakePlatform
) -> None:
    record(services, account, incoming("1", "internet mati"))
    reply = send(services, user, "public")
    platform.refusals["public"] = CLOSED
    outbox.work_on(services, reply.id)
    with services.database.read() as session:
        failed = session.get_one(ReplyRow, reply.id)
    assert (failed.state, failed.error_code, failed.error) == (
        FAILED, "window_closed", "24 hours are over."
    )  # fmt: skip
    assert platform.sent == []


def test_target_tells_what_the_post_answers_and_when_the_customer_last_wrote_privately(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    record(
        services,
        account,
        incoming("ours", "promo", author_id=ACCOUNT_ID, kind="post", thread_id="ours"),
        incoming("dm", "cek dm", visibility="private", thread_id="m:1"),
        incoming("1", "@a min", in_reply_to="ours", thread_id="ours", mentions=["a", "b"],
                 posted_at=T0 + timedelta(minutes=1)),
    )  # fmt: skip
    with services.database.read() as session:
        conversation = session.scalars(
            select(Conversation).where(Conversation.thread_id == "ours")
        ).one()
        list_ways(services, session, conversation)
    target = platform.targets[0]
    assert (target.external_id, target.author_id, target.by_us) == ("1", "cust", False)
    assert (target.answers_us, target.under_ours) == (True, True)
    assert target.mentions == ("a", "b")
    assert target.last_private_at == T0


def test_private_answer_to_a_public_comment_says_so_and_stays_in_the_conversation(
    services: Services, account: Account, user: User, platform: FakePlatform
) -> None:
    record(services, account, incoming("1", "internet mati", thread_id="post-9"))
    reply = send(services, user, "private")
    outbox.work_on(services, reply.id)
    (sent,) = platform.sent
    assert (sent.visibility, sent.to_visibility, sent.to_kind) == ("private", "public", "mention")
    assert sent.text == "halo kak"
    with services.database.read() as session:
        post = session.scalars(select(Post).where(Post.from_us)).one()
    assert (post.visibility, post.conversation_id) == ("private", reply.conversation_id)


@pytest.mark.parametrize("echo_first", [True, False])
def test_customer_who_answers_in_private_stays_in_the_same_conversation(
    services: Services, account: Account, user: User, platform: FakePlatform, echo_first: bool
) -> None:
    record(services, account, incoming("1", "internet mati", thread_id="post-9"))
    echo = incoming(
        "our-1", "halo kak", author_id=ACCOUNT_ID, recipient_id="psid", thread_id="m:psid",
        visibility="private", kind="message", posted_at=T0 + timedelta(minutes=1),
    )  # fmt: skip
    reply = send(services, user, "private")
    if echo_first:
        record(services, account, echo)
    outbox.work_on(services, reply.id)
    if not echo_first:
        record(services, account, echo)
    answer = incoming(
        "m-2", "ini nomor saya", author_id="psid", thread_id="m:psid", visibility="private",
        kind="message", posted_at=T0 + timedelta(minutes=2),
    )  # fmt: skip
    record(services, account, answer)
    with services.database.read() as session:
        assert session.scalars(select(Conversation.id)).all() == [reply.conversation_id]
        posts = session.scalars(select(Post.external_id).order_by(Post.posted_at)).all()
    assert posts == ["1", "our-1", "m-2"] or set(posts) == {"1", "our-1", "m-2"}
    assert Way("private") in ways(services)
    again = send(services, user, "private", key="k2")
    outbox.work_on(services, again.id)
    assert (platform.sent[-1].to, platform.sent[-1].to_visibility) == ("m-2", "private")

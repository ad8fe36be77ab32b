"""Replies: what may be sent, that it is sent once, and what a person is told."""

from __future__ import annotations

from dataclasses import replace as replace_
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, T0, FakePlatform, incoming
from tanggap.errors import ConflictError, ReplyRefusedError, StaleThreadError
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.drafts import load_draft, save_draft
from tanggap.inbox.sending.measuring import measure
from tanggap.inbox.sending.reply import queue_reply, retry
from tanggap.inbox.services import Services
from tanggap.sdk.errors import AuthExpired, Gone, RateLimited, Rejected, Unavailable
from tanggap.sdk.types import Event
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, WAITING, Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import FAILED, QUEUED, SENDING, SENT, UNKNOWN, ReplyRow
from tanggap.store.users import User


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        record_events(session, account, [incoming("1", "internet mati")], source="webhook")
        return account


@pytest.fixture
def user(services: Services, account: Account) -> User:
    with services.database.write() as session:
        return make_user(session, initials="AB")


def record(services: Services, account: Account, *events: Event) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), events, source="webhook")


def send(
    services: Services, user: User, text: str = "kami cek ya kak", **values: object
) -> ReplyRow:
    with services.database.read() as session:
        conversation = session.scalars(select(Conversation)).first()
        seen = session.scalar(select(Post.id).order_by(Post.id.desc()).limit(1))
    assert conversation is not None
    arguments = {
        "user_id": user.id,
        "conversation_id": conversation.id,
        "text": text,
        "visibility": "public",
        "seen_post_id": seen,
        "idempotency_key": "key-1",
    }
    return queue_reply(services, **(arguments | values))  # type: ignore[arg-type]


def row(services: Services) -> ReplyRow:
    with services.database.read() as session:
        return session.scalars(select(ReplyRow)).one()


def conversation(services: Services) -> Conversation:
    with services.database.read() as session:
        return session.scalars(select(Conversation)).one()


def make_due(services: Services) -> None:
    with services.database.write() as session:
        session.execute(update(ReplyRow).values(next_try_at=utcnow() - timedelta(seconds=1)))


def test_reply_arrives_with_initials_and_shows_in_the_thread(
    services: Services, user: User, platform: FakePlatform
) -> None:
    reply = send(services, user)
    outbox.work_on(services, reply.id)
    assert [(sent.to, sent.text) for sent in platform.sent] == [("1", "kami cek ya kak ^AB")]
    sent = row(services)
    assert (sent.state, sent.external_id) == (SENT, "our-1")
    case = conversation(services)
    assert (case.state, case.waits, case.post_count) == (WAITING, False, 2)
    assert case.assignee_id == user.id
    assert case.first_answered_at is not None
    ((_, view),) = platform.replied
    assert view.agent_name == user.name


def test_echo_of_our_reply_is_the_same_post(
    services: Services, account: Account, user: User
) -> None:
    outbox.work_on(services, send(services, user).id)
    echo = incoming("our-1", "kami cek ya kak ^AB", author_id=ACCOUNT_ID, in_reply_to="1")
    record(services, account, echo)
    assert conversation(services).post_count == 2


def test_echo_that_is_faster_than_the_receipt_is_the_same_post(
    services: Services, account: Account, user: User
) -> None:
    reply = send(services, user)
    echo = incoming(
        "our-1", "kami cek ya kak ^AB", author_id=ACCOUNT_ID, in_reply_to="1",
        posted_at=T0 + timedelta(minutes=1),
    )  # fmt: skip
    record(services, account, echo)
    outbox.work_on(services, reply.id)
    assert conversation(services).post_count == 2
    assert row(services).post_id is not None


def test_same_key_again_is_the_same_reply(services: Services, user: User) -> None:
    assert send(services, user).id == send(services, user).id


def test_key_of_another_reply_is_refused(services: Services, account: Account, user: User) -> None:
    send(services, user)
    with services.database.write() as session:
        other = make_user(session, initials="CD")
    with pytest.raises(ConflictError, match="idempotency key"):
        send(services, other)


def test_customers_new_post_stops_a_reply_that_has_not_seen_it(
    services: Services, account: Account, user: User
) -> None:
    with services.database.read() as session:
        seen = session.scalars(select(Post)).one().id
    record(services, account, incoming("2", "sudah nyala", in_reply_to="1"))
    with pytest.raises(StaleThreadError):
        send(services, user, seen_post_id=seen)


def test_colleagues_reply_on_its_way_stops_a_second_answer(
    services: Services, account: Account, user: User
) -> None:
    send(services, user)
    with services.database.write() as session:
        other = make_user(session, initials="CD")
    with pytest.raises(StaleThreadError):
        send(services, other, idempotency_key="key-2")


def test_own_first_answer_does_not_stop_the_second(
    services: Services, account: Account, user: User
) -> None:
    with services.database.read() as session:
        seen = session.scalars(select(Post)).one().id
    outbox.work_on(services, send(services, user).id)
    second = send(services, user, "sudah kami cek", idempotency_key="key-2", seen_post_id=seen)
    assert second.state == QUEUED


def test_initials_count_and_too_long_is_refused_with_the_excess(
    services: Services, user: User
) -> None:
    with services.database.read() as session:
        case = session.scalars(select(Conversation)).one()
        measured = measure(services, case, user, "x" * 36, "public")
        assert (measured.length, measured.limit, measured.fits) == (40, 40, True)
        assert measure(services, case, user, "x" * 36, "private").limit == 200
    with pytest.raises(ReplyRefusedError, match="Shorten it by 1") as refused:
        send(services, user, "x" * 37)
    assert refused.value.reason == "too_long"


def test_empty_reply_is_refused(services: Services, user: User) -> None:
    with pytest.raises(ReplyRefusedError, match="empty"):
        send(services, user, "  \n ")


def test_deleted_post_cannot_be_answered(services: Services, user: User) -> None:
    with services.database.write() as session:
        session.scalars(select(Post)).one().deleted_at = utcnow()
    with pytest.raises(ReplyRefusedError) as refused:
        send(services, user)
    assert refused.value.reason == "post_deleted"


def test_account_that_needs_reconnecting_closes_the_composer(
    services: Services, account: Account, user: User
) -> None:
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        row.state, row.state_reason = NEEDS_RECONNECT, "the password was changed"
    with pytest.raises(ReplyRefusedError, match="the password was changed") as refused:
        send(services, user)
    assert refused.value.reason == "account_needs_reconnect"


def test_refusal_fails_the_reply_and_gives_the_case_back(
    services: Services, user: User, platform: FakePlatform
) -> None:
    platform.faults = [Rejected("duplicate text", "403")]
    outbox.work_on(services, send(services, user).id)
    failed = row(services)
    assert (failed.state, failed.error_code, failed.error) == (FAILED, "403", "duplicate text")
    assert (conversation(services).state, conversation(services).waits) == (OPEN, True)
    retry(services, failed.id, user.id)
    outbox.work_on(services, failed.id)
    assert row(services).state == SENT


def test_post_that_is_gone_is_marked_deleted(
    services: Services, user: User, platform: FakePlatform
) -> None:
    platform.faults = [Gone("no such post", "404")]
    outbox.work_on(services, send(services, user).id)
    with services.database.read() as session:
        assert session.scalars(select(Post)).one().deleted_at is not None


def test_dead_token_closes_the_account(
    services: Services, account: Account, user: User, platform: FakePlatform
) -> None:
    platform.faults = [AuthExpired("password changed", "revoked")]
    outbox.work_on(services, send(services, user).id)
    with services.database.read() as session:
        row_ = session.get_one(Account, account.id)
    assert (row_.state, row_.state_cause) == (NEEDS_RECONNECT, "revoked")
    assert row(services).state == FAILED


def test_rate_limit_sends_later(services: Services, user: User, platform: FakePlatform) -> None:
    platform.faults = [RateLimited(timedelta(minutes=3))]
    reply = send(services, user)
    outbox.work_on(services, reply.id)
    assert row(services).state == QUEUED
    assert outbox.due_replies(services) == []
    outbox.work_on(services, reply.id)
    assert platform.sent == []
    make_due(services)
    outbox.work_on(services, reply.id)
    assert row(services).state == SENT


def test_platform_that_was_never_reached_is_tried_again(
    services: Services, user: User, platform: FakePlatform
) -> None:
    platform.faults = [Unavailable("no route", reached=False)]
    reply = send(services, user)
    outbox.work_on(services, reply.id)
    assert row(services).state == QUEUED
    make_due(services)
    outbox.work_on(services, reply.id)
    assert len(platform.sent) == 1


@pytest.mark.parametrize("fault", [Unavailable("time-out"), KeyError("id")])
def test_reply_accepted_before_the_time_out_is_found_and_not_sent_again(
    services: Services, user: User, platform: FakePlatform, fault: Exception
) -> None:
    platform.faults, platform.accept_before_fault = [fault], True
    reply = send(services, user)
    outbox.work_on(services, reply.id)
    assert row(services).state == UNKNOWN
    make_due(services)
    outbox.work_on(services, reply.id)
    assert (row(services).state, len(platform.sent)) == (SENT, 1)


def test_reply_that_did_not_arrive_is_sent_after_two_looks(
    services: Services, user: User, platform: FakePlatform
) -> None:
    platform.faults = [Unavailable("time-out")]
    reply = send(services, user)
    seen = []
    for _ in range(4):
        outbox.work_on(services, reply.id)
        seen.append(row(services).state)
        make_due(services)
    assert seen == [UNKNOWN, UNKNOWN, QUEUED, SENT]
    assert len(platform.sent) == 1


def test_worker_killed_while_sending_leaves_an_unknown_outcome(
    services: Services, user: User, platform: FakePlatform
) -> None:
    reply = send(services, user)
    with services.database.write() as session:
        session.execute(
            update(ReplyRow).values(state=SENDING, claimed_until=utcnow() - timedelta(seconds=1))
        )
    assert outbox.due_replies(services) == [reply.id]
    assert row(services).state == UNKNOWN


def test_channel_that_cannot_read_back_leaves_it_to_a_person(
    services: Services, user: User, platform: FakePlatform
) -> None:
    loaded = services.registry.channels["fake"]
    assert loaded.channel.replying is not None
    blind = replace_(loaded.channel, replying=replace_(loaded.channel.replying, find_sent=None))
    services.registry.channels["fake"] = replace_(loaded, channel=blind)
    platform.faults = [Unavailable("time-out")]
    reply = send(services, user)
    outbox.work_on(services, reply.id)
    make_due(services)
    outbox.work_on(services, reply.id)
    assert row(services).state == UNKNOWN
    assert "look there" in row(services).error
    assert outbox.due_replies(services) == []


def test_drafts_are_kept_for_each_person(services: Services, account: Account, user: User) -> None:
    case = conversation(services).id
    with services.database.write() as session:
        other = make_user(session, initials="CD")
        for person, text in ((user, "satu"), (other, "dua"), (user, "tiga")):
            save_draft(
                session, conversation_id=case, user_id=person.id, text=text, seen_post_id=None
            )
    with services.database.write() as session:
        drafts = [load_draft(session, case, person.id) for person in (user, other)]
        assert [draft and draft.text for draft in drafts] == ["tiga", "dua"]
        save_draft(session, conversation_id=case, user_id=user.id, text=" ", seen_post_id=None)
        assert load_draft(session, case, user.id) is None


def test_sending_drops_the_draft(services: Services, account: Account, user: User) -> None:
    case = conversation(services).id
    with services.database.write() as session:
        save_draft(session, conversation_id=case, user_id=user.id, text="halo", seen_post_id=None)
    send(services, user)
    with services.database.read() as session:
        assert load_draft(session, case, user.id) is None

"""Answers too long for one post: cut, sent in order, each part once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, FakePlatform, incoming
from tanggap.errors import ReplyRefusedError
from tanggap.inbox.desk.conversation_view import read_view
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.measuring import measure
from tanggap.inbox.sending.reply import queue_reply, retry
from tanggap.inbox.services import Services
from tanggap.sdk.errors import Rejected, Unavailable
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import FAILED, QUEUED, SENDING, SENT, UNKNOWN, ReplyPart, ReplyRow
from tanggap.store.users import User

LONG = "kami sudah cek, mohon tunggu sebentar ya kak. " * 2


class Killed(BaseException):
    """The worker dies at once, as if the machine were switched off."""


@pytest.fixture
def user(services: Services, platform: FakePlatform) -> User:
    platform.splits = True
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        record_events(session, account, [incoming("1", "internet mati")], source="webhook")
        return make_user(session, initials="AB")


def send(services: Services, user: User, text: str = LONG, key: str = "key-1") -> ReplyRow:
    with services.database.read() as session:
        conversation_id = session.scalars(select(Conversation.id)).one()
        seen = session.scalar(select(Post.id).order_by(Post.id.desc()).limit(1))
    return queue_reply(
        services,
        user_id=user.id,
        conversation_id=conversation_id,
        text=text,
        visibility="public",
        seen_post_id=seen or 0,
        idempotency_key=key,
    )


def row(services: Services) -> ReplyRow:
    with services.database.read() as session:
        found = session.scalars(select(ReplyRow)).one()
        assert found.parts is not None
        return found


def make_due(services: Services) -> None:
    with services.database.write() as session:
        past = utcnow() - timedelta(seconds=1)
        session.execute(update(ReplyRow).values(next_try_at=past, claimed_until=past))


def test_parts_go_out_in_order_each_as_an_answer_to_the_one_before(
    services: Services, user: User, platform: FakePlatform
) -> None:
    reply = send(services, user)
    outbox.work_on(services, reply.id)
    assert [sent.to for sent in platform.sent] == ["1", "our-1", "our-2"]
    assert [(sent.part, sent.parts) for sent in platform.sent] == [(1, 3), (2, 3), (3, 3)]
    assert len({sent.idempotency_key for sent in platform.sent}) == 3
    assert [sent.author_id for sent in platform.sent] == ["cust", ACCOUNT_ID, ACCOUNT_ID]
    assert "".join(sent.text for sent in platform.sent).endswith("^AB")
    assert row(services).state == SENT
    assert len(platform.replied) == 1
    with services.database.read() as session:
        view = read_view(session, reply.conversation_id, user.id)
        assert [view.parts[j.post.id].number for j in view.posts[1:]] == [1, 2, 3]
        assert {view.senders[j.post.id].id for j in view.posts[1:]} == {reply.id}
        assert view.replies == []


def test_a_reply_that_fits_has_no_parts(services: Services, user: User) -> None:
    assert row_parts(services, send(services, user, "siap kak")) == []


def row_parts(services: Services, reply: ReplyRow) -> list[ReplyPart]:
    with services.database.read() as session:
        return list(session.scalars(select(ReplyPart).where(ReplyPart.reply_id == reply.id)))


def test_preview_counts_each_part(services: Services, user: User) -> None:
    with services.database.read() as session:
        conversation = session.scalars(select(Conversation)).one()
        measured = measure(services, conversation, user, LONG, "public")
    assert [piece.length for piece in measured.pieces] == [40, 40, measured.length - 80]
    assert measured.fits


def test_no_thread_without_end_is_sent(services: Services, user: User) -> None:
    with pytest.raises(ReplyRefusedError) as refused:
        send(services, user, "a" * 2_000)
    assert refused.value.reason == "too_long"


def test_failed_part_leaves_the_others_out_and_a_retry_goes_on_with_the_rest(
    services: Services, user: User, platform: FakePlatform
) -> None:
    reply = send(services, user)
    original = platform._receipt
    platform.faults = []
    calls = {"count": 0}

    def second_fails(number: int) -> object:
        calls["count"] += 1
        if calls["count"] == 1:
            platform.faults.append(Rejected("no more today", "403"))
        return original(number)

    platform._receipt = second_fails  # type: ignore[assignment,method-assign]
    outbox.work_on(services, reply.id)
    failed = row(services)
    assert (failed.state, failed.error) == (FAILED, "no more today")
    assert [bool(part.external_id) for part in failed.parts] == [True, False, False]
    retry(services, reply.id, user.id)
    outbox.work_on(services, reply.id)
    assert row(services).state == SENT
    assert [sent.part for sent in platform.sent] == [1, 2, 3]


@pytest.mark.parametrize("dies_at", [1, 2, 3])
@pytest.mark.parametrize("arrives", [True, False])
def test_worker_that_dies_in_any_part_loses_and_doubles_none(
    services: Services, user: User, platform: FakePlatform, dies_at: int, arrives: bool
) -> None:
    reply = send(services, user)
    original = platform._send

    def dying(account: object, sent: object, http: object) -> object:
        if sent.part == dies_at and not platform.faults:  # type: ignore[attr-defined]
            platform.faults.append(Unavailable("once"))
            if arrives:
                platform.sent.append(sent)  # type: ignore[arg-type]
            raise Killed
        platform.faults.clear()
        return original(account, sent, http)  # type: ignore[arg-type]

    channel = services.registry.channels["fake"].channel
    object.__setattr__(channel.replying, "send", dying)
    with pytest.raises(Killed):
        outbox.work_on(services, reply.id)
    assert row(services).state == SENDING
    platform.faults.clear()
    object.__setattr__(channel.replying, "send", original)
    for _ in range(6):
        make_due(services)
        for reply_id in outbox.due_replies(services):
            outbox.work_on(services, reply_id)
    assert row(services).state == SENT
    assert [sent.part for sent in platform.sent] == [1, 2, 3]


def test_part_of_unknown_outcome_is_looked_for_by_its_own_key(
    services: Services, user: User, platform: FakePlatform
) -> None:
    reply = send(services, user)
    platform.faults, platform.accept_before_fault = [Unavailable("timed out")], True
    outbox.work_on(services, reply.id)
    assert row(services).state == UNKNOWN
    make_due(services)
    outbox.work_on(services, reply.id)
    assert row(services).state == SENT
    assert [sent.part for sent in platform.sent] == [1, 2, 3]


def test_own_parts_are_no_news_to_their_writer(services: Services, user: User) -> None:
    with services.database.read() as session:
        seen = session.scalar(select(Post.id).order_by(Post.id.desc()).limit(1))
        conversation_id = session.scalars(select(Conversation.id)).one()
    outbox.work_on(services, send(services, user).id)
    again = queue_reply(
        services,
        user_id=user.id,
        conversation_id=conversation_id,
        text="satu lagi",
        visibility="public",
        seen_post_id=seen or 0,
        idempotency_key="key-2",
    )
    assert again.state == QUEUED
    with services.database.read() as session:
        assert session.scalar(select(Account.state)) == "active"

"""Each platform from end to end: its simulator, its plugin, the core, and trouble between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from platform_stage import KINDS, Stage, staged
from tanggap.inbox.accounts import connect, gaps, profiling, tokens
from tanggap.inbox.arrival import rechecking
from tanggap.inbox.handover.references import make_reference
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.ways import list_ways
from tanggap.inbox.services import client_for, sdk_account
from tanggap.sdk.errors import AuthExpired
from tanggap.sdk.words import Words
from tanggap.settings import Settings
from tanggap.store.accounts import ACTIVE, DISCONNECTED, NEEDS_RECONNECT
from tanggap.store.base import utcnow
from tanggap.store.conversations import PRIVATE, Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.reading import Gap
from tanggap.store.replies import FAILED, QUEUED, SENT


@pytest.fixture(params=list(KINDS))
def stage(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Stage]:
    """A connected account on a simulated platform whose webhooks reach us."""
    with staged(request.param, settings) as made:
        yield made


@pytest.fixture(params=list(KINDS))
def hasty_stage(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Stage]:
    """One that gives an answer up after a second."""
    with staged(request.param, settings, patience=1) as made:
        yield made


def test_post_comes_in_is_answered_and_arrives_once(stage: Stage) -> None:
    stage.write("a", "internet saya mati", stage.publish())
    assert stage.texts() == ["internet saya mati"]
    reply = stage.answer("kami cek ya kak", "k1")
    stage.work()
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1
    stage.control("POST", "flush")
    with stage.services.database.read() as session:
        assert session.scalar(select(func.count()).where(Post.from_us)) in (1, 2)
        assert session.scalars(select(Conversation.label)).all() == ["complaint"]


def test_lost_webhooks_are_made_up_for_by_polling_without_loss_or_double(stage: Stage) -> None:
    parent = stage.publish()
    stage.write("a", "satu", parent)
    stage.poll()
    stage.fault("drop_webhooks", "webhook", times=100)
    for number in range(8):
        stage.clock.shift(timedelta(minutes=1))
        stage.write(f"lost-{number}", f"hilang {number}", parent)
    assert stage.texts() == ["satu"]
    stage.mend()
    stage.clock.shift(timedelta(minutes=30))
    stage.write("b", "akhir", parent)
    for _ in range(3):
        stage.clock.shift(timedelta(minutes=6))
        stage.poll()
    assert sorted(stage.texts()) == sorted(["satu", "akhir", *(f"hilang {n}" for n in range(8))])
    with stage.services.database.read() as session:
        account = stage.account()
        causes = session.scalars(select(Gap.cause).where(Gap.account_id == account.id)).all()
    # Where polls are frequent, half an hour without one explains the posts already.
    told = gaps.STOPPED if stage.key in ("twitter", "discourse") else gaps.WEBHOOKS
    assert causes == [told]


def test_dead_token_closes_the_account_until_it_is_reconnected(stage: Stage) -> None:
    parent = stage.publish()
    stage.write("a", "halo", parent)
    before = stage.account()
    reply = stage.answer("kami cek", "k1")
    stage.fault("auth_revoked", times=50)
    stage.work()
    assert stage.reply(reply).state == FAILED
    dead = stage.account()
    assert dead.state == NEEDS_RECONNECT
    assert dead.state_cause
    assert isinstance(dead.state_reason, Words)
    assert dead.state_reason.texts["id"] != dead.state_reason
    stage.fault("drop_webhooks", "webhook", times=100)
    stage.write("c", "selagi putus", parent)
    assert "selagi putus" not in stage.texts()
    stage.mend()
    stage.connect(dead.id)
    stage.clock.shift(timedelta(minutes=10))
    stage.poll()
    assert stage.texts().count("selagi putus") == 1
    again = stage.account()
    assert (again.id, again.state) == (before.id, ACTIVE)
    stage.write("b", "masih ada", parent)
    assert "masih ada" in stage.texts()
    second = stage.answer("sudah kami cek", "k2")
    stage.work()
    assert stage.reply(second).state == SENT


def test_storm_of_429_delays_a_reply_and_doubles_nothing(stage: Stage) -> None:
    stage.write("a", "halo", stage.publish())
    stage.fault("rate_limit", "reply", times=3)
    reply = stage.answer("kami cek", "k1")
    outbox.work_on(stage.services, reply)
    waiting = stage.reply(reply)
    assert (waiting.state, waiting.next_try_at > utcnow()) == (QUEUED, True)
    stage.work(times=8, wait=timedelta(minutes=16))
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1


def test_platform_that_is_away_for_an_hour_loses_and_doubles_nothing(stage: Stage) -> None:
    parent = stage.publish()
    stage.write("a", "sebelum", parent)
    stage.poll()
    stage.fault("server_error", times=1_000)
    reply = stage.answer("kami cek", "k1")
    for _ in range(10):
        stage.work()
        stage.poll()
    assert stage.reply(reply).state != SENT
    assert stage.account().state == ACTIVE
    stage.mend()
    for _ in range(12):
        stage.work(wait=timedelta(minutes=11))
        for account_id in tokens.due_accounts(stage.services):
            tokens.refresh(stage.services, account_id)
        stage.poll()
        if stage.reply(reply).state == SENT:
            break
    assert stage.reply(reply).state == SENT
    assert len(stage.arrived()) == 1
    assert stage.texts() == ["sebelum"]
    with stage.services.database.read() as session:
        found = session.scalars(select(Gap)).all()
    assert [gap.ended_at is not None for gap in found] == [True]


def test_answer_of_unknown_outcome_is_found_and_not_sent_again(hasty_stage: Stage) -> None:
    hasty_stage.write("a", "halo", hasty_stage.publish())
    hasty_stage.fault("timeout_after_accept", "reply")
    reply = hasty_stage.answer("kami cek", "k1")
    hasty_stage.work(times=4)
    assert hasty_stage.reply(reply).state == SENT
    assert len(hasty_stage.arrived()) == 1


def test_public_post_is_answered_in_private_and_the_case_stays_one(stage: Stage) -> None:
    stage.write("a", "nomor saya 0812", stage.publish())
    with stage.services.database.read() as session:
        conversation = session.scalars(select(Conversation)).one()
        ways = list_ways(stage.services, session, conversation)
    open_ways = {way.visibility for way in ways if way.refusal is None}
    assert ("private" in open_ways) == (stage.key != "linkedin")
    if "private" not in open_ways:
        return
    reply = stage.answer("kami jawab di sini ya", "k1", "private")
    stage.work()
    assert stage.reply(reply).state == SENT
    private = {"author": {"handle": "rita_c"}, "text": "terima kasih", "kind": "message"}
    stage.control("POST", "posts", private)
    stage.control("POST", "flush")
    with stage.services.database.read() as session:
        assert "terima kasih" in set(session.scalars(select(Post.text)))
        if stage.key == "facebook":
            assert session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_post_that_was_deleted_unheard_is_found_gone(stage: Stage) -> None:
    channel = stage.services.registry.channel(stage.key)
    assert channel is not None
    parent = stage.publish()
    stage.write("a", "saya hapus nanti", parent)
    stage.write("b", "ini tetap", parent)
    stage.fault("drop_webhooks", "webhook", times=100)
    stage.control("DELETE", "posts/a")
    stage.control("POST", "flush")
    stage.mend()
    stage.clock.shift(timedelta(days=1, minutes=1))
    due = rechecking.due_accounts(stage.services)
    assert bool(due) == (channel.rechecking is not None)
    assert sum(rechecking.recheck_account(stage.services, id_) for id_ in due) == len(due)
    with stage.services.database.read() as session:
        gone = session.scalars(select(Post.text).where(Post.deleted_at.is_not(None))).all()
    assert [text.removeprefix("@brand ") for text in gone] == ["saya hapus nanti"] * len(due)


def test_people_whose_messages_have_no_name_get_one(stage: Stage) -> None:
    channel = stage.services.registry.channel(stage.key)
    assert channel is not None
    if channel.profiles is None:
        assert profiling.due_accounts(stage.services) == []
        return
    message = {"author": {"handle": "rita_c", "name": "Rita Contoh"}, "kind": "message"}
    stage.control("POST", "posts", {**message, "text": "halo lewat pesan"})
    stage.control("POST", "flush")
    names = select(Author.name).join(Post, Post.author_id == Author.id)
    with stage.services.database.read() as session:
        assert session.scalars(names).all() == [""]
    for account_id in profiling.due_accounts(stage.services):
        profiling.look_up(stage.services, account_id)
    with stage.services.database.read() as session:
        assert session.scalars(names).all() == ["Rita Contoh"]


def test_disconnecting_ends_webhooks_and_where_possible_the_token(stage: Stage) -> None:
    channel = stage.services.registry.channel(stage.key)
    assert channel is not None
    parent = stage.publish()
    with stage.services.database.read() as session:
        held = sdk_account(stage.services, session, stage.account())
    assert connect.disconnect(stage.services, stage.account().id, user_id=stage.user_id) == ""
    assert stage.account().state == DISCONNECTED
    stage.write("a", "ada orang?", parent)
    assert stage.texts() == []
    if channel.oauth is not None and channel.oauth.revoke is not None:
        http = client_for(stage.services, channel, held)
        with pytest.raises(AuthExpired):
            channel.oauth.list_accounts(held.app, held.token, http)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("stage", ["twitter", "facebook"], indirect=True)
def test_who_follows_the_link_of_an_invitation_writes_into_its_case(stage: Stage) -> None:
    stage.write("a", "internet saya mati", stage.publish())
    with stage.services.database.write() as session:
        case = session.scalars(select(Conversation)).one()
        reference = make_reference(stage.services, session, case, stage.user_id)
    post = {"text": "ini saya", "kind": "message", "reference": reference}
    for by in ("rita_c", "doni_c"):
        stage.control("POST", "posts", post | {"author": {"handle": by}})
        stage.control("POST", "flush")
    with stage.services.database.read() as session:
        private = select(Post.conversation_id).where(Post.visibility == "private").order_by(Post.id)
        first, second = session.scalars(private)
        assert first == case.id != second
        assert session.get_one(Conversation, case.id).handover == PRIVATE


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("stage", ["facebook"], indirect=True)
def test_link_that_opens_an_older_thread_leads_into_the_case_as_well(stage: Stage) -> None:
    def message(**more: str) -> None:
        post = {"author": {"handle": "rita_c"}, "text": "halo", "kind": "message", **more}
        stage.control("POST", "posts", post)
        stage.control("POST", "flush")

    message()
    stage.write("a", "internet saya mati", stage.publish())
    with stage.services.database.write() as session:
        case = session.scalars(
            select(Conversation).where(Conversation.visibility == "public")
        ).one()
        reference = make_reference(stage.services, session, case, stage.user_id)
    message(reference=reference)
    with stage.services.database.read() as session:
        private = select(Post.conversation_id).where(Post.visibility == "private").order_by(Post.id)
        assert session.scalars(private).all()[-1] == case.id

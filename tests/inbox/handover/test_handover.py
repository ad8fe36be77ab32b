"""From public to private and back: what moves a case, and what keeps it from being resolved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, FakePlatform, incoming
from queries import plan_of
from tanggap.errors import ConflictError
from tanggap.inbox.cases.conversations import ClosingOwedError, set_state
from tanggap.inbox.handover import handover
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.search import bulk
from tanggap.inbox.search.counters import count_filtered, count_views
from tanggap.inbox.search.search import (
    ANY,
    Filter,
    list_conversations,
    page_query,
)
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.intent import Intent
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.rules.clocks import RESOLUTION
from tanggap.sdk.types import Visibility
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import (
    CLOSED,
    INVITED,
    NOT_OURS,
    OPEN,
    OWED,
    PRIVATE,
    PUBLIC,
    RESOLVED,
    Conversation,
)
from tanggap.store.posts import Post
from tanggap.store.users import User


class Desk:
    """A case in public, the person who has it, and what can happen to it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with services.database.write() as session:
            make_app(services, session)
            self.account: Account = make_account(session, services)
            self.user: User = make_user(session, initials="AB")
        self.now = utcnow() - timedelta(hours=5)
        self.numbers = iter(range(1, 100))
        self.customer("internet mati", thread_id="t1")

    def customer(self, text: str, *, private: bool = False, **values: Any) -> None:
        self.now += timedelta(minutes=1)
        if private:
            values |= {"visibility": "private", "kind": "message", "thread_id": "dm:1"}
        else:
            values = {"thread_id": "t1"} | values
        post = incoming(f"c{next(self.numbers)}", text, posted_at=self.now, **values)
        with self.services.database.write() as session:
            record_events(session, self.account, [post], source="webhook")

    def answer(self, text: str, visibility: Visibility = "public", purpose: str = "") -> None:
        with self.services.database.read() as session:
            seen = session.scalar(select(func.max(Post.id))) or 0
        queued = queue_reply(
            self.services,
            user_id=self.user.id,
            conversation_id=self.case.id,
            text=text,
            visibility=visibility,
            seen_post_id=seen,
            idempotency_key=f"k{next(self.numbers)}",
            intent=Intent(purpose),
        )
        outbox.work_on(self.services, queued.id)

    @property
    def case(self) -> Conversation:
        with self.services.database.read() as session:
            return session.scalars(select(Conversation).order_by(Conversation.id)).first()  # type: ignore[return-value]

    def act(self, deed: Any, *words: str) -> None:
        with self.services.database.write() as session:
            deed(session, self.case.id, self.user.id, self.case.revision, *words)

    def go_private(self) -> None:
        self.answer("DM kami ya", purpose="invitation")
        self.customer("ini nomor saya", private=True)


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


def test_an_invitation_counts_once_it_has_arrived_and_the_private_answer_joins_the_case(
    desk: Desk,
) -> None:
    assert desk.case.handover == PUBLIC
    desk.answer("DM kami ya", purpose="invitation")
    assert desk.case.handover == INVITED
    desk.customer("ini nomor saya", private=True)
    desk.customer("sudah?", private=True)
    with desk.services.database.read() as session:
        assert session.scalars(select(Conversation.handover)).all() == [PRIVATE]
        posts = session.scalars(select(Post.visibility).where(Post.from_us.is_(False))).all()
    assert sorted(posts) == ["private", "private", "public"]


def test_a_private_message_nobody_asked_for_is_a_case_of_its_own(desk: Desk) -> None:
    desk.answer("halo kak")
    desk.customer("ini nomor saya", private=True)
    with desk.services.database.read() as session:
        found = session.scalars(select(Conversation.handover)).all()
    assert found == [PUBLIC, PUBLIC]


def test_a_newer_invitation_takes_the_same_private_thread_along(desk: Desk) -> None:
    desk.go_private()
    desk.act(handover.waive, "sudah jelas")
    desk.now += timedelta(minutes=5)
    desk.customer("masalah lain", thread_id="t2")
    with desk.services.database.write() as session:
        second = session.scalars(select(Conversation).where(Conversation.thread_id == "t2")).one()
        wanted = second.id
        handover.invite(session, wanted, utcnow(), desk.user.id)
    desk.customer("ini datanya", private=True)
    with desk.services.database.read() as session:
        newest = session.scalars(select(Post).order_by(Post.id.desc()).limit(1)).one()
    assert newest.conversation_id == wanted


def test_a_case_that_went_private_is_not_resolved_before_its_conclusion(desk: Desk) -> None:
    desk.go_private()
    for state in (RESOLVED, NOT_OURS):
        with pytest.raises(ClosingOwedError):
            desk.act(set_state, state)
    desk.act(handover.solve)
    assert (desk.case.handover, desk.case.state) == (OWED, OPEN)
    with pytest.raises(ClosingOwedError):
        desk.act(set_state, RESOLVED)


def test_the_public_conclusion_resolves_the_case_and_says_who_wrote_it(desk: Desk) -> None:
    desk.go_private()
    desk.act(handover.solve)
    desk.answer("Sudah beres lewat DM ya kak")
    assert (desk.case.handover, desk.case.state) == (CLOSED, RESOLVED)
    with desk.services.database.read() as session:
        row = handover.load_handover(session, desk.case.id)
        assert row is not None
        closing = session.get_one(Post, row.closing_post_id)
    assert (row.closing, row.closed_by) == ("posted", desk.user.id)
    assert closing.text.startswith("Sudah beres")


def test_a_public_word_before_the_case_is_solved_is_no_conclusion(desk: Desk) -> None:
    desk.go_private()
    desk.answer("masih kami cek ya")
    assert desk.case.handover == PRIVATE
    desk.act(handover.conclude)
    assert (desk.case.handover, desk.case.state) == (CLOSED, RESOLVED)


def test_a_conclusion_posted_on_the_platform_itself_counts_too(desk: Desk) -> None:
    desk.go_private()
    desk.act(handover.solve)
    desk.customer("", author_id=ACCOUNT_ID, in_reply_to="c1", kind="reply")
    assert (desk.case.handover, desk.case.state) == (CLOSED, RESOLVED)


def test_a_customer_who_writes_again_is_not_solved(desk: Desk) -> None:
    desk.go_private()
    desk.act(handover.solve)
    desk.customer("eh mati lagi", private=True)
    assert desk.case.handover == PRIVATE
    desk.answer("kami cek lagi ya")
    assert (desk.case.handover, desk.case.state) != (CLOSED, RESOLVED)


def test_waiving_takes_a_reason_and_keeps_it(desk: Desk) -> None:
    desk.go_private()
    desk.act(handover.solve)
    with pytest.raises(handover.UnfitReasonError):
        desk.act(handover.waive, "  ")
    desk.act(handover.waive, "Pelanggan minta dirahasiakan")
    assert (desk.case.handover, desk.case.state) == (CLOSED, RESOLVED)
    with desk.services.database.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "conversation.handover_closed")
        ).one()
    assert entry.detail == {
        "old": OWED,
        "new": CLOSED,
        "closing": "waived",
        "reason": "Pelanggan minta dirahasiakan",
    }


def test_of_two_people_one_acts_on_what_the_other_changed(desk: Desk) -> None:
    desk.go_private()
    with pytest.raises(ConflictError), desk.services.database.write() as session:
        handover.solve(session, desk.case.id, desk.user.id, desk.case.revision - 1)
    assert desk.case.handover == PRIVATE


def resolution(desk: Desk) -> ClockRow:
    with desk.services.database.read() as session:
        query = select(ClockRow).where(ClockRow.kind == RESOLUTION).order_by(ClockRow.id.desc())
        return session.scalars(query.limit(1)).one()


def test_the_clock_of_the_resolution_rests_until_the_customer_comes_and_runs_while_we_owe(
    desk: Desk,
) -> None:
    desk.answer("DM kami ya", purpose="invitation")
    assert resolution(desk).paused_at is not None
    desk.now = utcnow()
    desk.customer("ini nomor saya", private=True)
    assert resolution(desk).paused_at is None
    desk.answer("sudah ya kak", "private")
    assert resolution(desk).paused_at is not None
    desk.act(handover.solve)
    assert resolution(desk).paused_at is None


def test_the_counter_of_owed_conclusions_equals_a_recount(desk: Desk) -> None:
    wanted = Filter(state=ANY, handover=OWED)
    for expected in (0, 1):
        with desk.services.database.read() as session:
            counted = count_views(session, desk.user.id, [])
            listed = list_conversations(session, wanted)
            assert counted.owed == len(listed.rows) == count_filtered(session, wanted) == expected
        if not expected:
            desk.go_private()
            desk.act(handover.solve)


def test_the_list_of_owed_conclusions_reads_its_own_index(desk: Desk) -> None:
    with desk.services.database.read() as session:
        query = page_query(session, Filter(state=ANY, handover=OWED), None, 40)
        assert "ix_conversations_owed" in plan_of(session, query)


def test_nothing_is_owed_in_public_cases_and_in_those_that_began_in_private(
    desk: Desk, services: Services
) -> None:
    with pytest.raises(handover.NothingOwedError):
        desk.act(handover.waive, "apa saja")
    desk.act(set_state, RESOLVED)
    assert desk.case.state == RESOLVED
    post = incoming("dm1", "halo", visibility="private", thread_id="dm:9", author_id="lain")
    with services.database.write() as session:
        record_events(session, desk.account, [post], source="webhook")
        case = session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()
        assert case is not None
        handover.invite(session, case.id, utcnow(), desk.user.id)
        assert case.handover == PUBLIC
        set_state(session, case.id, desk.user.id, case.revision, RESOLVED)


def test_a_bulk_resolve_leaves_cases_that_owe_a_conclusion_and_names_them(desk: Desk) -> None:
    desk.go_private()
    outcome = bulk.act_on(
        desk.services,
        desk.user.id,
        [(desk.case.id, desk.case.revision)],
        lambda db, id_, rev: set_state(db, id_, desk.user.id, rev, RESOLVED),
        name="resolve",
    )
    assert isinstance(outcome.failed[desk.case.id], ClosingOwedError)
    assert desk.case.state != RESOLVED


def test_a_private_answer_to_a_public_post_is_an_invitation(
    desk: Desk, platform: FakePlatform
) -> None:
    desk.answer("halo kak, boleh nomornya di sini?", "private")
    assert platform.sent[-1].to_visibility == "public"
    assert desk.case.handover == INVITED
    echo = incoming(
        "our-1", "halo", author_id=ACCOUNT_ID, recipient_id="psid", thread_id="m:psid",
        visibility="private", kind="message", posted_at=desk.now,
    )  # fmt: skip
    with desk.services.database.write() as session:
        record_events(session, desk.account, [echo], source="webhook")
    desk.now += timedelta(minutes=3)
    answer = incoming(
        "m2", "ini", author_id="psid", thread_id="m:psid", visibility="private", kind="message",
        posted_at=desk.now,
    )  # fmt: skip
    with desk.services.database.write() as session:
        record_events(session, desk.account, [answer], source="webhook")
    assert desk.case.handover == PRIVATE

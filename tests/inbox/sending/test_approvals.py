"""Approval: who decides, once; what goes back to its author; and that nothing slips past."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_conversation, make_post, make_user
from fakes import FakePlatform
from tanggap.errors import ForbiddenError, NotFoundError, ReplyRefusedError, StaleThreadError
from tanggap.inbox.cases.merging import merge_into
from tanggap.inbox.sending import approvals, outbox
from tanggap.inbox.sending.approvals import DecidedError, SupersededError
from tanggap.inbox.sending.drafts import load_draft, save_draft
from tanggap.inbox.sending.reply import Written, queue_reply
from tanggap.inbox.services import Services
from tanggap.store.approvals import APPROVED, RETURNED, SUBMITTED, SUPERSEDED, WITHDRAWN, Approval
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.replies import ReplyRow
from tanggap.store.users import JUNIOR, SUPERVISOR


class Scene:
    """A case, its junior, and two supervisors."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with services.database.write() as session:
            make_app(services, session)
            self.case = make_conversation(session, make_account(session, services)).id
            case = session.get_one(Conversation, self.case)
            self.seen = make_post(session, case, "internet mati").id
            self.junior = make_user(session, "Ayu", initials="AL", role=JUNIOR).id
            self.first = make_user(session, "Budi", initials="BS", role=SUPERVISOR).id
            self.second = make_user(session, "Citra", initials="CD", role=SUPERVISOR).id

    def submit(self, text: str = "kami cek ya kak", seen: int | None = None) -> int:
        written = Written(text, "public", self.seen if seen is None else seen)
        return approvals.submit(
            self.services, user_id=self.junior, conversation_id=self.case, written=written
        ).id

    def state(self) -> list[str]:
        with self.services.database.read() as session:
            return list(session.scalars(select(Approval.state).order_by(Approval.id)))

    def draft(self) -> str:
        with self.services.database.read() as session:
            kept = load_draft(session, self.case, self.junior)
        return kept.text if kept else ""

    def told(self, user_id: int) -> list[str]:
        with self.services.database.read() as session:
            query = select(Notification.kind).where(Notification.user_id == user_id)
            return list(session.scalars(query.order_by(Notification.id)))

    def customer_writes(self) -> None:
        with self.services.database.write() as session:
            make_post(session, session.get_one(Conversation, self.case), "masih mati")


@pytest.fixture
def scene(services: Services) -> Scene:
    return Scene(services)


def test_approved_answer_is_sent_in_its_authors_name(scene: Scene, platform: FakePlatform) -> None:
    approval = scene.submit()
    assert platform.sent == []
    assert scene.told(scene.first) == scene.told(scene.second) == ["approval_wanted"]
    reply = approvals.approve(scene.services, approval, scene.first)
    outbox.work_on(scene.services, reply.id)
    assert platform.sent[0].text == "kami cek ya kak ^AL"
    assert scene.state() == [APPROVED]
    assert scene.told(scene.junior) == ["approval_given"]


def test_approver_may_mend_the_words(scene: Scene, platform: FakePlatform) -> None:
    reply = approvals.approve(
        scene.services, scene.submit(), scene.first, text="teknisi menuju lokasi"
    )
    outbox.work_on(scene.services, reply.id)
    assert platform.sent[0].text == "teknisi menuju lokasi ^AL"


def test_of_approvers_who_decide_at_once_one_does(scene: Scene, platform: FakePlatform) -> None:
    approval = scene.submit()

    def decide(number: int) -> str:
        try:
            approver = scene.first if number % 2 else scene.second
            return str(approvals.approve(scene.services, approval, approver).id)
        except DecidedError:
            return "decided"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(decide, range(8)))
    assert outcomes.count("decided") == 7
    with scene.services.database.read() as session:
        assert len(session.scalars(select(ReplyRow)).all()) == 1


def test_nobody_approves_their_own_and_juniors_none_at_all(scene: Scene) -> None:
    approval = scene.submit()
    with pytest.raises(ForbiddenError):
        approvals.approve(scene.services, approval, scene.junior)
    with scene.services.database.write() as session:
        session.get_one(Conversation, scene.case).needs_approval = True
    own = approvals.submit(
        scene.services,
        user_id=scene.first,
        conversation_id=scene.case,
        written=Written("kami bantu", "public", scene.seen),
    )
    with pytest.raises(ForbiddenError):
        approvals.approve(scene.services, own.id, scene.first)
    assert scene.state() == [SUBMITTED, SUBMITTED]


def test_returned_answer_is_a_draft_with_words(scene: Scene) -> None:
    approval = scene.submit()
    with scene.services.database.write() as session:
        save_draft(
            session,
            conversation_id=scene.case,
            user_id=scene.junior,
            text="sambil menunggu",
            seen_post_id=None,
        )
    with scene.services.database.write() as session:
        approvals.send_back(session, approval, scene.first, "sebut nomor tiket")
    assert scene.state() == [RETURNED]
    assert scene.draft() == "kami cek ya kak\n\nsambil menunggu"
    assert scene.told(scene.junior) == ["approval_returned"]
    with scene.services.database.read() as session:
        (shown,) = approvals.approvals_in(session, scene.case, scene.junior)
        assert shown.words == "sebut nomor tiket"
        assert approvals.approvals_in(session, scene.case, scene.first) == []


def test_author_withdraws_until_somebody_decided(scene: Scene) -> None:
    approval = scene.submit()
    with scene.services.database.write() as session, pytest.raises(NotFoundError):
        approvals.withdraw(session, approval, scene.first)
    with scene.services.database.write() as session:
        approvals.withdraw(session, approval, scene.junior)
    assert (scene.state(), scene.draft()) == ([WITHDRAWN], "kami cek ya kak")
    with pytest.raises(DecidedError):
        approvals.approve(scene.services, approval, scene.first)


def test_second_answer_takes_the_place_of_the_first(scene: Scene) -> None:
    scene.submit("satu")
    scene.submit("dua")
    assert scene.state() == [WITHDRAWN, SUBMITTED]


def test_customers_word_gives_the_answer_back(scene: Scene) -> None:
    scene.submit()
    with scene.services.database.write() as session:
        assert approvals.supersede_stale(session) == 0
    scene.customer_writes()
    with scene.services.database.write() as session:
        assert approvals.supersede_stale(session) == 1
        assert approvals.supersede_stale(session) == 0
    assert (scene.state(), scene.draft()) == ([SUPERSEDED], "kami cek ya kak")
    assert scene.told(scene.junior) == ["approval_superseded"]


def test_approval_that_comes_after_the_customers_word_sends_nothing(
    scene: Scene, platform: FakePlatform
) -> None:
    approval = scene.submit()
    scene.customer_writes()
    with pytest.raises(SupersededError):
        approvals.approve(scene.services, approval, scene.first)
    assert (scene.state(), platform.sent) == ([SUPERSEDED], [])
    assert scene.draft() == "kami cek ya kak"


def test_answer_that_could_not_be_sent_is_not_handed_in(scene: Scene) -> None:
    with pytest.raises(ReplyRefusedError):
        scene.submit("x" * 100)
    scene.customer_writes()
    with pytest.raises(StaleThreadError):
        scene.submit()
    assert scene.state() == []


def test_answer_that_needs_approval_cannot_slip_past(scene: Scene) -> None:
    for user_id, flagged in ((scene.junior, False), (scene.first, True)):
        with scene.services.database.write() as session:
            session.get_one(Conversation, scene.case).needs_approval = flagged
        with pytest.raises(ReplyRefusedError, match="approve"):
            queue_reply(
                scene.services,
                user_id=user_id,
                conversation_id=scene.case,
                text="halo",
                visibility="public",
                seen_post_id=scene.seen,
                idempotency_key=f"key-{user_id}",
            )


def test_waiting_answers_go_along_when_conversations_merge(scene: Scene) -> None:
    scene.submit()
    with scene.services.database.write() as session:
        account = session.get_one(Conversation, scene.case).account
        other = make_conversation(session, account).id
        merge_into(session, scene.case, other)
        (waiting,) = approvals.list_waiting(session)
    assert waiting[1].id == other

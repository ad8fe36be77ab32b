"""Who asked not to be contacted gets no message, whichever way it would go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from factories import make_account, make_author, make_conversation, make_post, make_user
from fakes import FakePlatform
from mail_office import Office
from tanggap.errors import ReplyRefusedError
from tanggap.inbox.cases.author_cards import link, read_card, save_card
from tanggap.inbox.cases.wishes import REASON, DoNotContactError, is_unwanted
from tanggap.inbox.forms import form_requests, forms, verifying
from tanggap.inbox.handover.call_backs import Plan, Window, plan_call
from tanggap.inbox.sending import approvals, steps
from tanggap.inbox.sending.reply import Written, queue_reply, retry
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import FAILED, QUEUED, SENT, ReplyRow
from tanggap.store.sight import Sight, limited_to
from tanggap.store.single_use import SingleUseLink
from tanggap.store.users import JUNIOR, SUPERVISOR

WHY = "ia meminta bukti pembayaran lewat telepon"


class Desk:
    """The case of `Office`, with people of several roles who write to its customer."""

    def __init__(self, office: Office) -> None:
        self.office, self.services, self.case = office, office.services, office.case
        with self.services.database.write() as session:
            self.author = session.get_one(Conversation, self.case).author_id
            self.junior = make_user(session, "Jati", initials="JT", role=JUNIOR).id
            self.supervisor = make_user(session, "Sari", initials="SR", role=SUPERVISOR).id

    def wish(self, author_id: int | None = None, *, on: bool = True) -> None:
        author_id = author_id or self.author
        with self.services.database.write() as session:
            revision = read_card(session, author_id).card.revision
            words: dict[str, Any] = {"tier": "", "note": "", "do_not_contact": on}
            save_card(session, author_id, self.office.ayu, revision=revision, **words)

    def unwanted(self) -> bool:
        with self.services.database.read() as session:
            return is_unwanted(session, session.get_one(Conversation, self.case))

    def seen(self) -> int:
        with self.services.database.read() as session:
            return session.scalar(select(func.max(Post.id))) or 0

    def send(self, user_id: int, way: str = "public", reason: str = "") -> ReplyRow:
        self.office.number += 1
        return queue_reply(
            self.services,
            user_id=user_id,
            conversation_id=self.case,
            text="kami cek ya kak",
            visibility=way,  # type: ignore[arg-type]
            seen_post_id=self.seen(),
            idempotency_key=f"wish-{self.office.number}",
            override_reason=reason,
        )

    def reasons(self) -> list[object]:
        with self.services.database.read() as session:
            query = select(AuditEntry.detail).where(AuditEntry.action == "reply_against_wish")
            return [detail["reason"] for detail in session.scalars(query)]


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.mark.parametrize("way", ["public", "email"])
def test_message_needs_somebody_with_the_right_and_a_reason(desk: Desk, way: str) -> None:
    desk.wish()
    for user, reason in ((desk.office.ayu, WHY), (desk.supervisor, ""), (desk.supervisor, " x ")):
        with pytest.raises(DoNotContactError) as refused:
            desk.send(user, way, reason)
        assert refused.value.reason == REASON
        assert refused.value.may_override == (user == desk.supervisor)
    assert desk.reasons() == []
    row = desk.send(desk.supervisor, way, f"  {WHY}\n")
    assert row.overrides_wish
    assert desk.reasons() == [WHY]


@pytest.mark.parametrize("way", ["public", "email"])
def test_wish_told_while_an_answer_waits_stops_it_at_the_door(
    desk: Desk, platform: FakePlatform, way: str
) -> None:
    row = desk.send(desk.office.ayu, way)
    desk.wish()
    assert desk.office.work(row.id).error_code == REASON
    assert (platform.sent, desk.office.smtp.taken) == ([], [])
    retry(desk.services, row.id, desk.supervisor)
    again = desk.office.work(row.id)
    assert (again.state, again.error_code) == (FAILED, REASON)
    anyway = desk.send(desk.supervisor, way, WHY)
    assert desk.office.work(anyway.id).state == SENT


def test_reason_that_is_not_needed_is_not_kept(desk: Desk) -> None:
    assert not desk.send(desk.office.ayu, reason=WHY).overrides_wish
    assert desk.reasons() == []


def test_whoever_approves_has_to_say_why(desk: Desk) -> None:
    desk.wish()
    handed_in = approvals.submit(
        desk.services,
        user_id=desk.junior,
        conversation_id=desk.case,
        written=Written("kami cek ya kak", "public", desk.seen(), override_reason=WHY),
    )
    with pytest.raises(DoNotContactError) as refused:
        approvals.approve(desk.services, handed_in.id, desk.supervisor)
    assert refused.value.may_override
    row = approvals.approve(desk.services, handed_in.id, desk.supervisor, override_reason=WHY)
    assert (row.user_id, row.state, row.overrides_wish) == (desk.junior, QUEUED, True)
    with desk.services.database.read() as session:
        query = select(AuditEntry.user_id).where(AuditEntry.action == "reply_against_wish")
        assert session.scalars(query).all() == [desk.supervisor]


def test_no_link_code_or_words_are_prepared_for_somebody_who_may_not_send_them(
    desk: Desk,
) -> None:
    desk.wish()
    with desk.services.database.write() as session:
        case = session.get_one(Conversation, desk.case)
        kept = forms.verifying_form(session)
        for what in set(steps.WHAT) - {steps.CLOSING}:
            with pytest.raises(ReplyRefusedError):
                steps.prepare(desk.services, session, case, desk.office.ayu, what)
        with pytest.raises(ReplyRefusedError):
            form_requests.ask(desk.services, session, case, kept, user_id=desk.office.ayu)
        with pytest.raises(ReplyRefusedError):
            verifying.ask_code(desk.services, session, case, user_id=desk.office.ayu)
        assert session.scalar(select(SingleUseLink.id)) is None
        assert verifying.ask_code(desk.services, session, case, user_id=desk.supervisor).code


def test_call_is_promised_with_its_words_as_the_reason(desk: Desk) -> None:
    desk.wish()
    at = utcnow() + timedelta(hours=1)
    window = Window(at, at + timedelta(hours=1), "Asia/Jakarta")
    with desk.services.database.write() as session:
        for user, words in ((desk.office.ayu, WHY), (desk.supervisor, "")):
            plan = Plan("0812-3456-7890", window, words, assignee_id=user)
            with pytest.raises(DoNotContactError):
                plan_call(desk.services, session, desk.case, user, plan)
        plan = Plan("0812-3456-7890", window, WHY, assignee_id=desk.supervisor)
        call = plan_call(desk.services, session, desk.case, desk.supervisor, plan)
        entry = select(AuditEntry).where(AuditEntry.action == "call_back.against_wish")
        assert session.scalars(entry).one().object_id == str(call.id)


def test_wish_of_another_identity_or_in_the_private_leg_holds_out_of_sight_too(
    desk: Desk,
) -> None:
    with desk.services.database.write() as session:
        case = session.get_one(Conversation, desk.case)
        account = case.account_id
        private = make_author(session, name="Rita di pesan").id
        make_post(session, case, "lewat pesan ya", author_id=private, visibility="private")
        other = make_account(session, external_id="other")
        hidden = make_conversation(session, other, make_author(session, name="Rita di sana"))
        elsewhere = hidden.author_id
    assert not desk.unwanted()
    desk.wish(private)
    assert desk.unwanted()
    desk.wish(private, on=False)
    with desk.services.database.write() as session:
        link(session, desk.author, hidden.id, desk.office.ayu)
    desk.wish(elsewhere)
    with limited_to(Sight(account_ids=(account,))):
        assert desk.unwanted()
        with pytest.raises(DoNotContactError):
            desk.send(desk.office.ayu)

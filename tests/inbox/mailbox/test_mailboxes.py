"""Several mailboxes: which one a case goes on from, which one it stays with, who sees what came."""

from __future__ import annotations

import pytest

from mail_office import Office, form
from tanggap.errors import ReplyRefusedError
from tanggap.inbox.arrival.mail_intake import take_in
from tanggap.inbox.arrival.mail_strays import list_waiting
from tanggap.inbox.mailbox.imap import Letter
from tanggap.inbox.mailbox.mail_legs import go_on_by_mail, goes_by_mail, leg_of
from tanggap.inbox.mailbox.mail_setup import (
    NEW,
    UnfitMailboxError,
    list_mailboxes,
    mailbox_for,
    read_typed,
    save_mailbox,
)
from tanggap.inbox.operation.checkup_mail import mailboxes
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import Mailbox
from tanggap.store.sight import Sight, limited_to
from tanggap.store.users import list_teams

BILLING = "tagihan@contoh.example"


class Two:
    """The office with a second mailbox, of a team."""

    def __init__(self, office: Office) -> None:
        self.office, self.services = office, office.services
        with self.services.database.write() as session:
            first = list_mailboxes(session)[0]
            self.team, self.other_team = (team.id for team in list_teams(session)[:2])
            typed = form(first.smtp_port, address=BILLING, team_id=str(self.team))
            self.billing = save_mailbox(
                self.services, session, read_typed(typed), office.ayu, NEW
            ).id

    def of_team(self) -> None:
        """Give the case to the team, and let it go on by e-mail anew."""
        with self.services.database.write() as session:
            session.get_one(Conversation, self.office.case).team_id = self.team
            go_on_by_mail(
                self.services,
                session,
                self.office.case,
                self.office.ayu,
                address="lain@pelanggan.example",
                subject="Tagihan",
            )

    def come_to(self, mailbox_id: int, **headers: str) -> str:
        self.office.number += 1
        raw = self.office.customer(**headers).as_bytes()
        return take_in(
            self.services, mailbox_id, Letter(self.office.number, raw, len(raw), whole=True)
        )

    def left_from(self) -> str:
        return str(self.office.smtp.taken[-1].mail["From"])


@pytest.fixture
def two(office: Office) -> Two:
    return Two(office)


def test_team_s_cases_go_on_from_its_mailbox_and_the_others_from_one_of_no_team(two: Two) -> None:
    two.office.answer()
    assert "halo@contoh.example" in two.left_from()
    two.of_team()
    two.office.answer()
    assert BILLING in two.left_from()
    with two.services.database.write() as session:
        assert mailbox_for(session, two.team) is session.get(Mailbox, two.billing)
        assert mailbox_for(session, two.other_team) is session.get(Mailbox, two.office.mailbox)
        session.get_one(Mailbox, two.office.mailbox).enabled = False
        assert mailbox_for(session, None) is session.get(Mailbox, two.billing)


def test_answers_leave_from_the_mailbox_that_the_customer_wrote_to(two: Two) -> None:
    two.office.answer()
    assert two.come_to(two.billing) == "answer"
    two.office.answer()
    assert BILLING in two.left_from()
    with two.services.database.write() as session:
        session.get_one(Mailbox, two.billing).enabled = False
        assert not goes_by_mail(session, two.office.case)
    with pytest.raises(ReplyRefusedError) as refused:
        two.office.answer()
    assert refused.value.reason == "no_mailbox"
    with two.services.database.write() as session:
        session.delete(session.get_one(Mailbox, two.billing))
        session.flush()
        session.expire_all()
        leg = leg_of(session, two.office.case)
        assert leg is not None
        assert leg.mailbox is None
        assert goes_by_mail(session, two.office.case)


def test_own_mailboxes_do_not_write_to_each_other(two: Two) -> None:
    assert two.come_to(two.office.mailbox, From=BILLING) == "loop"
    with two.services.database.write() as session, pytest.raises(ReplyRefusedError):
        go_on_by_mail(
            two.services, session, two.office.case, two.office.ayu, address=BILLING, subject="a"
        )


def test_address_of_another_mailbox_and_an_unknown_team_are_refused(two: Two) -> None:
    for values, field in (
        ({"address": BILLING.upper()}, "address"),
        ({"team_id": "99"}, "team_id"),
    ):
        typed = read_typed(form(25, **values))
        with two.services.database.write() as session, pytest.raises(UnfitMailboxError) as refused:
            save_mailbox(two.services, session, typed, two.office.ayu, two.office.mailbox)
        assert refused.value.field == field


def test_mail_without_a_case_is_seen_by_the_team_whose_mailbox_it_came_to(two: Two) -> None:
    for mailbox_id in (two.office.mailbox, two.billing):
        two.come_to(mailbox_id, **{"In-Reply-To": "", "From": f"x{mailbox_id}@lain.example"})

    def seen(sight: Sight) -> set[int | None]:
        with limited_to(sight), two.services.database.read() as session:
            return {mail.mailbox_id for mail in list_waiting(session).mails}

    assert seen(Sight()) == {two.office.mailbox, two.billing}
    assert seen(Sight((two.team,))) == {two.billing}
    assert seen(Sight((two.other_team,))) == set()
    assert seen(Sight((two.team, two.other_team))) == {two.billing}
    assert seen(Sight((two.team,), (1,))) == set()


def test_doctor_looks_at_each_mailbox(two: Two) -> None:
    with two.services.database.write() as session:
        first = session.get_one(Mailbox, two.office.mailbox)
        first.problem, first.polled_at = "login: refused", utcnow()
        found = {one.name.removeprefix("mailbox "): one for one in mailboxes(session)}
        assert found["halo@contoh.example"].level == "problem"
        assert found[BILLING].level == "warning"
        session.get_one(Mailbox, two.billing).polled_at = utcnow()
        first.enabled = False
        assert {one.level for one in mailboxes(session)} == {"ok"}

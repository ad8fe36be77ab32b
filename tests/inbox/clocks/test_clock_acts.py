"""What people, rules and channels do to clocks: pause, promise, acknowledge, set targets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from clockwork import HOUR, answer, case, open_always, post, receive, rows, set_state
from factories import make_account, make_app, make_user
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.clocks import clock_acts, sla
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import check_draft
from tanggap.rules.clocks import Policy
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.users import User


@pytest.fixture
def account(services: Services) -> Account:
    open_always(services)
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def test_people_pause_and_resume(services: Services, account: Account) -> None:
    receive(services, account, post())
    with services.database.write() as session:
        clock_acts.pause_clock(session, case(services).id, "first_answer")
    assert rows(services)["first_answer"].paused_at is not None
    assert rows(services)["acknowledge"].paused_at is None
    with services.database.write() as session:
        clock_acts.resume_clock(session, case(services).id, "first_answer")
    assert rows(services)["first_answer"].paused_at is None


def test_rule_starts_a_clock_with_a_target_of_its_own(services: Services, account: Account) -> None:
    receive(services, account, post())
    with services.database.write() as session:
        clock_acts.start_clock(
            session, case(services).id, "resolution", HOUR, around_the_clock=True
        )
    assert rows(services)["resolution"].within_seconds == 3600
    with services.database.write() as session, pytest.raises(NotFoundError):
        clock_acts.start_clock(session, case(services).id, "coffee", HOUR)


def test_promise_has_a_clock_until_we_write_again(services: Services, account: Account) -> None:
    receive(services, account, post())
    until = datetime.now(UTC) + 2 * HOUR
    with services.database.write() as session:
        user = make_user(session).id
        clock_acts.promise_update(session, case(services).id, until, user)
    assert rows(services)["update"].due_at == until
    answer(services)
    assert rows(services)["update"].met_at is not None


def test_promise_for_the_past_or_in_a_closed_case_is_refused(
    services: Services, account: Account
) -> None:
    receive(services, account, post())
    with services.database.write() as session:
        user = make_user(session).id
    for until in (datetime.now(UTC) - HOUR, datetime.now(UTC) + timedelta(days=400)):
        with services.database.write() as session, pytest.raises(ConflictError):
            clock_acts.promise_update(session, case(services).id, until, user)
    set_state(services, "resolved")
    with services.database.write() as session, pytest.raises(ConflictError):
        clock_acts.promise_update(session, case(services).id, datetime.now(UTC) + HOUR, user)


def test_answer_that_only_acknowledged_leaves_the_answer_owed_until_taken_back(
    services: Services, account: Account
) -> None:
    receive(services, account, post())
    with services.database.write() as session:
        user = make_user(session).id
        with pytest.raises(ConflictError):
            clock_acts.only_acknowledged(session, case(services).id, user)
    answer(services)
    for _ in range(2):
        with services.database.write() as session:
            clock_acts.only_acknowledged(session, case(services).id, user)
    assert rows(services)["acknowledge"].met_at is not None
    assert rows(services)["first_answer"].met_at is None
    assert case(services).next_due == "first_answer"
    with services.database.write() as session:
        clock_acts.answered_after_all(session, case(services).id, user)
    assert rows(services)["first_answer"].met_at is not None


def test_answer_that_puts_off_counts_as_acknowledgement_as_the_linter_said(
    services: Services, account: Account
) -> None:
    receive(services, account, post())
    text = "Makasih infonya, kami cek dulu ya"
    with services.database.read() as session:
        user = session.scalars(select(User).limit(1)).one()
        there = session.get_one(Conversation, case(services).id)
        found = check_draft(services, session, there, user, text, visibility="public")
    assert "only_acknowledges" in {finding.code for finding in found}
    answer(services, text=text, initials="AL12")
    assert rows(services)["acknowledge"].met_at is not None
    assert rows(services)["first_answer"].met_at is None
    answer(services, "k2", "Sudah selesai Kak, coba lagi")
    assert rows(services)["first_answer"].met_at is not None


def test_channel_asks_for_a_target_that_people_may_change(services: Services) -> None:
    from fakes import change_channel
    from tanggap.sdk import Responsiveness

    change_channel(
        services,
        responsiveness=Responsiveness(
            badge="Fast", share=0.9, within=timedelta(minutes=15), to=("private",)
        ),
    )
    for _ in range(2):
        sla.sync_channels(services)
    with services.database.write() as session:
        user = make_user(session).id
        (row,) = (row for row in sla.list_policies(session) if row.proposed_by == "fake")
        assert row.targets == {"first_answer": [900, True]}
        assert (row.channel, row.visibility) == ("fake", "private")
    sla.delete_policy(services, row.id, user_id=user)
    sla.sync_channels(services)
    with services.database.read() as session:
        kept = sla.policy_by_id(session, row.id)
        assert not kept.enabled


def test_policy_for_every_case_stays_and_no_two_are_for_the_same(services: Services) -> None:
    with services.database.write() as session:
        user = make_user(session).id
        everything = sla.list_policies(session)[0]
    with pytest.raises(ConflictError, match="every case"):
        sla.delete_policy(services, everything.id, user_id=user)
    again = Policy(ref="", name="x", where={"priority": "urgent"}, targets={})
    with pytest.raises(ConflictError, match="same cases"):
        sla.save_policy(services, None, again, user_id=user)
    with pytest.raises(ConflictError, match="a moment ago"):
        sla.save_policy(services, everything.id, again, version="old", user_id=user)

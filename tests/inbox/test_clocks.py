"""Clocks in the database: moved by posts, answers and people, noticed once, told again alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_user
from fakes import incoming
from tanggap.classifier.labels import LABELS
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox import calendars, clock_acts, clock_sweep, clocks, conversations, sla
from tanggap.inbox.corrections import label_post
from tanggap.inbox.outbox import work_on
from tanggap.inbox.record import record_events
from tanggap.inbox.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.inbox.tone import check_draft
from tanggap.inbox.triage import triage_pending
from tanggap.rules.clocks import BusinessCalendar, Policy, Span, Target
from tanggap.sdk import PostDeleted
from tanggap.store.accounts import Account
from tanggap.store.clocks import CaseEventRow, ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.rule_events import RuleEvent
from tanggap.store.users import User

HOUR = timedelta(hours=1)
ANSWER = "Maaf ya Kak, kami cek"


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


@pytest.fixture(autouse=True)
def _always_open(services: Services) -> None:
    """Let the hours of the day on which the tests run be no part of them."""
    with services.database.write() as session:
        user = make_user(session).id
    calendars.save_hours(services, None, BusinessCalendar(), version="", user_id=user)
    while clock_sweep.tell_again(services):
        pass


def receive(services: Services, account: Account, *events: Any) -> None:
    with services.database.write() as session:
        record_events(session, session.merge(account), events, source="webhook")
    while triage_pending(services):
        pass


def post(number: int = 1, ago: timedelta = timedelta(), **values: Any) -> Any:
    at = datetime.now(UTC) - ago
    return incoming(f"p{number}", "internet mati", posted_at=at, thread_id="t", **values)


def case(services: Services) -> Conversation:
    with services.database.read() as session:
        return session.scalars(select(Conversation)).one()


def rows(services: Services) -> dict[str, ClockRow]:
    """Give the newest clock of each kind."""
    with services.database.read() as session:
        found = session.scalars(select(ClockRow).order_by(ClockRow.period, ClockRow.id))
        return {row.kind: row for row in found}


def answer(services: Services, key: str = "k1", text: str = ANSWER, **who: Any) -> None:
    with services.database.write() as session:
        user = make_user(session, **who).id
    reply = queue_reply(
        services,
        user_id=user,
        conversation_id=case(services).id,
        text=text,
        visibility="public",
        seen_post_id=10_000,
        idempotency_key=key,
    )
    work_on(services, reply.id)


def set_state(services: Services, state: str) -> None:
    found = case(services)
    with services.database.write() as session:
        user = make_user(session).id
        conversations.set_state(session, found.id, user, found.revision, state)


def test_post_starts_clocks_and_names_what_is_due_next(
    services: Services, account: Account
) -> None:
    receive(services, account, post())
    found = rows(services)
    assert set(found) == {"acknowledge", "first_answer", "resolution"}
    first = case(services)
    assert first.next_due == "acknowledge"
    assert first.next_due_at == found["acknowledge"].due_at
    assert first.next_warn_at == found["acknowledge"].warn_at


def test_same_post_again_moves_nothing(services: Services, account: Account) -> None:
    same = post()
    receive(services, account, same)
    before = {kind: row.due_at for kind, row in rows(services).items()}
    receive(services, account, same)
    assert {kind: row.due_at for kind, row in rows(services).items()} == before


def test_sent_answer_meets_the_clocks(services: Services, account: Account) -> None:
    receive(services, account, post(ago=timedelta(minutes=3)))
    answer(services)
    found = rows(services)
    assert found["first_answer"].met_at is not None
    assert found["resolution"].paused_at is not None
    assert case(services).next_due_at is None


def test_failed_answer_meets_nothing(services: Services, account: Account, platform: Any) -> None:
    from tanggap.sdk.errors import Rejected

    receive(services, account, post())
    platform.faults.append(Rejected("no", code="no"))
    answer(services)
    assert rows(services)["first_answer"].met_at is None


def test_answer_from_the_platforms_own_app_counts(services: Services, account: Account) -> None:
    receive(services, account, post(1, HOUR))
    receive(services, account, post(2, author_id=account.external_id, in_reply_to="p1"))
    assert rows(services)["first_answer"].met_at is not None


def test_resolving_opening_and_coming_back_each_tell_on(
    services: Services, account: Account
) -> None:
    receive(services, account, post(1, HOUR))
    answer(services)
    set_state(services, "resolved")
    assert rows(services)["resolution"].met_at is not None
    assert case(services).next_due == "follow_up"
    set_state(services, "open")
    assert rows(services)["resolution"].period == 2
    assert rows(services)["follow_up"].ended_by == "reopened"
    set_state(services, "resolved")
    receive(services, account, post(2))
    assert rows(services)["first_answer"].period == 2


def test_state_set_elsewhere_becomes_an_event_once(services: Services, account: Account) -> None:
    receive(services, account, post())
    for _ in range(3):
        with services.database.write() as session:
            found = session.scalars(select(Conversation)).one()
            found.state = "not_ours"
            clocks.move(session, {found.id})
    with services.database.read() as session:
        assert [row.what for row in session.scalars(select(CaseEventRow))] == ["not_ours"]
    assert rows(services)["first_answer"].ended_by == "not_ours"
    assert case(services).next_due_at is None


def test_deleted_post_wants_no_answer(services: Services, account: Account) -> None:
    receive(services, account, post())
    gone = PostDeleted(
        account_id=account.external_id, external_id="p1", deleted_at=datetime.now(UTC)
    )
    receive(services, account, gone)
    assert rows(services)["first_answer"].ended_by == "withdrawn"


def test_priority_and_label_choose_other_targets(services: Services, account: Account) -> None:
    receive(services, account, post())
    slow = rows(services)["first_answer"].within_seconds
    with services.database.write() as session:
        found = session.scalars(select(Conversation)).one()
        found.priority = 0
        clocks.move(session, {found.id})
    assert rows(services)["first_answer"].within_seconds == 15 * 60 < slow


def test_label_that_a_person_gives_chooses_other_targets(
    services: Services, account: Account
) -> None:
    receive(services, account, post())
    with services.database.write() as session:
        session.scalars(select(Conversation)).one().priority = 2
        user = make_user(session).id
        newest = session.scalars(select(Post)).one().id
        label_post(session, newest, user, "praise", labels=LABELS)
    assert rows(services)["first_answer"].within_seconds == 8 * 3600


def test_team_has_hours_of_its_own(services: Services, account: Account) -> None:
    receive(services, account, post())
    night = BusinessCalendar(week=((Span(0, 1),),) * 7)
    with services.database.write() as session:
        found = session.scalars(select(Conversation)).one()
        team, user = found.team_id, make_user(session).id
    assert team is not None
    before = rows(services)["first_answer"].due_at
    calendars.save_hours(services, team, night, version="", user_id=user)
    assert rows(services)["first_answer"].due_at == before, "told again in the background"
    clock_sweep.sweep(services)
    after = rows(services)["first_answer"].due_at
    assert before is not None
    assert after is not None
    assert after > before + timedelta(days=20)
    calendars.drop_hours(services, team, user_id=user)
    clock_sweep.sweep(services)
    assert rows(services)["first_answer"].due_at == before


def test_changed_target_moves_what_runs_and_leaves_what_was_measured(
    services: Services, account: Account
) -> None:
    receive(services, account, post(1, timedelta(minutes=5)))
    answer(services)
    receive(services, account, post(2, author_id="other"))
    with services.database.write() as session:
        user = make_user(session).id
        (everything,) = (row for row in sla.list_policies(session) if not sla.to_policy(row).where)
    target = {"first_answer": Target(7 * HOUR)}
    sla.save_policy(
        services,
        everything.id,
        Policy(ref="", name="Semua", targets=target),
        version=sla.version_of(everything),
        user_id=user,
    )
    clock_sweep.sweep(services)
    with services.database.read() as session:
        found = list(session.scalars(select(ClockRow).where(ClockRow.kind == "first_answer")))
    assert {row.met_at is None: row.within_seconds for row in found} == {True: 25_200, False: 3600}
    assert clock_sweep.tell_all_again(services, measured=True) == 2
    with services.database.read() as session:
        found = list(session.scalars(select(ClockRow).where(ClockRow.kind == "first_answer")))
    assert {row.within_seconds for row in found} == {25_200}


def test_telling_all_again_changes_nothing(services: Services, account: Account) -> None:
    receive(services, account, post(1, 3 * HOUR), post(2, HOUR, author_id="other"))
    clock_sweep.notice(services)
    names = [column.name for column in ClockRow.__table__.c]

    def snapshot() -> list[list[Any]]:
        with services.database.read() as session:
            found = session.scalars(select(ClockRow).order_by(ClockRow.id))
            return [[getattr(row, name) for name in names] for row in found]

    before = snapshot()
    clock_sweep.tell_all_again(services, limit=1)
    assert snapshot() == before


def test_warning_and_breach_are_noticed_once_and_told_to_the_rules(
    services: Services, account: Account
) -> None:
    receive(services, account, post())
    due = rows(services)["acknowledge"].due_at
    warn = rows(services)["acknowledge"].warn_at
    assert due is not None
    assert warn is not None
    assert clock_sweep.notice(services) == 0
    assert clock_sweep.notice(services, warn) == 1
    assert clock_sweep.notice(services, warn) == 0
    assert clock_sweep.notice(services, due) == 1
    assert clock_sweep.notice(services, due) == 0
    with services.database.read() as session:
        told = list(session.scalars(select(RuleEvent).order_by(RuleEvent.id)))
    assert [event.trigger for event in told] == ["clock_warning", "clock_broken"]
    assert told[0].occasion.startswith("acknowledge-1-")


def test_case_that_somebody_changes_is_left_to_the_next_sweep(
    services: Services, account: Account
) -> None:
    if services.database.is_sqlite:
        pytest.skip("SQLite has one writer, so nobody changes anything meanwhile")
    receive(services, account, post())
    later = datetime.now(UTC) + timedelta(hours=200)
    with services.database.write() as session:
        session.get_one(Conversation, case(services).id, with_for_update=True)
        assert clock_sweep.notice(services, later) == 0
    assert clock_sweep.notice(services, later) > 0


def test_clock_that_was_over_when_its_post_came_raises_no_alarm(
    services: Services, account: Account
) -> None:
    receive(services, account, post(1, timedelta(days=90)))
    assert clock_sweep.notice(services) > 0
    assert rows(services)["first_answer"].broken_at is not None
    with services.database.read() as session:
        assert list(session.scalars(select(RuleEvent))) == []


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

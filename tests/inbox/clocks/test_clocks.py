"""Clocks in the database: moved by posts, answers and people, noticed once, told again alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from clockwork import HOUR, answer, case, open_always, post, receive, rows, set_state
from factories import make_account, make_app, make_user
from tanggap.classifier.labels import LABELS
from tanggap.inbox.cases.corrections import label_post
from tanggap.inbox.clocks import calendars, clocks, sla
from tanggap.inbox.operation import clock_sweep
from tanggap.inbox.services import Services
from tanggap.rules.clocks import BusinessCalendar, Policy, Span, Target
from tanggap.sdk import PostDeleted
from tanggap.store.accounts import Account
from tanggap.store.clocks import CaseEventRow, ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.rule_events import RuleEvent


@pytest.fixture
def account(services: Services) -> Account:
    open_always(services)
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


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

"""Whom to ask, what is promised, and how satisfied customers were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_account, make_author, make_conversation, make_post, make_user
from queries import plan_of
from tanggap.inbox.clocks import clock_acts
from tanggap.inbox.follow_up import rating_lists, rating_report
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from tanggap.store.ratings import Rating


def resolved(session: Any, account: Account, **values: Any) -> Conversation:
    now = utcnow()
    usual = {
        "state": "resolved",
        "label": "complaint",
        "resolved_at": now - timedelta(hours=1),
        "first_answered_at": now - timedelta(hours=2),
    }
    case = make_conversation(session, account, **(usual | values))
    make_post(session, case)
    return case


def rated(session: Any, case: Conversation, score: int | None, **values: Any) -> None:
    now = utcnow()
    usual = {
        "conversation_id": case.id,
        "author_id": case.author_id,
        "channel": case.channel,
        "label": case.label,
        "asked_at": now,
        "answered_at": now if score else None,
        "score": score,
    }
    session.add(Rating(**(usual | values)))


@pytest.mark.parametrize(
    "values",
    [
        {"state": "open"},
        {"label": "praise"},
        {"label": "none"},
        {"first_answered_at": None},
        {"handover": "owed"},
        {"resolved_at": utcnow() - timedelta(days=8)},
    ],
    ids="-".join,
)
def test_only_customers_of_served_and_ended_cases_are_asked(
    database: Database, values: dict[str, Any]
) -> None:
    with database.write() as session:
        account = make_account(session)
        wanted = resolved(session, account)
        resolved(session, account, **values)
    with database.read() as session:
        assert [one.case.id for one in rating_lists.to_ask(session)] == [wanted.id]
        assert rating_lists.count_due(session)["to_ask"] == 1


def test_whom_to_ask_is_read_from_an_index(database: Database) -> None:
    with database.read() as session:
        assert "ix_conversations_resolved" in plan_of(session, rating_lists.to_ask_query())


def test_nobody_is_asked_twice_within_thirty_days(database: Database) -> None:
    with database.write() as session:
        account, author = make_account(session), make_author(session)
        first = resolved(session, account, author=author)
        resolved(session, account, author=author)
        rated(session, first, None, asked_at=utcnow() - timedelta(days=20))
    with database.read() as session:
        assert rating_lists.to_ask(session) == []


@pytest.mark.parametrize("linked", [False, True])
def test_who_asked_not_to_be_contacted_is_not_asked(database: Database, linked: bool) -> None:
    with database.write() as session:
        account, author, other = make_account(session), make_author(session), make_author(session)
        resolved(session, account, author=author)
        wished = other if linked else author
        for one in {author, other} if linked else {author}:
            session.add(
                AuthorCard(
                    author_id=one.id,
                    person_id=author.id if linked else None,
                    do_not_contact=one is wished,
                )
            )
    with database.read() as session:
        assert rating_lists.to_ask(session) == []


def test_promised_updates_are_listed_with_who_promised_them(database: Database) -> None:
    with database.write() as session:
        account, ayu = make_account(session), make_user(session, "Ayu")
        soon, later = make_conversation(session, account), make_conversation(session, account)
        for case in (later, soon):
            make_post(session, case)
        clock_acts.promise_update(session, later.id, utcnow() + timedelta(hours=4), ayu.id)
        clock_acts.promise_update(session, soon.id, utcnow() + timedelta(hours=1), ayu.id)
        order = [soon.id, later.id]
    with database.read() as session:
        found = rating_lists.promises(session)
        assert rating_lists.count_due(session)["promises"] == 2
    assert [one.case.id for one in found] == order
    assert {one.promised_by.name for one in found if one.promised_by} == {"Ayu"}


def test_low_scores_are_listed_until_their_case_is_resolved_again(database: Database) -> None:
    with database.write() as session:
        account = make_account(session)
        back, done = resolved(session, account, state="open"), resolved(session, account)
        for case in (back, done):
            rated(session, case, 2)
        rated(session, back, 5)
    with database.read() as session:
        assert [case.id for _, case in rating_lists.unhappy(session)] == [back.id]
        assert rating_lists.count_due(session)["unhappy"] == 1


def test_the_report_counts_by_platform_team_label_and_week(database: Database) -> None:
    with database.write() as session:
        account = make_account(session)
        case = resolved(session, account)
        for score in (5, 4, 1):
            rated(session, case, score)
        rated(session, case, None)
        rated(session, case, 5, label="question", answered_at=utcnow() - timedelta(days=14))
        rated(session, case, 1, answered_at=utcnow() - timedelta(days=60))
    with database.read() as session:
        report = rating_report.read_report(session, 30)
    assert report.total is not None
    assert (report.total.answers, report.total.share, report.total.mean) == (4, 0.75, 3.75)
    assert report.scores == {1: 1, 2: 0, 3: 0, 4: 1, 5: 2}
    assert [(line.key, line.answers) for line in report.groups["label"]] == [
        ("complaint", 3),
        ("question", 1),
    ]
    assert [line.answers for line in report.weeks] == [1, 3]
    assert report.total.few


def test_of_those_who_were_asked_in_the_period_the_report_counts_who_answered(
    database: Database,
) -> None:
    before = utcnow() - timedelta(days=40)
    with database.write() as session:
        case = resolved(session, make_account(session))
        for score in (5, None, None):
            rated(session, case, score)
        rated(session, case, 4, asked_at=before)
        rated(session, case, 4, asked_at=None)
    with database.read() as session:
        report = rating_report.read_report(session, 30)
    assert report.total is not None
    assert (report.total.answers, report.asked, report.replied) == (3, 3, 1)


def test_weeks_begin_on_monday_where_the_company_is(services: Services) -> None:
    # In Jakarta the 9th of March 2026 is a Monday and begins at 17:00 UTC of the 8th.
    moments = [datetime(2026, 3, 8, 16, 59, tzinfo=UTC), datetime(2026, 3, 8, 17, tzinfo=UTC)]
    now = datetime(2026, 3, 20, tzinfo=UTC)
    with services.database.write() as session:
        case = resolved(session, make_account(session))
        for at in moments:
            rated(session, case, 5, answered_at=at)
    with services.database.read() as session:
        report = rating_report.read_report(session, 30, now)
    assert [(week.key, week.answers) for week in report.weeks] == [
        (date(2026, 3, 2), 1),
        (date(2026, 3, 9), 1),
    ]


def test_nothing_to_report_is_no_error(database: Database) -> None:
    with database.read() as session:
        assert rating_report.read_report(session, 30).total is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_within_bounds(counts: tuple[int, int]) -> None:
    part, whole = counts
    low, high = rating_report.between(part, whole)
    assert 0 <= low <= part / whole + 1e-9
    assert part / whole - 1e-9 <= high <= 1


def test_more_answers_make_an_interval_narrower() -> None:
    few, many = rating_report.between(3, 4), rating_report.between(300, 400)
    assert many[1] - many[0] < few[1] - few[0]

"""Promised calls: when the customer wants them, who is told, and what came of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from factories import make_account, make_conversation, make_post, make_user
from tanggap.errors import TanggapError
from tanggap.inbox.clocks.clock_acts import promise_update
from tanggap.inbox.handover.call_back_lists import (
    MINE,
    OVERDUE,
    TEAM,
    TODAY,
    Viewer,
    calls_of,
    list_calls,
    tell_due,
    waiting_query,
)
from tanggap.inbox.handover.call_backs import (
    EndedError,
    Plan,
    UnfitCallBackError,
    Window,
    end_call,
    move_call,
    plan_call,
    read_window,
    reveal_phone,
)
from tanggap.inbox.handover.phones import UnfitPhoneError, dial_phone, mask_phone, read_phone
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.call_backs import (
    CALLED_OFF,
    CANCELLED,
    NO_ANSWER,
    PLANNED,
    REACHED,
    RESOLVED,
    WRONG_NUMBER,
    CallBack,
)
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import SNOOZED, Conversation
from tanggap.store.notifications import Notification
from tanggap.store.users import Team

FRIDAY = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PHONE = "0812-3456-7890"


class Desk:
    """A case with a customer's post, the agent Ayu and a team without anybody."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with services.database.write() as session:
            case = make_conversation(session, make_account(session))
            make_post(session, case, "tolong telepon saya", posted_at=utcnow())
            self.case, self.ayu = case.id, make_user(session, "Ayu").id
            self.team = session.scalars(select(Team.id).order_by(Team.id)).first()

    def plan(self, *, ahead: int = 60, **values: object) -> int:
        """Plan a call of an hour that begins so many minutes from now."""
        at = utcnow() + timedelta(minutes=ahead)
        window = Window(at, at + timedelta(hours=1), "Asia/Makassar")
        plan = Plan(PHONE, window, **({"assignee_id": self.ayu} | values))  # type: ignore[arg-type]
        with self.services.database.write() as session:
            return plan_call(self.services, session, self.case, self.ayu, plan).id

    def end(self, call: int, outcome: str, **values: object) -> CallBack | None:
        with self.services.database.write() as session:
            return end_call(session, call, self.ayu, outcome, **values)  # type: ignore[arg-type]

    def promises(self) -> list[ClockRow]:
        with self.services.database.read() as session:
            query = select(ClockRow).where(ClockRow.kind == "update").order_by(ClockRow.period)
            return list(session.scalars(query))

    def list(self, view: str, user: int | None = None) -> list[int]:
        teams = [self.team] if self.team else []
        viewer = Viewer(user or self.ayu, teams, "Asia/Jakarta")
        with self.services.database.read() as session:
            return [call.id for call in list_calls(session, viewer, view, utcnow())]

    def told(self) -> list[tuple[int, str]]:
        with self.services.database.write() as session:
            tell_due(session)
            query = select(Notification).order_by(Notification.id)
            return [(line.user_id, line.kind) for line in session.scalars(query)]


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("(021) 5795 7888", "+622157957888"),
        ("+65 6123 4567", "+6561234567"),
    ],
)
def test_number_is_read_as_people_write_it(written: str, number: str) -> None:
    assert read_phone(written) == number


@pytest.mark.parametrize("written", ["", "halo", "12", "0812", "+62 812 3456 7890 ext 5", "1" * 50])
def test_what_nobody_can_be_called_at_is_refused(written: str) -> None:
    with pytest.raises(UnfitPhoneError):
        read_phone(written)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(written: str) -> None:
    try:
        number = read_phone(written)
    except UnfitPhoneError:
        return
    assert read_phone(number) == number
    assert dial_phone(number).startswith("tel:+")
    assert sum(sign.isdigit() for sign in mask_phone(number)) < len(number) - 1


def test_mask_keeps_the_country_and_the_last_digits() -> None:
    assert mask_phone("+6281234567890") == "+62 •••-••••-•890"


@pytest.mark.parametrize(
    ("zone", "begins"),
    [("Asia/Jakarta", 2), ("Asia/Makassar", 1), ("Asia/Jayapura", 0), ("Europe/Berlin", 8)],
)
def test_window_is_meant_in_the_customers_time_zone(zone: str, begins: int) -> None:
    window = read_window("2026-11-23", "09:00", "11:30", zone, FRIDAY)
    assert window.starts_at == datetime(2026, 11, 23, begins, tzinfo=UTC)
    assert window.ends_at - window.starts_at == timedelta(hours=2.5)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("2026-11-23", "09:00", "11:00", "Mars/Olympus"), "zone"),
        (("besok", "09:00", "11:00", "Asia/Jakarta"), "day"),
        (("2026-11-23", "9", "11:00", "Asia/Jakarta"), "start"),
        (("2026-11-23", "09:00", "", "Asia/Jakarta"), "end"),
        (("2026-11-23", "11:00", "09:00", "Asia/Jakarta"), "end"),
        (("2026-11-23", "06:00", "20:00", "Asia/Jakarta"), "end"),
        (("2026-11-19", "09:00", "11:00", "Asia/Jakarta"), "day"),
        (("2027-11-19", "09:00", "11:00", "Asia/Jakarta"), "day"),
        (("0001-01-01", "00:00", "01:00", "Asia/Jakarta"), "start"),
    ],
)
def test_unfit_window_names_its_field(typed: tuple[str, str, str, str], field: str) -> None:
    with pytest.raises(UnfitCallBackError) as caught:
        read_window(*typed, FRIDAY)
    assert caught.value.field == field


def test_planned_call_is_a_promise_that_speaking_keeps(desk: Desk) -> None:
    call = desk.plan()
    (promise,) = desk.promises()
    assert promise.met_at is None
    assert promise.due_at is not None
    assert desk.end(call, REACHED, words="sudah paham") is None
    (promise,) = desk.promises()
    assert promise.met_at is not None
    with desk.services.database.read() as session:
        (kept,) = calls_of(session, desk.case)
        assert (kept.state, kept.outcome, kept.ended_by_id) == (REACHED, "sudah paham", desk.ayu)
        answer = select(ClockRow).where(ClockRow.kind == "first_answer")
        assert session.scalars(answer).one().met_at is None


def test_try_in_vain_leads_to_the_next_window_which_is_the_new_promise(desk: Desk) -> None:
    call = desk.plan()
    at = utcnow() + timedelta(days=1)
    window = Window(at, at + timedelta(hours=2), "Asia/Jayapura")
    again = desk.end(call, NO_ANSWER, next_window=window)
    assert again is not None
    assert (again.attempt, again.state, again.assignee_id) == (2, PLANNED, desk.ayu)
    first, second = desk.promises()
    assert (first.ended_by, second.due_at) == ("superseded", window.ends_at)
    with desk.services.database.write() as session:
        assert reveal_phone(desk.services, session, again.id, desk.ayu) == "+6281234567890"


@pytest.mark.parametrize("outcome", [NO_ANSWER, WRONG_NUMBER, CANCELLED])
def test_call_that_reached_nobody_still_owes_word(desk: Desk, outcome: str) -> None:
    assert desk.end(desk.plan(), outcome) is None
    (promise,) = desk.promises()
    assert (promise.met_at, promise.ended_at) == (None, None)


def test_call_that_the_customer_wants_no_more_is_owed_no_more_and_the_log_says_why(
    desk: Desk,
) -> None:
    desk.end(desk.plan(), CALLED_OFF, words="sudah beres sendiri")
    (promise,) = desk.promises()
    assert (promise.met_at, promise.ended_by) == (None, "excused")
    assert promise.ended_at is not None
    with desk.services.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "clock.excused"))
        assert entry.one().detail["reason"] == "sudah beres sendiri"


def test_later_promise_of_something_else_stays_when_a_call_is_called_off(desk: Desk) -> None:
    call = desk.plan()
    with desk.services.database.write() as session:
        promise_update(session, desk.case, utcnow() + timedelta(days=2), desk.ayu)
    desk.end(call, CALLED_OFF)
    assert desk.promises()[-1].ended_at is None


def test_call_that_resolves_the_matter_resolves_the_case(desk: Desk) -> None:
    desk.end(desk.plan(), RESOLVED)
    with desk.services.database.read() as session:
        assert session.get_one(Conversation, desk.case).state == "resolved"


def test_of_two_who_end_a_call_one_is_told(desk: Desk) -> None:
    call = desk.plan()
    desk.end(call, REACHED)
    with pytest.raises(EndedError):
        desk.end(call, NO_ANSWER)
    with pytest.raises(TanggapError):
        desk.end(call, "exploded")
    with pytest.raises(TanggapError):
        desk.end(call + 100, REACHED)


def test_closed_case_promises_no_call_and_a_sleeping_one_does(desk: Desk) -> None:
    with desk.services.database.write() as session:
        session.get_one(Conversation, desk.case).state = "resolved"
    with pytest.raises(UnfitCallBackError) as caught:
        desk.plan()
    assert caught.value.field == "case"
    with desk.services.database.write() as session:
        session.get_one(Conversation, desk.case).state = SNOOZED
    assert desk.plan()


def test_call_is_given_to_nobody_who_is_not_there(desk: Desk) -> None:
    with desk.services.database.write() as session:
        gone = make_user(session, active=False).id
    for values in ({"assignee_id": gone}, {"assignee_id": 999}, {"team_id": 999}):
        with pytest.raises(TanggapError):
            desk.plan(**values)


def test_number_is_sealed_and_showing_it_is_noted(desk: Desk) -> None:
    call = desk.plan()
    with desk.services.database.write() as session:
        row = session.get_one(CallBack, call)
        assert b"81234567890" not in row.sealed_phone
        assert row.phone_hint.endswith("890")
        assert reveal_phone(desk.services, session, call, desk.ayu) == "+6281234567890"
        seen = select(AuditEntry).where(AuditEntry.action == "call_back.number_shown")
        assert session.scalars(seen).one().user_id == desk.ayu


def test_people_are_reminded_before_the_window_and_told_after_it_once(desk: Desk) -> None:
    desk.plan(ahead=60)
    assert desk.told() == []
    with desk.services.database.write() as session:
        bayu = make_user(session, "Bayu").id
    soon = desk.plan(ahead=10, assignee_id=bayu)
    assert desk.told() == [(bayu, "call_back_given"), (bayu, "call_back_soon")]
    assert len(desk.told()) == 2
    with desk.services.database.write() as session:
        session.get_one(CallBack, soon).ends_at = utcnow() - timedelta(minutes=1)
    assert desk.told()[2:] == [(bayu, "call_back_missed")]
    assert len(desk.told()) == 3


def test_moved_call_is_promised_anew_and_reminded_of_again(desk: Desk) -> None:
    call = desk.plan(ahead=5)
    assert desk.told() == [(desk.ayu, "call_back_soon")]
    at = utcnow() + timedelta(minutes=10)
    window = Window(at, at + timedelta(hours=3), "Asia/Jakarta")
    with desk.services.database.write() as session:
        move_call(session, call, desk.ayu, window=window, team_id=None, assignee_id=desk.ayu)
    assert [kind for _, kind in desk.told()] == ["call_back_soon"] * 2
    assert desk.promises()[-1].due_at == window.ends_at
    desk.end(call, REACHED)
    with desk.services.database.write() as session, pytest.raises(EndedError):
        move_call(session, call, desk.ayu, window=window, team_id=None, assignee_id=None)


def test_lists_hold_what_is_ones_own_the_teams_todays_and_overdue(desk: Desk) -> None:
    mine = desk.plan(ahead=1)
    teams = desk.plan(ahead=2, assignee_id=None, team_id=desk.team)
    later = desk.plan(ahead=5 * 24 * 60)
    nobodys = desk.plan(ahead=3, assignee_id=None)
    with desk.services.database.write() as session:
        session.get_one(Conversation, desk.case).assignee_id = desk.ayu
        late = session.get_one(CallBack, mine)
        late.starts_at, late.ends_at = utcnow() - timedelta(hours=1), utcnow() - timedelta(1 / 24)
    assert desk.list(MINE) == [mine, nobodys, later]
    assert desk.list(TEAM) == [teams]
    assert desk.list(OVERDUE) == [mine]
    assert set(desk.list(TODAY)) >= {teams, nobodys} - {mine}
    assert later not in desk.list(TODAY)
    desk.end(mine, REACHED)
    assert mine in desk.list(TODAY)
    assert desk.list(MINE) == [nobodys, later]
    viewer = Viewer(desk.ayu, [], "Asia/Jakarta")
    with desk.services.database.read() as session:
        assert session.scalar(waiting_query(viewer, utcnow())) == 1

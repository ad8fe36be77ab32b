"""The bell rings for clocks: whoever has the case, else the team's people on shift."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories import make_account, make_conversation, make_user
from tanggap.inbox.operation import clock_sweep
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.staff import Shift
from tanggap.store.users import SUPERVISOR, Team, TeamMember

NOW = utcnow()
HOUR = timedelta(hours=1)


def with_clock(
    session: Session, *, warns: datetime, due: datetime, account: Account | None = None
) -> Conversation:
    case = make_conversation(session, account or make_account(session))
    session.add(
        ClockRow(
            conversation_id=case.id,
            kind="first_answer",
            period=1,
            started_at=NOW - HOUR,
            warn_at=warns,
            due_at=due,
            spent_seconds=0,
            within_seconds=3600,
            ended_by="",
            created_at=NOW - HOUR,
        )
    )
    session.flush()
    return case


def called(services: Services) -> list[tuple[int, str]]:
    with services.database.read() as session:
        query = select(Notification.user_id, Notification.kind).order_by(Notification.id)
        return [(user_id, kind) for user_id, kind in session.execute(query)]


def test_owner_is_called_once_before_and_once_after(services: Services) -> None:
    with services.database.write() as session:
        case = with_clock(session, warns=NOW - timedelta(minutes=1), due=NOW + HOUR)
        case.assignee_id = owner = make_user(session, "Ayu").id
        make_user(session, "Budi")
    for later in (NOW, NOW, NOW + 2 * HOUR, NOW + 2 * HOUR):
        clock_sweep.notice(services, later)
    assert called(services) == [(owner, "clock_warning"), (owner, "clock_broken")]
    with services.database.read() as session:
        assert set(session.scalars(select(Notification.text))) == {"first_answer"}


def test_only_the_newest_line_about_a_case_stays_unread(services: Services) -> None:
    with services.database.write() as session:
        case = with_clock(session, warns=NOW - timedelta(minutes=1), due=NOW + HOUR)
        other = with_clock(
            session,
            warns=NOW - timedelta(minutes=1),
            due=NOW + 3 * HOUR,
            account=session.get_one(Account, case.account_id),
        )
        case.assignee_id = other.assignee_id = make_user(session, "Ayu").id
    clock_sweep.notice(services, NOW)
    clock_sweep.notice(services, NOW + 2 * HOUR)
    with services.database.read() as session:
        query = select(Notification.conversation_id, Notification.kind)
        unread = {(*row,) for row in session.execute(query.where(Notification.read_at.is_(None)))}
    assert unread == {(case.id, "clock_broken"), (other.id, "clock_warning")}


@pytest.mark.parametrize("anybody_on_shift", [True, False])
def test_nobodys_case_calls_its_team_and_those_on_shift_first(
    services: Services, anybody_on_shift: bool
) -> None:
    today = NOW.astimezone().weekday()
    with services.database.write() as session:
        case = with_clock(session, warns=NOW - HOUR, due=NOW - timedelta(minutes=1))
        team = session.scalars(select(Team).order_by(Team.id)).first()
        assert team is not None
        case.team_id = team.id
        here, off, stranger = (make_user(session, name).id for name in ("Ayu", "Budi", "Citra"))
        session.add_all(TeamMember(team_id=team.id, user_id=who) for who in (here, off))
        never = (today + 3) % 7
        resting = [off] if anybody_on_shift else [off, here]
        session.add_all(Shift(user_id=who, weekday=never, starts=0, ends=60) for who in resting)
    clock_sweep.notice(services, NOW)
    told = {user_id for user_id, _ in called(services)}
    assert told == ({here} if anybody_on_shift else {here, off})
    assert stranger not in told


def test_case_of_no_team_calls_supervisors(services: Services) -> None:
    with services.database.write() as session:
        with_clock(session, warns=NOW - HOUR, due=NOW - timedelta(minutes=1))
        lead = make_user(session, "Ratna", role=SUPERVISOR).id
        make_user(session, "Budi")
    clock_sweep.notice(services, NOW)
    assert called(services) == [(lead, "clock_broken")]


def test_clock_that_was_over_when_its_post_came_calls_nobody(services: Services) -> None:
    with services.database.write() as session:
        case = with_clock(session, warns=NOW - 3 * HOUR, due=NOW - 2 * HOUR)
        case.assignee_id = make_user(session, "Ayu").id
    clock_sweep.notice(services, NOW)
    assert called(services) == []

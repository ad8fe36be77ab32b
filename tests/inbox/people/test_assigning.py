"""Cases find people who are there, have room and know the matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories import make_account, make_conversation, make_post, make_user
from fakes import T0
from tanggap.errors import ConflictError
from tanggap.inbox.cases import conversations
from tanggap.inbox.people import people, presence
from tanggap.inbox.people.assigning import patience_of, reassign
from tanggap.inbox.people.staffing import Patience
from tanggap.inbox.services import Services
from tanggap.settings import Settings
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry, Change
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.handlings import Handling
from tanggap.store.replies import SENT, Draft, ReplyRow
from tanggap.store.snoozes import Snooze
from tanggap.store.staff import Shift, Staff
from tanggap.store.users import Team

NOW = T0 + timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


@pytest.fixture
def team(services: Services) -> int:
    with services.database.write() as session:
        team = Team(key="depan", name_id="Depan", name_en="Front", gives_out=True)
        session.add(team)
        session.flush()
        return team.id


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session)


def join(session: Session, team: int, name: str, *, there: bool = True, **values: Any) -> int:
    """Make somebody of a team who takes cases."""
    user = make_user(session, name)
    user.teams.append(session.get_one(Team, team))
    session.add(Staff(user_id=user.id, **{"capacity": 5} | values))
    session.flush()
    if there:
        presence.beat(session, user.id)
    return user.id


def case(session: Session, account: Account, team: int | None, **values: Any) -> int:
    found = make_conversation(session, session.merge(account), team_id=team, **values)
    return found.id


def holder(services: Services, case_id: int) -> int | None:
    with services.database.read() as session:
        return session.get_one(Conversation, case_id).assignee_id


def told(services: Services, case_id: int) -> list[tuple[str, dict[str, Any]]]:
    with services.database.read() as session:
        query = select(AuditEntry).where(
            AuditEntry.object_type == "conversation", AuditEntry.object_id == str(case_id)
        )
        return [(one.action, one.detail) for one in session.scalars(query.order_by(AuditEntry.id))]


def test_waiting_case_is_given_to_whoever_has_least_to_do_with_the_reason(
    services: Services, clock: time_machine.Traveller, team: int, account: Account
) -> None:
    with services.database.write() as session:
        busy, idle = (join(session, team, name) for name in ("Ayu", "Budi"))
        join(session, team, "Citra", there=False)
        case(session, account, team, assignee_id=busy)
        waiting = case(session, account, team)
    assert reassign(services) == 1
    assert holder(services, waiting) == idle
    detail = {"from": None, "to": idle, "reason": "least_loaded", "of": 2}
    assert told(services, waiting) == [("conversation.assigned", detail)]
    with services.database.read() as session:
        changes = session.scalars(select(Change.kind).where(Change.conversation_id == waiting))
        assert list(changes) == ["assigned"]
        assert session.get_one(Conversation, waiting).assigned_at == NOW
    assert reassign(services) == 0


def test_nobody_is_given_more_than_they_take_and_the_rest_waits_for_room(
    services: Services, clock: time_machine.Traveller, team: int, account: Account
) -> None:
    with services.database.write() as session:
        ayu = join(session, team, "Ayu", capacity=2)
        cases = [case(session, account, team) for _ in range(3)]
    assert reassign(services) == 2
    with services.database.write() as session:
        conversations.set_state(session, cases[0], ayu, 2, RESOLVED)
    assert reassign(services) == 1
    assert [holder(services, one) for one in cases] == [ayu, ayu, ayu]


def test_team_that_does_not_give_out_keeps_its_queue(
    services: Services, team: int, account: Account
) -> None:
    with services.database.write() as session:
        session.get_one(Team, team).gives_out = False
        join(session, team, "Ayu")
        case(session, account, team)
    assert reassign(services) == 0


def test_case_waits_until_somebody_comes(
    services: Services, clock: time_machine.Traveller, team: int, account: Account
) -> None:
    with services.database.write() as session:
        ayu = join(session, team, "Ayu", there=False)
        waiting = case(session, account, team)
    assert reassign(services) == 0
    with services.database.write() as session:
        assert presence.beat(session, ayu)
    assert reassign(services) == 1
    assert holder(services, waiting) == ayu


def test_rules_may_name_a_person_or_ask_for_skills(
    services: Services, clock: time_machine.Traveller, account: Account, team: int
) -> None:
    with services.database.write() as session:
        session.get_one(Team, team).gives_out = False
        ayu = join(session, team, "Ayu", capacity=0)
        budi = join(session, team, "Budi", products=["Kartu Kredit"])
        join(session, team, "Citra")
        named, skilled = (case(session, account, team) for _ in range(2))
        session.add(Handling(conversation_id=named, assignee_id=ayu))
        session.add(Handling(conversation_id=skilled, by_load=True, skills=["kartu kredit"]))
    assert reassign(services) == 2
    assert (holder(services, named), holder(services, skilled)) == (ayu, budi)


def test_customer_comes_back_to_who_answered_last(
    services: Services, clock: time_machine.Traveller, account: Account, team: int
) -> None:
    with services.database.write() as session:
        join(session, team, "Ayu")
        budi = join(session, team, "Budi")
        earlier = make_conversation(session, session.merge(account), state=RESOLVED)
        post = make_post(session, earlier)
        session.add(
            ReplyRow(
                conversation_id=earlier.id,
                in_reply_to_id=post.id,
                user_id=budi,
                text="baik",
                idempotency_key="k1",
                state=SENT,
            )
        )
        case(session, account, team, assignee_id=budi)
        again = case(session, account, team, author=earlier.author)
    reassign(services)
    assert holder(services, again) == budi
    assert told(services, again)[0][1]["reason"] == "last_agent"


def test_urgent_case_of_who_went_offline_goes_to_the_next_with_the_draft(
    services: Services, clock: time_machine.Traveller, account: Account, team: int
) -> None:
    with services.database.write() as session:
        ayu = join(session, team, "Ayu")
        urgent = case(session, account, team, priority=0, assignee_id=ayu, assigned_at=NOW)
        calm = case(session, account, team, assignee_id=ayu, assigned_at=NOW)
        session.add(Draft(conversation_id=urgent, user_id=ayu, text="Mohon maaf Kak"))
    clock.shift(timedelta(seconds=150))
    with services.database.write() as session:
        budi = join(session, team, "Budi")
    assert reassign(services) == 0
    clock.shift(timedelta(seconds=30))
    assert reassign(services) == 1
    assert (holder(services, urgent), holder(services, calm)) == (budi, ayu)
    with services.database.read() as session:
        drafts = session.scalars(select(Draft).order_by(Draft.user_id)).all()
    assert [(draft.user_id, draft.text) for draft in drafts] == [
        (ayu, "Mohon maaf Kak"),
        (budi, "Mohon maaf Kak"),
    ]


def test_urgent_case_goes_to_the_queue_when_nobody_is_there(
    services: Services, clock: time_machine.Traveller, account: Account, team: int
) -> None:
    with services.database.write() as session:
        ayu = join(session, team, "Ayu")
        urgent = case(session, account, None, priority=0, assignee_id=ayu, assigned_at=NOW)
    clock.shift(timedelta(minutes=6))
    assert reassign(services) == 1
    assert holder(services, urgent) is None
    assert told(services, urgent)[0][0] == "conversation.returned"
    assert reassign(services) == 0


def test_other_cases_stay_until_half_an_hour_after_the_shift(
    services: Services, clock: time_machine.Traveller, account: Account, team: int
) -> None:
    with services.database.write() as session:
        ayu = join(session, team, "Ayu", zone="UTC")
        local = NOW.hour * 60 + NOW.minute
        session.add(
            Shift(user_id=ayu, weekday=NOW.weekday(), starts=local, ends=(local + 60) % 1440)
        )
        calm = case(session, account, team, assignee_id=ayu, assigned_at=NOW)
    clock.shift(timedelta(minutes=80))
    assert reassign(services) == 0
    clock.shift(timedelta(minutes=15))
    assert reassign(services) == 1
    assert holder(services, calm) is None


def test_sleeping_case_is_given_to_nobody(
    services: Services, clock: time_machine.Traveller, account: Account, team: int
) -> None:
    with services.database.write() as session:
        ayu = join(session, team, "Ayu")
        asleep = case(session, account, team)
        session.add(Snooze(conversation_id=asleep, user_id=ayu, until=NOW + timedelta(hours=1)))
    assert reassign(services) == 0


def test_person_who_leaves_the_company_leaves_their_cases(
    services: Services, account: Account, team: int
) -> None:
    with services.database.write() as session:
        admin = make_user(session, "Admin", role="admin").id
        ayu = join(session, team, "Ayu")
        cases = [case(session, account, team, assignee_id=ayu, state=s) for s in (OPEN, "waiting")]
        done = case(session, account, team, assignee_id=ayu, state=RESOLVED)
    with services.database.write() as session:
        assert people.deactivate(session, ayu, by_user_id=admin) == 2
    assert [holder(services, one) for one in (*cases, done)] == [None, None, ayu]


def test_many_givers_and_takers_at_once_never_make_two_owners(
    services: Services, account: Account, team: int
) -> None:
    with services.database.write() as session:
        staff = [join(session, team, f"Agen {n}", capacity=4) for n in range(5)]
        taker = make_user(session, "Pengambil").id
        cases = [case(session, account, team) for _ in range(30)]

    def take(case_id: int) -> bool:
        try:
            with services.database.write() as session:
                conversations.claim(session, case_id, taker)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        given = [pool.submit(reassign, services) for _ in range(4)]
        taken = list(pool.map(take, cases[::3]))
        moved = sum(one.result() for one in given)
    moved += reassign(services)
    owners = Counter(holder(services, one) for one in cases)
    assert owners[taker] == sum(taken)
    assert moved == sum(owners[person] for person in staff)
    assert all(owners[person] <= 4 for person in staff)
    assert owners[None] == 30 - sum(taken) - moved
    assert owners[None] == max(0, 30 - sum(taken) - 20)
    for one in cases:
        assigned = [entry for entry in told(services, one) if entry[0] != "conversation.returned"]
        assert len(assigned) <= 1


def test_settings_say_how_long_cases_stay_with_who_is_gone() -> None:
    settings = Settings(urgent_grace_minutes=1, shift_grace_minutes=5)
    assert patience_of(settings) == Patience(timedelta(minutes=1), timedelta(minutes=5))

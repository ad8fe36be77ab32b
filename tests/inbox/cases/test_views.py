"""Views: counters that equal a recount, saved filters, the next case, and doing much at once."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from factories import make_account, make_conversation, make_post, make_user
from queries import counted
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases import conversations
from tanggap.inbox.cases.tags import change_tags
from tanggap.inbox.search import bulk, saved_views, search
from tanggap.inbox.search.counters import count_filtered, count_views
from tanggap.inbox.search.next_case import next_case
from tanggap.inbox.search.saved_views import UnfitViewError
from tanggap.inbox.search.search import Filter, list_conversations
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork import presence_signs as signs
from tanggap.store.conversations import OPEN, RESOLVED, STATES, Conversation
from tanggap.store.db import Database
from tanggap.store.users import Team, TeamMember

SEED = 20_261_122
EVENTS = 300


@pytest.fixture
def people(database: Database) -> tuple[int, int]:
    with database.write() as session:
        return make_user(session, "Ayu").id, make_user(session, "Budi").id


@pytest.fixture
def cases(database: Database) -> list[int]:
    with database.write() as session:
        account = make_account(session)
        found = []
        for _ in range(12):
            case = make_conversation(session, account)
            make_post(session, case)
            found.append(case.id)
        return found


def test_counters_equal_a_recount_after_many_random_events(
    database: Database, people: tuple[int, int], cases: list[int]
) -> None:
    dice = random.Random(SEED)
    ayu, budi = people
    with database.write() as session:
        teams = list(session.scalars(select(Team.id)))
        rows = {id_: session.get_one(Conversation, id_) for id_ in cases}
        for _ in range(EVENTS):
            row = rows[dice.choice(cases)]
            match dice.randrange(6):
                case 0:
                    row.state = dice.choice(STATES)
                case 1:
                    row.assignee_id = dice.choice((None, ayu, budi))
                case 2:
                    row.team_id = dice.choice((None, *teams))
                case 3:
                    row.priority = dice.randrange(4)
                case 4:
                    make_post(session, row, from_us=dice.random() < 0.3)
                case _:
                    signs.mark_seen(session, ayu, row.id, row.last_inbound_id or 0)
        session.flush()
        mine = teams[:2]
        saved = {7: Filter(priority=1, state=search.ANY), 9: Filter(unread_for=ayu)}
        with counted(database) as statements:
            counts = count_views(session, ayu, teams, my_team_ids=mine, saved=saved)
        assert len(statements) == 2
        unread = signs.unread_among(session, ayu, list(rows.values()))
    all_rows = list(rows.values())
    is_open = [row for row in all_rows if row.state == OPEN]
    assert counts.states == {s: sum(row.state == s for row in all_rows) for s in STATES}
    assert counts.mine == sum(row.assignee_id == ayu for row in is_open)
    assert counts.unassigned == sum(row.assignee_id is None for row in is_open)
    assert counts.teams == {t: sum(row.team_id == t for row in is_open) for t in teams}
    assert counts.urgent == sum(row.priority == 0 for row in is_open)
    assert counts.my_teams == sum(row.team_id in mine for row in is_open)
    assert counts.unread == sum(row.assignee_id == ayu and row.id in unread for row in is_open)
    assert counts.saved[7] == sum(row.priority == 1 for row in all_rows)
    assert counts.saved[9] == sum(row.id in unread for row in is_open)


def test_each_filter_shows_what_it_counts(
    database: Database, people: tuple[int, int], cases: list[int]
) -> None:
    ayu, _ = people
    with database.write() as session:
        change_tags(session, cases[0], ayu, add=["refund", "a'b\"c"])
        change_tags(session, cases[1], ayu, add=["refunds"])
        session.execute(update(Conversation).where(Conversation.id == cases[2]).values(priority=0))
        signs.mark_seen(session, ayu, cases[3], 10**9)
        for wanted, expected in (
            (Filter(tag="refund"), [cases[0]]),
            (Filter(tag="a'b\"c"), [cases[0]]),
            (Filter(priority=0), [cases[2]]),
            (Filter(team_ids=()), []),
            (Filter(unread_for=ayu), [id_ for id_ in cases if id_ != cases[3]]),
        ):
            rows = list_conversations(session, wanted).rows
            assert sorted(row.id for row in rows) == expected
            assert count_filtered(session, wanted) == len(expected)


def test_view_is_kept_shared_with_ones_team_and_dropped(
    database: Database, people: tuple[int, int]
) -> None:
    ayu, budi = people
    with database.write() as session:
        team = session.scalars(select(Team.id)).first()
        assert team is not None
        with pytest.raises(NotFoundError):
            saved_views.save_view(session, ayu, "VIP", {"tag": "vip"}, team_id=team)
        session.add_all(TeamMember(team_id=team, user_id=who) for who in people)
        session.flush()
        view = saved_views.save_view(session, ayu, " VIP ", {"tag": "vip"}, team_id=team)
        saved_views.save_view(session, ayu, "VIP", {"tag": "vvip"}, team_id=team)
        assert [one.query for one in saved_views.list_views(session, budi, [team])] == [
            {"tag": "vvip"}
        ]
        assert saved_views.list_views(session, budi, []) == []
        with pytest.raises(NotFoundError):
            saved_views.delete_view(session, view.id, budi)
        saved_views.delete_view(session, view.id, ayu)
        assert saved_views.list_views(session, ayu, [team]) == []


def test_view_without_name_or_filter_and_one_too_many_are_refused(
    database: Database, people: tuple[int, int]
) -> None:
    with database.write() as session:
        for name, query in ((" ", {"tag": "x"}), ("x", {})):
            with pytest.raises(UnfitViewError):
                saved_views.save_view(session, people[0], name, query)
        for number in range(saved_views.MOST):
            saved_views.save_view(session, people[0], f"v{number}", {"tag": "x"})
        with pytest.raises(UnfitViewError):
            saved_views.save_view(session, people[0], "one more", {"tag": "x"})


def test_next_case_skips_those_colleagues_have_or_look_at(
    database: Database, people: tuple[int, int], cases: list[int]
) -> None:
    ayu, budi = people
    newest_first = cases[::-1]
    with database.write() as session:
        session.get_one(Conversation, newest_first[0]).assignee_id = budi
        signs.show(session, budi, "b", newest_first[1], typing=False)
        session.flush()
        assert next_case(session, Filter(), ayu) == newest_first[2]
        assert next_case(session, Filter(), ayu, newest_first[2]) == newest_first[3]
        assert next_case(session, Filter(), ayu, newest_first[-1]) == newest_first[2]
        session.execute(update(Conversation).values(assignee_id=budi))
        assert next_case(session, Filter(), ayu) is None


def test_bulk_does_each_for_itself_and_names_the_failures(
    services: Services, database: Database, people: tuple[int, int], cases: list[int]
) -> None:
    ayu, budi = people
    with database.read() as session:
        chosen, more = bulk.choose_view(session, Filter())
    assert (len(chosen), more) == (12, False)
    with database.write() as session:
        conversations.assign(session, cases[0], budi, 1, assignee_id=budi)

    def resolve(session: object, id_: int, revision: int) -> None:
        conversations.set_state(session, id_, ayu, revision, RESOLVED)  # type: ignore[arg-type]

    outcome = bulk.act_on(services, ayu, [*chosen, (999, 1)], resolve, name="resolve")
    assert sorted(outcome.done) == cases[1:]
    assert {id_: type(why) for id_, why in outcome.failed.items()} == {
        cases[0]: ConflictError,
        999: NotFoundError,
    }
    with database.read() as session:
        states = dict(session.execute(select(Conversation.id, Conversation.state)).all())
    assert states == dict.fromkeys(cases[1:], RESOLVED) | {cases[0]: OPEN}


def test_view_longer_than_the_most_is_cut_and_said_so(
    database: Database, cases: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 5)
    with database.read() as session:
        chosen, more = bulk.choose_view(session, replace(Filter(), state=search.ANY))
    assert (len(chosen), more) == (5, True)

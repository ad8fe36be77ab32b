"""Sessions with limits: every table that hangs on cases, reads, writes, plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, insert, literal, select, text, union_all, update
from sqlalchemy.orm import Session, aliased, joinedload

from factories import make_account, make_author, make_conversation, make_post, make_user
from tanggap.errors import NotFoundError
from tanggap.inbox.search.counters import count_query, count_views
from tanggap.inbox.search.search import Filter, page_query
from tanggap.store import Base
from tanggap.store.alerts import Alert
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.db import Database
from tanggap.store.limited import LimitedSession, whole
from tanggap.store.limits import Shape, conditions
from tanggap.store.notes import Note
from tanggap.store.posts import Author, Post, VerdictRow
from tanggap.store.sight import Sight, current, limited_to
from tanggap.store.users import Team, list_teams

# What hangs on no case: people, settings, and raw material that only those unlimited may read.
COMPANY_WIDE = frozenset(
    {
        "answer_templates",
        "api_tokens",
        "audit_entries",
        "calendars",
        "changes",
        "channel_apps",
        "clock_runs",
        "company",
        "deliveries",
        "endpoints",
        "erasures",
        "form_versions",
        "forms",
        "identities",
        "invitations",
        "known_customers",
        "mailboxes",
        "model_events",
        "models",
        "named_lists",
        "plugin_states",
        "presences",
        "retention_marks",
        "rule_orders",
        "rules",
        "schedule_marks",
        "second_factors",
        "shift_exceptions",
        "shifts",
        "sign_ins",
        "sign_on_providers",
        "staff",
        "team_members",
        "teams",
        "users",
    }
)


class World:
    """Two teams, two accounts, and a case in each of the four corners."""

    def __init__(self, session: Session) -> None:
        self.teams = [team.id for team in list_teams(session)[:2]]
        accounts = [make_account(session, external_id=f"page-{number}") for number in range(2)]
        self.accounts = [account.id for account in accounts]
        self.cases: dict[tuple[int, int], int] = {}
        self.posts: dict[tuple[int, int], int] = {}
        for team in range(2):
            for number, account in enumerate(accounts):
                case = make_conversation(session, account, team_id=self.teams[team])
                self.cases[team, number] = case.id
                self.posts[team, number] = make_post(session, case).id

    def sight(self, *, teams: tuple[int, ...] = (), accounts: tuple[int, ...] = ()) -> Sight:
        return Sight(
            tuple(self.teams[one] for one in teams), tuple(self.accounts[one] for one in accounts)
        )


@pytest.fixture
def world(database: Database) -> World:
    with database.write() as session:
        return World(session)


@pytest.fixture
def own(database: Database, world: World) -> Iterator[Session]:
    """A session that sees the first team's cases."""
    with limited_to(world.sight(teams=(0,))), database.write() as session:
        yield session


def test_every_table_hangs_on_cases_or_is_the_whole_company_s() -> None:
    limited = set(conditions(Shape("sqlite", 1, accounts=True)))
    undecided = set(Base.metadata.tables) - limited - COMPANY_WIDE
    assert not undecided, (
        "give these tables a foreign key to the case, post, author or account they belong to, or "
        "name them in COMPANY_WIDE if people who are limited may read all their rows"
    )
    assert not limited & COMPANY_WIDE


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("shape", [(1, False), (2, False), (0, True), (2, True)])
def test_every_condition_can_be_run(
    database: Database, world: World, dialect: str, shape: tuple[int, bool]
) -> None:
    if database.engine.dialect.name != dialect:
        return
    sight = world.sight(teams=tuple(range(shape[0])), accounts=(0,) if shape[1] else ())
    with limited_to(sight), database.read() as session:
        for table in Base.metadata.sorted_tables:
            session.execute(select(func.count()).select_from(table))


@pytest.mark.parametrize(
    ("teams", "accounts", "seen"),
    [
        ((0,), (), {(0, 0), (0, 1)}),
        ((0, 1), (), {(0, 0), (0, 1), (1, 0), (1, 1)}),
        ((), (1,), {(0, 1), (1, 1)}),
        ((1,), (0,), {(1, 0)}),
        ((0, 1), (0,), {(0, 0), (1, 0)}),
    ],
)
def test_sessions_see_the_cases_of_their_teams_and_accounts_alone(
    database: Database,
    world: World,
    teams: tuple[int, ...],
    accounts: tuple[int, ...],
    seen: set[tuple[int, int]],
) -> None:
    with limited_to(world.sight(teams=teams, accounts=accounts)), database.read() as session:
        assert set(session.scalars(select(Conversation.id))) == {world.cases[at] for at in seen}
        assert set(session.scalars(select(Post.id))) == {world.posts[at] for at in seen}
        assert len(session.scalars(select(Author)).all()) == len(seen)
    with database.read() as session:
        assert len(session.scalars(select(Conversation)).all()) == 4


def test_every_way_of_asking_is_limited(own: Session, world: World) -> None:
    case = aliased(Conversation)
    mine, foreign = {world.cases[0, 0], world.cases[0, 1]}, world.cases[1, 0]
    assert own.get(Conversation, foreign) is None
    assert own.scalar(select(func.count()).select_from(Conversation)) == 2
    assert set(own.scalars(select(case.id))) == mine
    joined = select(Post.id).join(case, case.id == Post.conversation_id)
    assert len(own.scalars(joined).all()) == 2
    outer = select(Post.id, case.id).outerjoin(case, case.id == Post.conversation_id)
    assert {row[1] for row in own.execute(outer)} == mine
    within = select(Author.id).where(
        Author.id.in_(select(Conversation.author_id).where(Conversation.id == foreign))
    )
    assert own.scalars(within).all() == []
    there = select(literal(1)).where(select(case.id).where(case.id == foreign).exists())
    assert own.scalar(there) is None
    counted = union_all(select(func.count(Conversation.id)), select(func.count(Post.id)))
    assert own.scalars(counted).all() == [2, 2]
    assert dict(own.execute(count_query({"all": (literal(1) == 1,)})).all()) == {"all": 2}
    eager = select(Conversation).options(joinedload(Conversation.author, innerjoin=True))
    assert {one.id for one in own.scalars(eager)} == mine
    table = Conversation.__table__
    assert set(own.scalars(select(table.c.id))) == mine


def test_counters_of_the_side_bar_count_what_is_in_sight(own: Session, world: World) -> None:
    counts = count_views(own, 1, world.teams)
    assert counts.states["open"] == 2
    assert counts.teams == {world.teams[0]: 2, world.teams[1]: 0}


def test_changes_touch_nothing_that_is_out_of_sight(own: Session, world: World) -> None:
    foreign = Conversation.id == world.cases[1, 0]
    changed = own.execute(
        update(Conversation).where(foreign).values(state="resolved").returning(Conversation.id)
    )
    assert changed.all() == []
    own.execute(delete(Post).where(Post.id == world.posts[1, 0]))
    own.execute(update(Post).values(text="sama"))
    with whole(own):
        texts = dict(own.execute(select(Post.id, Post.text)).all())
        assert texts[world.posts[1, 0]] == "halo min"
        assert texts[world.posts[0, 0]] == "sama"


def test_nothing_new_hangs_on_a_foreign_case(own: Session, world: World) -> None:
    user = make_user(own)
    own.add(Note(conversation_id=world.cases[0, 0], user_id=user.id, text="boleh"))
    own.flush()
    foreign = Note(conversation_id=world.cases[1, 0], user_id=user.id, text="tidak")
    own.add(foreign)
    with pytest.raises(NotFoundError):
        own.flush()
    own.expunge(foreign)


def test_rows_of_no_case_are_the_company_s(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(Alert(key="a", text="seluruh perusahaan"))
        session.add(Alert(key="b", text="kami", conversation_id=world.cases[0, 0]))
    with limited_to(world.sight(teams=(0,))), database.read() as session:
        assert session.scalars(select(Alert.text)).all() == ["kami"]


def test_posts_around_a_thread_are_seen_unless_they_are_private_or_another_team_s(
    database: Database, world: World
) -> None:
    with database.write() as session:
        case = session.get_one(Conversation, world.cases[0, 0])
        page = make_author(session, name="Halaman kami")
        shown = make_post(session, case, "publik", conversation_id=None, author_id=page.id)
        make_post(session, case, "rahasia", conversation_id=None, visibility="private")
    with limited_to(world.sight(teams=(0,))), database.read() as session:
        around = select(Post).where(Post.conversation_id.is_(None))
        found = session.scalars(around.options(joinedload(Post.author, innerjoin=True))).all()
        assert [(post.id, post.author.name) for post in found] == [(shown.id, "Halaman kami")]


def test_whole_session_sees_everything_for_a_while(own: Session, world: World) -> None:
    with whole(own):
        assert own.get(Conversation, world.cases[1, 0]) is not None
        own.expunge_all()
    assert own.get(Conversation, world.cases[1, 0]) is None


def test_sight_is_everything_again_afterwards(database: Database, world: World) -> None:
    with limited_to(world.sight(teams=(0,))):
        pass
    assert not current().limited
    with database.read() as session:
        assert not isinstance(session, LimitedSession)


def test_session_that_is_left_over_fits_nothing(database: Database, world: World) -> None:
    with limited_to(world.sight(teams=(0,))):
        opened = database.read()
        session = opened.__enter__()
    assert session.scalars(select(Conversation.id)).all() == []
    opened.__exit__(None, None, None)


@pytest.mark.parametrize("teams", [(0,), (0, 1)])
def test_list_of_a_limited_person_walks_an_index_in_order(
    database: Database, world: World, teams: tuple[int, ...]
) -> None:
    with database.write() as session:
        fill_table(session)
    with limited_to(world.sight(teams=teams)), database.read() as session:
        plan = plan_of(session, page_query(session, Filter(), None, 40))
    index = "ix_conversations_team" if len(teams) == 1 else "ix_conversations_list"
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_rows_of_one_post_are_found_by_its_index(database: Database, world: World) -> None:
    query = select(VerdictRow).where(VerdictRow.post_id.in_([world.posts[0, 0]]))
    with limited_to(world.sight(teams=(0,))), database.read() as session:
        plan = plan_of(session, query)
    assert "verdicts" in plan
    assert not any(line.startswith(("SCAN", "Seq Scan")) for line in plan.splitlines())


def fill_table(session: Session) -> None:
    """Store so many cases, one in ten open, that PostgreSQL's planner has something to go by."""
    columns = [one.name for one in Conversation.__table__.columns]
    teams = [team.id for team in list_teams(session)]
    one = session.execute(select(Conversation.__table__)).mappings().first()
    assert one is not None
    session.execute(
        insert(Conversation.__table__),  # type: ignore[arg-type]
        [
            {name: one[name] for name in columns if name != "id"}
            | {
                "thread_id": f"many-{number}",
                "state": RESOLVED if number % 10 else OPEN,
                "team_id": teams[number // 10 % len(teams)],
                "last_post_at": one["last_post_at"] + timedelta(seconds=number),
            }
            for number in range(2_000)
        ],
    )
    session.execute(text("ANALYZE"))


def plan_of(session: Session, query: Any) -> str:
    """Ask how the very statement that is sent would be run if the tables were large."""
    sent: list[tuple[str, Any]] = []
    connection = session.connection()

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    session.execute(query)
    event.remove(connection, "before_cursor_execute", note)
    statement, values = sent[0]
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    else:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    return "\n".join(str(row[-1]) for row in rows)


def test_team_of_a_case_is_named_whoever_looks(own: Session, world: World) -> None:
    assert len(own.scalars(select(Team)).all()) > 2

"""The schema: reachable from nothing, equal to the models, and reversible with rows in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from factories import make_account, make_conversation, make_post
from tanggap.errors import TanggapError
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.settings import Settings
from tanggap.store.db import Database
from tanggap.store.migrate import differences, downgrade, is_current, upgrade
from tanggap.store.users import Team, list_teams


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        database = Database(request.getfixturevalue("postgres_url"))
        downgrade(database, "base")
    yield database
    upgrade(database)
    database.close()


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_migrations_lead_from_nothing_to_the_models(empty_database: Database) -> None:
    assert tables(empty_database) == set()
    assert not is_current(empty_database)
    upgrade(empty_database)
    assert is_current(empty_database)
    assert differences(empty_database) == []


def test_down_and_up_again_with_rows(empty_database: Database) -> None:
    upgrade(empty_database)
    with empty_database.write() as session:
        make_post(session, make_conversation(session, make_account(session)))
    downgrade(empty_database, "base")
    assert tables(empty_database) == set()
    upgrade(empty_database)
    assert differences(empty_database) == []


def test_upgrading_twice_changes_nothing(settings: Settings) -> None:
    database = Database(settings.effective_database_url)
    upgrade(database)
    assert is_current(database)
    database.close()


def test_schema_is_not_left_without_what_a_new_installation_begins_with(
    empty_database: Database,
) -> None:
    def killed(session: Session) -> None:
        session.add(Team(key="care", name_id="Layanan", name_en="Care"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade(empty_database, fill=killed)
    assert not is_current(empty_database)
    upgrade(empty_database, fill=ensure_defaults)
    with empty_database.read() as session:
        assert list_teams(session)


def test_revision_that_is_none_is_refused_and_changes_nothing(empty_database: Database) -> None:
    upgrade(empty_database)
    with pytest.raises(TanggapError, match=r"'nope'.*knows the schemas"):
        downgrade(empty_database, "nope")
    assert is_current(empty_database)


def test_database_of_a_newer_release_is_refused(empty_database: Database) -> None:
    upgrade(empty_database)
    head = text("UPDATE alembic_version SET version_num = :revision")
    with empty_database.write() as session:
        known = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(head, {"revision": "9999"})
    with pytest.raises(TanggapError, match="9999"):
        upgrade(empty_database)
    with empty_database.write() as session:
        session.execute(head, {"revision": known})


def test_search_index_follows_the_posts(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps an expression index by itself")
    query = text("SELECT count(*) FROM posts_fts WHERE posts_fts MATCH :word")

    def hits(word: str) -> int:
        with database.read() as session:
            return int(session.execute(query, {"word": word}).scalar_one())

    with database.write() as session:
        post = make_post(session, make_conversation(session, make_account(session)), "paket hilang")
    assert (hits("hilang"), hits("ketemu")) == (1, 0)
    with database.write() as session:
        post = session.merge(post)
        post.text = "paket ketemu"
    assert (hits("hilang"), hits("ketemu")) == (0, 1)
    with database.write() as session:
        session.delete(session.merge(post))
    assert hits("ketemu") == 0

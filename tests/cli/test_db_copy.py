"""Moving an installation to PostgreSQL: everything, as it was, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url

from conftest import POSTGRES_URL
from factories import make_account, make_user
from fakes import T0, incoming
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, open_services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.settings import Settings
from tanggap.store.accounts import Account
from tanggap.store.base import Base
from tanggap.store.db import Database
from tanggap.store.posts import Post, VerdictRow

from .conftest import Run

pytestmark = pytest.mark.skipif(not POSTGRES_URL, reason="TANGGAP_TEST_POSTGRES_URL is not set")


@pytest.fixture
def target() -> Iterator[str]:
    """Make an empty database on the server of the tests."""
    name = f"tanggap_copy_{uuid4().hex[:8]}"
    server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def lived_in(ready: Run, data_dir: Path) -> Services:
    """An installation with a sealed token and an answer that came before what it answers."""
    services = open_services(Settings(data_dir=data_dir))
    with services.database.write() as session:
        make_user(session)
        account = make_account(session, services)
        record_events(session, account, [incoming("child", in_reply_to="late")], source="webhook")
        late = incoming("late", "internet mati 😡 “lagi”", posted_at=T0, metrics={"likes": 3})
        record_events(session, account, [late], source="webhook")
    while triage_pending(services):
        pass
    return services


def rows_of(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_every_row_arrives_as_it_was(ready: Run, lived_in: Services, target: str) -> None:
    done = ready("db", "copy", "--to", target)
    assert done.exit_code == 0, done.output
    there = Database(target)
    assert rows_of(there) == rows_of(lived_in.database)
    with there.write() as session:
        late = session.scalars(select(Post).where(Post.external_id == "late")).one()
        child = session.scalars(select(Post).where(Post.external_id == "child")).one()
        assert child.parent_id == late.id
        assert session.scalar(text("SELECT count(*) FROM post_search")) == 2
        account = session.scalars(select(Account)).one()
        assert lived_in.vault.open(account.sealed_token or b"")["access_token"] == "token"
        make_user(session)
        record_events(session, account, [incoming("next", posted_at=T0)], source="webhook")
        session.flush()
        assert session.scalar(select(func.count()).select_from(Post)) == 3
        assert session.scalar(select(func.max(VerdictRow.id)))
    there.close()


def test_database_that_is_not_empty_is_refused_and_stays_as_it_is(
    ready: Run, lived_in: Services, target: str
) -> None:
    assert ready("db", "copy", "--to", target).exit_code == 0
    before = Database(target)
    rows = rows_of(before)
    again = ready("db", "copy", "--to", target)
    assert again.exit_code == 1
    assert "not empty" in again.output
    assert rows_of(before) == rows
    before.close()


def test_rows_that_point_nowhere_end_the_copy_with_nothing_copied(
    ready: Run, lived_in: Services, target: str
) -> None:
    with lived_in.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("UPDATE posts SET author_id = 999")
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    refused = ready("db", "copy", "--to", target)
    assert refused.exit_code == 1
    assert "authors" in refused.output
    there = Database(target)
    assert not any(rows_of(there).values())
    there.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite:///other.db", "PostgreSQL"),
        ("nonsense", "no address"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", "cannot be reached"),
    ],
)
def test_address_that_cannot_take_the_copy_is_named(
    ready: Run, address: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    refused = ready("db", "copy", "--to", address)
    assert refused.exit_code == 1
    assert said in refused.output
    assert not list(here.iterdir()), "a refused copy left a file behind"


def test_database_with_tables_of_others_is_refused(ready: Run, target: str) -> None:
    there = Database(target)
    with there.engine.begin() as connection:
        connection.execute(text("CREATE TABLE accounting (id integer)"))
    refused = ready("db", "copy", "--to", target)
    assert refused.exit_code == 1
    assert "accounting" in refused.output
    there.close()

"""Sessions: threads that write at once, and a write within a write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError, OperationalError

from factories import make_user
from tanggap.store import db
from tanggap.store.db import Database
from tanggap.store.users import User


def epoch(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(User.session_epoch)).one()


def test_threads_that_write_at_once_each_get_their_turn(database: Database) -> None:
    with database.write() as session:
        begun = make_user(session).session_epoch

    def count(_: int) -> None:
        with database.write() as session:
            session.execute(update(User).values(session_epoch=User.session_epoch + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(80)))
    assert epoch(database) == begun + 80


def test_write_that_fails_gives_its_turn_back(database: Database) -> None:
    with database.write() as session:
        begun = make_user(session).session_epoch
    with pytest.raises(DatabaseError), database.write() as session:
        session.execute(text("UPDATE users SET session_epoch = nothing"))
    with database.write() as session:
        session.execute(update(User).values(session_epoch=User.session_epoch + 1))
    assert epoch(database) == begun + 1


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_write_within_a_write_fails_and_does_not_hang(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_BUSY_MILLISECONDS", 10)
    again = Database(str(database.engine.url))
    try:
        with (
            again.write(),
            pytest.raises(OperationalError, match="locked"),
            again.write(),
        ):
            pass
    finally:
        again.close()

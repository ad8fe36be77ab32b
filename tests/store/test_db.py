"""Sessions: threads that write at once, and a write within a write."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DatabaseError, OperationalError

from factories import make_user
from tanggap.store import db
from tanggap.store.db import Database
from tanggap.store.users import User

PATIENCE = 30.0


def epoch(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(User.session_epoch)).one()


def add_one(database: Database) -> None:
    with database.write() as session:
        session.execute(update(User).values(session_epoch=User.session_epoch + 1))


def test_threads_that_write_at_once_each_get_their_turn(database: Database) -> None:
    with database.write() as session:
        begun = make_user(session).session_epoch

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add_one(database), range(80)))
    assert epoch(database) == begun + 80


def test_write_that_fails_gives_its_turn_back(database: Database) -> None:
    with database.write() as session:
        begun = make_user(session).session_epoch
    with pytest.raises(DatabaseError), database.write() as session:
        session.execute(text("UPDATE users SET session_epoch = nothing"))
    add_one(database)
    assert epoch(database) == begun + 1


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_statement_waits_for_a_writer_and_is_run_when_it_is_done(database: Database) -> None:
    with database.write() as session:
        begun = make_user(session).session_epoch
    one_more = text("UPDATE users SET session_epoch = session_epoch + 1")
    refused: list[object] = []
    other = Database(str(database.engine.url))
    event.listen(other._statements, "handle_error", refused.append)
    try:
        with ThreadPoolExecutor(2) as pool:
            with database.write():
                waiting = [
                    pool.submit(other.at_once, lambda connection: connection.execute(one_more)),
                    pool.submit(add_one, other),
                ]
                deadline = time.monotonic() + PATIENCE
                while not refused and time.monotonic() < deadline:
                    time.sleep(0.005)
                assert refused
                assert not any(one.done() for one in waiting)
            for one in waiting:
                one.result()
    finally:
        other.close()
    assert epoch(database) == begun + 2


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_connection_is_as_patient_after_a_write_as_before(database: Database) -> None:
    told = text("PRAGMA busy_timeout")
    with database.read() as session:
        before = session.scalar(told)
    with database.write() as session:
        assert session.scalar(told) == before == db._BUSY_MILLISECONDS


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

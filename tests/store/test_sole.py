"""One row for all who look for it at the same time."""

from __future__ import annotations

from threading import Thread

from sqlalchemy import func, select

from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRun
from tanggap.store.db import Database
from tanggap.store.sole import sole_row


def count_on(database: Database) -> None:
    with database.write() as session:
        first = {"after_id": 0, "wanted_at": utcnow()}
        sole_row(session, ClockRun, {"name": "it"}, first).after_id += 1


def test_second_who_looks_gets_what_the_first_made(database: Database) -> None:
    second = Thread(target=count_on, args=(database,))
    with database.write() as session:
        first = {"after_id": 10, "wanted_at": utcnow()}
        row = sole_row(session, ClockRun, {"name": "it"}, first)
        second.start()
        second.join(0.3)
        assert second.is_alive()
        row.after_id += 1
    second.join()
    with database.read() as session:
        assert session.scalars(select(ClockRun.after_id)).all() == [12]


def test_row_that_is_taken_away_meanwhile_is_made_anew(database: Database) -> None:
    count_on(database)
    second = Thread(target=count_on, args=(database,))
    with database.write() as session:
        session.delete(sole_row(session, ClockRun, {"name": "it"}, {}))
        session.flush()
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join()
    with database.read() as session:
        assert session.scalars(select(ClockRun.after_id)).all() == [1]


def test_crowd_that_begins_at_once_makes_one_row(database: Database) -> None:
    crowd = [Thread(target=count_on, args=(database,)) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    with database.read() as session:
        assert session.execute(select(func.count(), func.sum(ClockRun.after_id))).one() == (1, 6)

"""Storing raw bodies: as they came, each once, also over a connection that the server closed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from tanggap.store.db import Database
from tanggap.store.deliveries import PENDING, Delivery, NewDelivery, insert_deliveries

CLOSE_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
AT = datetime(2026, 11, 2, 8, 0, 0, 123_456, tzinfo=UTC)
HEADERS = '{"content-type": "application/json"}'


def new(body: bytes, channel: str = "fake") -> NewDelivery:
    return NewDelivery(channel, body, f"hash of {body!r}"[:64], HEADERS, "{}", "1.0", AT)


def store(database: Database, *bodies: NewDelivery) -> int:
    return database.at_once(lambda connection: insert_deliveries(connection, bodies))


def stored(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def test_body_is_stored_as_it_came_and_waits(database: Database) -> None:
    body = bytes(range(256)) + b"%s :name {} \\ '\""
    assert store(database, new(body)) == 1
    (row,) = stored(database)
    assert (row.channel, bytes(row.body), row.state) == ("fake", body, PENDING)
    assert (row.headers, row.query) == ({"content-type": "application/json"}, {})
    assert (row.attempts, row.error, row.plugin_version) == (0, "", "1.0")
    assert row.received_at == AT
    assert row.processed_at is None


def test_empty_body_and_large_body_are_stored(database: Database) -> None:
    assert store(database, new(b""), new(b"x" * 1_000_000)) == 2
    assert [len(row.body) for row in stored(database)] == [0, 1_000_000]


def test_known_body_is_passed_over_also_inside_one_batch(database: Database) -> None:
    assert store(database, new(b"a"), new(b"b"), new(b"a")) == 2
    assert store(database, new(b"b"), new(b"c")) == 1
    assert store(database, new(b"c")) == 0
    assert store(database, new(b"c", channel="other")) == 1
    assert [bytes(row.body) for row in stored(database)] == [b"a", b"b", b"c", b"c"]


def test_connection_that_the_server_closed_is_replaced(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    assert store(database, new(b"a")) == 1
    with database.write() as session:
        session.execute(CLOSE_ALL_OTHERS)
    assert store(database, new(b"b")) == 1
    assert [bytes(row.body) for row in stored(database)] == [b"a", b"b"]

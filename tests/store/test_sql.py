"""Batches handed to the driver: they are stored as SQLAlchemy itself would store them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from factories import make_account, make_conversation, make_post
from tanggap.inbox.services import Services
from tanggap.store.posts import Post, VerdictRow
from tanggap.store.sql import insert_rows, update_rows

JAKARTA = timezone(timedelta(hours=7))
AT = datetime(2026, 11, 22, 17, 0, tzinfo=JAKARTA)


def make(services: Services) -> int:
    with services.database.write() as session:
        return make_post(session, make_conversation(session, make_account(session))).id


def verdict(post_id: int, **values: Any) -> dict[str, Any]:
    return {
        "post_id": post_id,
        "revision": 1,
        "label": "complaint",
        "confidence": 0.9,
        "certain": True,
        "probabilities": {"complaint": 0.9},
        "language": "id",
        "model_version": "m1",
    } | values


def test_inserted_rows_are_read_back_as_they_were(services: Services) -> None:
    post = make(services)
    with services.database.write() as session:
        insert_rows(session, VerdictRow, [verdict(post, created_at=AT)])
    with services.database.read() as session:
        row = session.scalars(select(VerdictRow)).one()
    assert (row.certain, row.probabilities, row.confidence) == (True, {"complaint": 0.9}, 0.9)
    assert row.created_at == AT
    assert row.created_at.tzinfo is UTC


def test_columns_that_rows_do_not_name_get_their_defaults(services: Services) -> None:
    post = make(services)
    begun = datetime.now(UTC)
    with services.database.write() as session:
        insert_rows(session, VerdictRow, [verdict(post)])
    with services.database.read() as session:
        assert session.scalars(select(VerdictRow.created_at)).one() >= begun


def test_row_that_is_known_by_its_key_is_passed_over(services: Services) -> None:
    post = make(services)
    key = ("post_id", "revision", "model_version")
    with services.database.write() as session:
        insert_rows(session, VerdictRow, [verdict(post)], key=key)
        insert_rows(session, VerdictRow, [verdict(post, label="praise")], key=key)
    with services.database.read() as session:
        assert session.scalars(select(VerdictRow.label)).all() == ["complaint"]


def test_updated_rows_are_written_and_read_anew(services: Services) -> None:
    post = make(services)
    with services.database.write() as session:
        loaded = session.get_one(Post, post)
        rows = [{"id": post, "deleted_at": AT, "mentions": ["a"], "hidden": True, "url": None}]
        update_rows(session, Post, rows)
        assert (loaded.deleted_at, loaded.mentions, loaded.hidden) == (AT, ["a"], True)


def test_moment_without_a_zone_is_refused(services: Services) -> None:
    post = make(services)
    naive = AT.replace(tzinfo=None)
    with services.database.write() as session, pytest.raises((TypeError, StatementError)):
        session.execute(select(Post.id).where(Post.posted_at == naive))
    if services.database.is_sqlite:
        with services.database.write() as session, pytest.raises(TypeError):
            update_rows(session, Post, [{"id": post, "deleted_at": naive}])


def test_moments_are_stored_as_they_always_were(services: Services) -> None:
    if not services.database.is_sqlite:
        pytest.skip("PostgreSQL has a type for moments")
    post = make(services)
    with services.database.write() as session:
        update_rows(session, Post, [{"id": post, "deleted_at": AT}])
        stored = session.scalar(text("SELECT deleted_at FROM posts"))
    assert stored == "2026-11-22 10:00:00.000000"

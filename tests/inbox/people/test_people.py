"""People: passwords, initials, sessions."""

from __future__ import annotations

from typing import Literal

import pytest
from argon2 import PasswordHasher

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.people import people
from tanggap.inbox.people.people import UnfitError
from tanggap.store.db import Database
from tanggap.store.users import User

GOOD = "kata sandi baik"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Taken while tests are collected: those of the web put a cheap one in its place for good.
REAL = people._hasher


@pytest.fixture(autouse=True)
def cheap_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at the least cost."""
    monkeypatch.setattr(people, "_hasher", CHEAP)


def test_guessing_a_password_costs_memory_and_time() -> None:
    assert REAL.memory_cost >= 64 * 1024
    assert REAL.time_cost >= 3


def add(database: Database, name: str = "Ayu Lestari", **values: str) -> User:
    details = {"email": f"{name[:3]}@contoh.example", "password": GOOD} | values
    with database.write() as session:
        return people.create_user(session, name=name, **details)  # type: ignore[arg-type]


def test_person_signs_in_with_the_address_in_any_case(database: Database) -> None:
    ayu = add(database)
    with database.write() as session:
        found = people.authenticate(session, "AYU@Contoh.Example ", GOOD)
    assert found is not None
    assert (found.id, found.last_login_at is None) == (ayu.id, False)
    assert GOOD not in ayu.password_hash


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ayu@contoh.example", "kata sandi lain"),
        ("ayu@contoh.example", ""),
        ("ayu@contoh.example", GOOD + "\x00"),
        ("nobody@contoh.example", GOOD),
        ("", ""),
        ("ayu@contoh.example", "\ud800"),
        ("ayu@contoh.example", "x" * 2_000_000),
    ],
)
def test_wrong_sign_in_gives_nobody(database: Database, email: str, password: str) -> None:
    add(database)
    with database.write() as session:
        assert people.authenticate(session, email, password) is None


def test_unknown_address_costs_a_hash_as_a_wrong_password_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database)
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(people, "_hasher", Counting())
    for email in ("ayu@contoh.example", "nobody@contoh.example"):
        with database.write() as session:
            people.authenticate(session, email, "kata sandi lain")
    assert len(verified) == 2


def test_person_who_left_cannot_sign_in(database: Database) -> None:
    ayu = add(database)
    with database.write() as session:
        session.get_one(User, ayu.id).active = False
    with database.write() as session:
        assert people.authenticate(session, ayu.email, GOOD) is None


def test_hash_of_older_cost_is_renewed_at_sign_in(database: Database) -> None:
    ayu = add(database)
    weak = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(GOOD)
    with database.write() as session:
        session.get_one(User, ayu.id).password_hash = weak
    with database.write() as session:
        people.authenticate(session, ayu.email, GOOD)
    with database.read() as session:
        assert session.get_one(User, ayu.id).password_hash != weak


def test_new_password_ends_all_sessions(database: Database) -> None:
    ayu = add(database)
    with database.write() as session:
        changed = people.change_password(session, ayu.id, old=GOOD, new="lebih baik lagi")
        assert changed.session_epoch == ayu.session_epoch + 1
    with database.write() as session:
        assert people.authenticate(session, ayu.email, GOOD) is None
        assert people.authenticate(session, ayu.email, "lebih baik lagi") is not None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("salah semua", "lebih baik lagi", "old"), (GOOD, "pendek", "password")],
)
def test_password_change_names_the_field_that_is_wrong(
    database: Database, old: str, new: str, field: str
) -> None:
    ayu = add(database)
    with database.write() as session, pytest.raises(UnfitError) as caught:
        people.change_password(session, ayu.id, old=old, new=new)
    assert caught.value.field == field


def test_sessions_are_ended_without_touching_the_password(database: Database) -> None:
    ayu = add(database)
    with database.write() as session:
        people.end_sessions(session, ayu.id)
    with database.write() as session:
        found = people.authenticate(session, ayu.email, GOOD)
    assert found is not None
    assert found.session_epoch == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "ayu"}, "email"),
        ({"email": "a b@c"}, "email"),
        ({"password": "pendek"}, "password"),
        ({"password": "x" * 1001}, "password"),
        ({"role": "boss"}, "role"),
        ({"initials": "1A"}, "initials"),
        ({"initials": "ABCDE"}, "initials"),
        ({"initials": "A"}, "initials"),
        ({"name": "  ", "email": "ayu@contoh.example"}, "name"),
    ],
)
def test_unfit_details_are_refused_by_field(
    database: Database, values: dict[str, str], field: str
) -> None:
    with pytest.raises(UnfitError) as caught:
        add(database, **values)
    assert caught.value.field == field


def test_initials_come_from_the_name_and_are_never_given_twice(database: Database) -> None:
    names = ["Ayu Lestari", "Agus Luhur", "Adi Lukman", "Ani", "Ñ", "A"]
    given = [
        add(database, name, email=f"{number}@contoh.example").initials
        for number, name in enumerate(names)
    ]
    assert given[0] == "AL"
    assert len(set(given)) == len(names)
    assert all(2 <= len(initials) <= 8 for initials in given)


def test_taken_initials_are_refused_with_a_suggestion(database: Database) -> None:
    add(database, initials="al")
    with pytest.raises(ConflictError, match="is free"):
        add(database, "Agus Luhur", initials="AL")


def test_taken_address_is_refused(database: Database) -> None:
    add(database)
    with pytest.raises(ConflictError, match="somebody has"):
        add(database, "Ayu Dua", email="AYU@contoh.example")


def test_person_who_does_not_exist_is_not_found(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFoundError):
        people.end_sessions(session, 12345)

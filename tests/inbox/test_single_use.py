"""Links that work once: what ends them, and that only hashes are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_conversation
from tanggap.inbox import single_use
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import LinkOverError, MadeLink, WrongCodeError
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.single_use import SingleUseLink


@pytest.fixture
def case(services: Services) -> Conversation:
    with services.database.write() as session:
        return make_conversation(session, make_account(session), language="en")


def make(services: Services, case: Conversation, *, with_code: bool = False) -> MadeLink:
    with services.database.write() as session:
        return single_use.make_link(services, session, case, "test", with_code=with_code)


def works(services: Services, made: MadeLink) -> bool:
    with services.database.read() as session:
        try:
            return single_use.find_link(session, made.token).id == made.link.id
        except LinkOverError:
            return False


def test_link_is_found_by_its_secret_and_speaks_the_language_of_the_case(
    services: Services, case: Conversation
) -> None:
    made = make(services, case)
    assert works(services, made)
    assert made.link.language == "en"
    assert made.address.endswith(f"/p/{made.token}")
    assert made.token not in repr(made)


def test_neither_the_secret_nor_the_code_is_stored(services: Services, case: Conversation) -> None:
    made = make(services, case, with_code=True)
    with services.database.read() as session:
        row = session.get_one(SingleUseLink, made.link.id)
        stored = " ".join(str(value) for value in vars(row).values())
        entries = " ".join(str(entry.detail) for entry in session.scalars(select(AuditEntry)))
    assert made.token not in stored + entries
    assert made.code not in {row.code_hash, row.token_hash}
    assert len(made.code) == 6


def test_used_link_works_no_more_and_only_one_of_two_uses_it(
    services: Services, case: Conversation
) -> None:
    made = make(services, case)
    with services.database.write() as session:
        assert single_use.use_up(session, made.link.id).used_at is not None
    assert not works(services, made)
    with services.database.write() as session, pytest.raises(LinkOverError):
        single_use.use_up(session, made.link.id)


def test_revoked_link_works_no_more(services: Services, case: Conversation) -> None:
    made = make(services, case)
    with services.database.write() as session:
        single_use.revoke(session, made.link.id)
    assert not works(services, made)


def test_link_ends_by_itself(services: Services, case: Conversation) -> None:
    made = make(services, case)
    with services.database.write() as session:
        session.execute(update(SingleUseLink).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert not works(services, made)


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "a" * 5_000])
def test_strange_secrets_are_of_no_link(services: Services, token: str) -> None:
    with services.database.read() as session, pytest.raises(LinkOverError):
        single_use.find_link(session, token)


def test_code_is_right_however_it_is_spaced_and_wrong_ones_are_counted(
    services: Services, case: Conversation
) -> None:
    made = make(services, case, with_code=True)
    wrong = f"{(int(made.code) + 1) % 10**6:06}"
    single_use.check_code(services, made.link.id, f" {made.code[:3]}-{made.code[3:]}")
    for left in range(single_use.ATTEMPTS - 1, -1, -1):
        with pytest.raises(WrongCodeError) as raised:
            single_use.check_code(services, made.link.id, wrong)
        assert raised.value.left == left
    with pytest.raises(LinkOverError):
        single_use.check_code(services, made.link.id, made.code)
    assert not works(services, made)


def test_open_links_are_those_of_the_case_and_purpose(
    services: Services, case: Conversation
) -> None:
    made = make(services, case)
    with services.database.read() as session:
        assert [one.id for one in single_use.open_links(session, case.id, "test")] == [made.link.id]
        assert single_use.open_links(session, case.id, "other") == []

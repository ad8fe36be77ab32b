"""The company's own bounds: by platform and by account; what is over is gone for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_post
from tanggap.errors import NotFoundError
from tanggap.inbox.operation import sweep
from tanggap.inbox.privacy import retention_rules
from tanggap.inbox.privacy.retention_rules import UnfitDaysError, Wanted
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.deliveries import Delivery
from tanggap.store.posts import Author, Post

OLD = utcnow() - timedelta(days=40)


@pytest.fixture
def accounts(services: Services) -> list[int]:
    """Two accounts, each with an old and a new post of a customer and an old one of ours."""
    found = []
    with services.database.write() as session:
        for name in ("a1", "a2"):
            account = make_account(session, external_id=name)
            case = make_conversation(session, account)
            delivery = Delivery(channel="fake", body=b"lama", body_hash=name, state="done")
            session.add(delivery)
            session.flush()
            make_post(session, case, f"lama {name}", received_at=OLD, delivery_id=delivery.id)
            make_post(session, case, f"baru {name}")
            make_post(session, case, f"kami {name}", received_at=OLD, from_us=True)
            found.append(account.id)
    return found


def texts(services: Services) -> set[str]:
    with services.database.read() as session:
        return set(session.scalars(select(Post.text)))


def test_rule_of_a_platform_removes_old_texts_and_payloads_and_keeps_ours(
    services: Services, accounts: list[int]
) -> None:
    wanted = Wanted("fake", text_days=30)
    with services.database.read() as session:
        assert retention_rules.preview(services, session, wanted) == {"posts": 2}
    assert not retention_rules.is_due(services)
    retention_rules.save_rule(services, wanted, user_id=None)
    assert retention_rules.is_due(services)
    assert sweep.find_unfinished(services).retention
    assert retention_rules.purge_due(services)["posts"] == 2
    assert texts(services) == {"", "baru a1", "kami a1", "baru a2", "kami a2"}
    with services.database.read() as session:
        assert set(session.scalars(select(Delivery.body))) == {b""}
        (rule,) = retention_rules.list_rules(session)
        assert rule.posts == 2
    assert not retention_rules.is_due(services)
    assert not retention_rules.purge_due(services)


def test_rule_of_an_account_stands_instead_of_its_platforms(
    services: Services, accounts: list[int]
) -> None:
    retention_rules.save_rule(services, Wanted("fake", text_days=30), user_id=None)
    own = Wanted("fake", accounts[0], text_days=90)
    retention_rules.save_rule(services, own, user_id=None)
    retention_rules.purge_due(services)
    assert "lama a1" in texts(services)
    assert "lama a2" not in texts(services)


def test_profiles_that_were_told_too_long_ago_lose_their_names(
    services: Services, accounts: list[int]
) -> None:
    with services.database.write() as session:
        session.scalars(select(Author).order_by(Author.id)).first().told_at = OLD  # type: ignore[union-attr]
    retention_rules.save_rule(services, Wanted("fake", profile_days=30), user_id=None)
    assert retention_rules.purge_due(services) == {"authors": 1}
    with services.database.read() as session:
        assert session.scalars(select(Author.name).order_by(Author.id)).first() == ""
    assert "lama a1" in texts(services)


def test_rule_without_days_is_dropped_and_each_change_is_in_the_audit_log(
    services: Services, accounts: list[int]
) -> None:
    for days in (30, 60, None):
        retention_rules.save_rule(services, Wanted("fake", text_days=days), user_id=None)
    with services.database.read() as session:
        assert retention_rules.list_rules(session) == []
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "retention.changed")
        ).all()
    assert [entry.detail["new"]["text_days"] for entry in entries] == [30, 60, None]
    assert entries[1].detail["old"]["text_days"] == 30


def test_rules_are_for_platforms_and_accounts_that_are_there(
    services: Services, accounts: list[int]
) -> None:
    for wanted in (Wanted("nowhere", text_days=1), Wanted("other", accounts[0], text_days=1)):
        with pytest.raises(NotFoundError):
            retention_rules.save_rule(services, wanted, user_id=None)


@pytest.mark.parametrize("typed", ["0", "-1", "x", "1.5", "99999", "٣", "3651"])
def test_days_that_nobody_can_mean_are_refused(typed: str) -> None:
    with pytest.raises(UnfitDaysError):
        retention_rules.read_days(typed)


def test_days_are_read_and_nothing_is_for_ever() -> None:
    assert (retention_rules.read_days(" 30 "), retention_rules.read_days("")) == (30, None)

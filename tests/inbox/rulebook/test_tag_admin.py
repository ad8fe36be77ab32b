"""Tags of all cases: counted, renamed, made one, taken off."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from factories import make_account, make_conversation, make_user
from tanggap.errors import NotFoundError
from tanggap.inbox.cases.tags import UnfitTagError
from tanggap.inbox.rulebook import tag_admin
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry, Change
from tanggap.store.conversations import RESOLVED, Conversation
from tanggap.store.macros import Macro
from tanggap.store.saved_views import SavedView


@pytest.fixture
def user_id(services: Services) -> int:
    """Cases with tags, a macro and a saved view, and somebody who keeps them in order."""
    with services.database.write() as session:
        account = make_account(session, services)
        make_conversation(session, account, tags=["otp", "vip"])
        make_conversation(session, account, tags=["kode otp", "otp"])
        make_conversation(session, account, tags=["otp"], state=RESOLVED)
        make_conversation(session, account)
        user = make_user(session)
        session.add(Macro(name="Minta kode", tags=["otp", "tunggu"]))
        session.add(SavedView(user_id=user.id, name="OTP", query={"tag": "otp", "label": "x"}))
        return user.id


def tags(services: Services) -> list[list[str]]:
    with services.database.read() as session:
        return [
            list(one) for one in session.scalars(select(Conversation.tags).order_by("id")) if one
        ]


def uses(services: Services) -> dict[str, tuple[int, int]]:
    with services.database.read() as session:
        return {use.tag: (use.cases, use.open_cases) for use in tag_admin.list_tags(session)}


def test_tags_are_counted_with_what_gives_them(services: Services, user_id: int) -> None:
    with services.database.read() as session:
        listed = tag_admin.list_tags(session)
    assert (listed[0].tag, listed[0].cases, listed[0].open_cases) == ("otp", 3, 2)
    assert list(listed[0].macros) == ["Minta kode"]
    assert uses(services)["tunggu"] == (0, 0)
    given = next(use for use in listed if use.rules)
    assert given.cases == 0


def test_renamed_tag_is_renamed_on_cases_macros_and_views(
    services: Services, user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_admin, "AT_ONCE", 2)
    assert tag_admin.rename_tag(services, "otp", " #Kode  OTP ", user_id) == 3
    assert tags(services) == [["kode otp", "vip"], ["kode otp"], ["kode otp"]]
    with services.database.read() as session:
        assert session.scalars(select(Macro.tags)).one() == ["kode otp", "tunggu"]
        assert session.scalars(select(SavedView.query)).one() == {"tag": "kode otp", "label": "x"}
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert entry.detail == {"before": "otp", "after": "kode otp", "cases": 3}
        told = select(func.count()).select_from(Change).where(Change.kind == "tagged")
        assert session.scalar(told) == 3


def test_removed_tag_is_gone_everywhere(services: Services, user_id: int) -> None:
    assert tag_admin.remove_tag(services, "otp", user_id) == 3
    assert tags(services) == [["vip"], ["kode otp"]]
    with services.database.read() as session:
        assert session.scalars(select(SavedView.query)).one() == {"label": "x"}


def test_tag_that_nothing_has_is_not_found_and_an_unfit_name_changes_nothing(
    services: Services, user_id: int
) -> None:
    with pytest.raises(NotFoundError):
        tag_admin.rename_tag(services, "tidak ada", "baru", user_id)
    with pytest.raises(UnfitTagError):
        tag_admin.rename_tag(services, "otp", "  # ", user_id)
    assert tag_admin.rename_tag(services, "otp", "OTP", user_id) == 0
    assert uses(services)["otp"] == (3, 2)

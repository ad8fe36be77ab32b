"""The page on which tags are kept in order."""

from __future__ import annotations

import pytest
from flask import Flask

from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.users import SUPERVISOR
from visitors import Visitor


@pytest.fixture
def supervisor(app: Flask, services: Services, case: Conversation) -> Visitor:
    with services.database.write() as session:
        session.get_one(Conversation, case.id).tags = ["<b>otp", "vip"]
    return Visitor(app).sign_in(services, SUPERVISOR)


def tags(services: Services, case: Conversation) -> list[str]:
    with services.database.read() as session:
        return list(session.get_one(Conversation, case.id).tags)


def test_tag_is_renamed_and_another_taken_off(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    page = supervisor.get("/admin/tags").text
    assert "&lt;b&gt;otp" in page
    assert (
        supervisor.post("/admin/tags/rename", {"tag": "<b>otp", "name": "otp"}).status_code == 303
    )
    assert "Renamed on 1 case." in supervisor.get("/admin/tags").text
    assert supervisor.post("/admin/tags/remove", {"tag": "vip"}).status_code == 303
    assert tags(services, case) == ["otp"]


def test_unfit_name_is_explained_beside_its_tag_and_stays(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    answer = supervisor.post("/admin/tags/rename", {"tag": "vip", "name": "#"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert tags(services, case) == ["<b>otp", "vip"]


def test_tag_that_is_gone_is_not_found(supervisor: Visitor) -> None:
    assert supervisor.post("/admin/tags/remove", {"tag": "lain"}).status_code == 404

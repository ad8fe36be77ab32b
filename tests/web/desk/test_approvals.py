"""Approval over the pages."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from fakes import FakePlatform
from tanggap.inbox.services import Services
from tanggap.store.approvals import Approval
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.users import JUNIOR, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def junior(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, JUNIOR)


@pytest.fixture
def boss(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, SUPERVISOR)


@pytest.fixture
def handed_in(junior: Visitor, services: Services, case: Conversation) -> int:
    assert "Hand in for approval" in junior.get(f"/inbox/{case.id}").text
    with services.database.read() as session:
        seen = session.scalars(select(Post.id)).one()
    values = {"text": "kami cek ya", "seen_post_id": seen, "key": "k1"}
    assert junior.post(f"/inbox/{case.id}/reply", values).status_code == 303
    with services.database.read() as session:
        return session.scalars(select(Approval.id)).one()


def test_supervisor_sees_it_in_the_list_and_approves_with_other_words(
    junior: Visitor, boss: Visitor, platform: FakePlatform, case: Conversation, handed_in: int
) -> None:
    assert platform.sent == []
    assert "kami cek ya" in boss.get("/approvals").text
    page = boss.get(f"/inbox/{case.id}").text
    assert f"/approvals/{handed_in}/approve" in page
    assert f"/approvals/{handed_in}/withdraw" not in page
    done = boss.post(f"/approvals/{handed_in}/approve", {"words_sent": "teknisi datang"})
    assert done.status_code == 303
    assert platform.sent[0].text.startswith("teknisi datang ^")
    assert "Nothing waits for approval" in boss.get("/approvals").text
    assert "approved your answer" in junior.get("/notifications").text


def test_returned_answer_stands_with_its_words_in_the_authors_page(
    junior: Visitor, boss: Visitor, case: Conversation, handed_in: int
) -> None:
    boss.post(f"/approvals/{handed_in}/return", {"words": "sebut <b>tiket</b>"})
    page = junior.get(f"/inbox/{case.id}").text
    assert "sebut &lt;b&gt;tiket&lt;/b&gt;" in page
    assert ">kami cek ya</textarea>" in page


def test_author_withdraws_and_may_not_approve(
    junior: Visitor, case: Conversation, handed_in: int
) -> None:
    assert junior.post(f"/approvals/{handed_in}/approve").status_code == 403
    assert junior.get("/approvals").status_code == 403
    assert f"/approvals/{handed_in}/withdraw" in junior.get(f"/inbox/{case.id}").text
    junior.post(f"/approvals/{handed_in}/withdraw")
    assert ">kami cek ya</textarea>" in junior.get(f"/inbox/{case.id}").text


def test_second_decision_is_told_that_it_is_late(boss: Visitor, handed_in: int) -> None:
    boss.post(f"/approvals/{handed_in}/return", {"words": "x"})
    token = boss.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"HX-Request": "true", "X-CSRFToken": token}
    late = boss.client.post(f"/approvals/{handed_in}/approve", headers=headers)
    assert late.status_code == 409
    assert "A colleague has decided already" in late.text


def test_answer_that_does_not_exist_is_not_found(boss: Visitor) -> None:
    assert boss.post("/approvals/999/approve").status_code == 404

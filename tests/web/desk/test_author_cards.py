"""A customer's card: tier, notes, wishes, other identities and cases."""

from __future__ import annotations

import pytest
from flask import Flask

from factories import make_account, make_author, make_conversation, make_post
from tanggap.inbox.cases.author_cards import read_mark
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.users import READ_ONLY
from visitors import Visitor


@pytest.fixture
def other(services: Services, case: Conversation) -> Conversation:
    """A case of another author."""
    with services.database.write() as session:
        author = make_author(session, name="Rina di tempat lain")
        made = make_conversation(session, session.get_one(Account, case.account_id), author)
        make_post(session, made, "paket saya mana")
        return made


def test_what_is_known_stands_beside_the_name_and_above_the_answer(
    agent: Visitor, case: Conversation
) -> None:
    path = f"/authors/{case.author_id}"
    assert f'href="{path}"' in agent.get(f"/inbox/{case.id}").text
    form = {"revision": 1, "tier": "<b>emas</b>", "note": "suka ditelepon", "do_not_contact": "on"}
    assert agent.post(path, form).status_code == 303
    page = agent.get(f"/inbox/{case.id}").text
    assert "&lt;b&gt;emas&lt;/b&gt;" in page
    assert "do not contact" in page
    assert "Ask a supervisor, who may write to them" in page
    assert "suka ditelepon" in agent.get(path).text
    assert agent.post(path, form).status_code == 409


def test_people_say_who_is_the_same_and_a_wish_holds_for_all_of_them(
    agent: Visitor, services: Services, case: Conversation, other: Conversation
) -> None:
    path = f"/authors/{case.author_id}"
    assert agent.post(f"{path}/link", {"case": f"#{other.id}"}).status_code == 303
    page = agent.get(path).text
    assert "Rina di tempat lain" in page
    assert "paket saya mana" in page
    agent.post(f"/authors/{other.author_id}", {"revision": 2, "do_not_contact": "on"})
    with services.database.read() as session:
        assert read_mark(session, case.author_id).do_not_contact
    agent.post(f"{path}/unlink", {"other": other.author_id})
    with services.database.read() as session:
        assert not read_mark(session, case.author_id).do_not_contact
    assert "paket saya mana" not in agent.get(path).text


@pytest.mark.parametrize("number", ["x", "999999", "own"])
def test_link_to_no_other_author_is_refused(
    agent: Visitor, case: Conversation, number: str
) -> None:
    written = case.id if number == "own" else number
    assert agent.post(f"/authors/{case.author_id}/link", {"case": written}).status_code == 422


def test_author_without_a_case_has_no_page(agent: Visitor, services: Services) -> None:
    with services.database.write() as session:
        make_account(session, services, external_id="x")
        nobody = make_author(session).id
    assert agent.get(f"/authors/{nobody}").status_code == 404


def test_readers_read_and_do_not_write(app: Flask, services: Services, case: Conversation) -> None:
    reader = Visitor(app).sign_in(services, READ_ONLY)
    assert reader.get(f"/authors/{case.author_id}").status_code == 200
    assert reader.post(f"/authors/{case.author_id}", {"revision": 1}).status_code == 403

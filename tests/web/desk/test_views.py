"""Saved views, the next case and the page of many, over HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import make_conversation, make_post
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.saved_views import SavedView
from visitors import Visitor


@pytest.fixture
def others(services: Services, case: Conversation) -> list[Conversation]:
    with services.database.write() as session:
        account = session.scalars(select(Account)).one()
        rows = [make_conversation(session, account, priority=0) for _ in range(3)]
        for row in rows:
            make_post(session, row, "gangguan total")
        return rows


def test_view_is_saved_opened_counted_and_deleted(
    agent: Visitor, services: Services, others: list[Conversation]
) -> None:
    saved = agent.post("/views?priority=urgent&state=any", {"name": "Genting <b>"})
    assert saved.headers["Location"] == "/inbox?state=any&priority=urgent"
    page = agent.get("/inbox").text
    assert "Genting &lt;b&gt;" in page
    assert 'priority=urgent"' in page
    with services.database.read() as session:
        view = session.scalars(select(SavedView)).one()
    assert "Genting" in agent.get("/views").text
    agent.post(f"/views/{view.id}/delete")
    assert "No view is saved yet" in agent.get("/views").text


def test_view_without_a_filter_is_refused_with_words(agent: Visitor) -> None:
    agent.post("/views", {"name": "Semua"})
    assert "Give the view a name and set a filter first" in agent.get("/inbox").text


def test_next_case_opens_the_first_free_one_and_says_when_none_is_left(
    agent: Visitor, others: list[Conversation]
) -> None:
    led = agent.get("/inbox/next?priority=urgent")
    assert led.headers["Location"].startswith(f"/inbox/{others[-1].id}")
    on = agent.get(f"/inbox/next?priority=urgent&from={others[-1].id}")
    assert on.headers["Location"].startswith(f"/inbox/{others[-2].id}")
    assert agent.get("/inbox/next?priority=low").headers["Location"] == "/inbox?priority=low"
    assert "Nothing is left here" in agent.get("/inbox").text


def test_ticked_conversations_are_tagged_and_a_changed_one_is_named(
    agent: Visitor, others: list[Conversation]
) -> None:
    agent.post(f"/inbox/{others[0].id}/claim")
    ticked = [f"{row.id}:{row.revision}" for row in others]
    agent.get("/inbox/bulk")
    answer = agent.post("/inbox/bulk", {"case": ticked, "action": "resolve"})
    assert "2 conversations were changed" in answer.text
    assert "1 was not" in answer.text
    assert "A colleague changed this a moment ago" in answer.text


def test_whole_view_asks_for_its_count_first(agent: Visitor, others: list[Conversation]) -> None:
    path, values = "/inbox/bulk?priority=urgent", {"scope": "view", "action": "tag", "tag": "PLN"}
    asked = agent.post(path, values)
    assert "3 conversations, all of this view" in asked.text
    assert "pln" not in agent.get("/inbox").text
    late = agent.post(path, values | {"confirmed": 2})
    assert "3 conversations, all of this view" in late.text
    done = agent.post(path, values | {"confirmed": 3})
    assert "3 conversations were changed" in done.text
    assert agent.get("/inbox?tag=pln").text.count('id="row-') == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"action": "resolve"}, "Tick at least one"),
        ({"action": "explode", "case": "1:1"}, "nothing at this address"),
        ({"action": "tag", "tag": " ", "case": "1:1"}, "A tag has between"),
        ({"action": "assign", "to": "person:x", "case": "1:1"}, "nothing at this address"),
    ],
)
def test_unfit_wish_is_refused_with_words(
    agent: Visitor, case: Conversation, values: dict[str, object], words: str
) -> None:
    answer = agent.post("/inbox/bulk", values)
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"action": "not_ours"}, "/inbox?state=not_ours"),
        ({"action": "snooze", "for": "reply"}, "/inbox?state=snoozed"),
        ({"action": "unseen"}, "/inbox?unread=1"),
        ({"action": "assign", "to": "nobody:"}, "/inbox?assignee=unassigned"),
    ],
)
def test_every_action_reaches_its_conversations(
    agent: Visitor, case: Conversation, values: dict[str, object], where: str
) -> None:
    done = agent.post("/inbox/bulk", {**values, "case": f"{case.id}:{case.revision}"})
    assert "1 conversation was changed" in done.text
    assert f'id="row-{case.id}"' in agent.get(where).text

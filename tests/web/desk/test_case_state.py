"""Sleep and tags over the pages."""

from __future__ import annotations

from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from visitors import Visitor


def test_case_is_put_to_sleep_shown_so_and_opened_again(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    values = {"revision": case.revision, "for": "reply", "words": "menunggu bukti"}
    assert agent.post(f"/inbox/{case.id}/snooze", values).status_code == 303
    page = agent.get(f"/inbox/{case.id}").text
    assert "Asleep until the customer writes" in page
    assert "menunggu bukti" in page
    assert f'id="row-{case.id}"' not in agent.get("/inbox").text
    assert f'id="row-{case.id}"' in agent.get("/inbox?state=snoozed").text
    with services.database.read() as session:
        revision = session.get_one(Conversation, case.id).revision
    agent.post(f"/inbox/{case.id}/state", {"revision": revision, "state": "open"})
    assert "Asleep" not in agent.get(f"/inbox/{case.id}").text


def test_time_that_has_passed_is_refused_with_words(agent: Visitor, case: Conversation) -> None:
    token = agent.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]
    values = {"revision": case.revision, "for": "at", "at": "2020-01-01T09:00"}
    headers = {"HX-Request": "true", "X-CSRFToken": token}
    answer = agent.client.post(f"/inbox/{case.id}/snooze", data=values, headers=headers)
    assert answer.status_code == 422
    assert "still to come" in answer.text


def test_tag_is_added_and_removed_in_the_head(agent: Visitor, case: Conversation) -> None:
    agent.post(f"/inbox/{case.id}/tags", {"add": "Refund <b>"})
    assert "refund &lt;b&gt;" in agent.get(f"/inbox/{case.id}").text
    agent.post(f"/inbox/{case.id}/tags", {"remove": "refund <b>"})
    assert "refund &lt;b&gt;" not in agent.get(f"/inbox/{case.id}").text

"""The conversation page and what people do on it, with scripts and without."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from factories import make_post, make_user
from fakes import T0
from tanggap.inbox.desk.conversation_view import POSTS_SHOWN
from tanggap.inbox.services import Services
from tanggap.store.conversations import RESOLVED, WAITING, Conversation, MergedConversation
from tanggap.store.posts import Correction, Post, PostRevision, VerdictRow
from tanggap.store.replies import ReplyRow
from tanggap.store.rules import RuleRun
from tanggap.store.users import AGENT, Team
from visitors import Visitor

FRAGMENT = {"HX-Request": "true"}


def act(agent: Visitor, case: Conversation, to: str, **values: object) -> TestResponse:
    """Press a button as the script does; the body's header carries the token."""
    token = re.search(r'X-CSRFToken": "([^"]+)"', agent.get("/inbox").text)
    assert token is not None
    headers = {**FRAGMENT, "X-CSRFToken": token[1]}
    return agent.client.post(f"/inbox/{case.id}/{to}", data=values, headers=headers)


def load(services: Services, case: Conversation) -> Conversation:
    with services.database.read() as session:
        return session.get_one(Conversation, case.id)


def test_conversation_stands_beside_the_list_or_alone_for_a_script(
    agent: Visitor, case: Conversation
) -> None:
    whole = agent.get(f"/inbox/{case.id}").text
    assert 'id="rows"' in whole
    assert 'id="thread"' in whole
    headers = {**FRAGMENT, "HX-Target": "conversation"}
    part = agent.client.get(f"/inbox/{case.id}", headers=headers).text
    assert 'id="thread"' in part
    assert "<html" not in part
    headers["HX-History-Restore-Request"] = "true"
    assert "<html" in agent.client.get(f"/inbox/{case.id}", headers=headers).text


def test_page_shows_what_is_known_of_a_post(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        post = session.scalars(select(Post)).one()
        post.edited_at, post.revision = T0 + timedelta(hours=1), 2
        post.deleted_at, post.hidden = T0 + timedelta(hours=2), True
        post.url = "https://fake.example/1"
        post.attachments = [
            {"kind": "image", "url": "https://fake.example/p.png", "description": "foto"},
            {"kind": "link", "url": "javascript:alert(1)", "description": "jebakan"},
        ]
        session.add(PostRevision(post_id=post.id, revision=1, text="teks lama"))
        session.add(
            VerdictRow(
                post_id=post.id,
                revision=2,
                label="complaint",
                confidence=0.93,
                certain=True,
                probabilities={},
                language="id",
                model_version="m1",
            )
        )
        session.add(
            RuleRun(
                post_id=post.id,
                revision=2,
                rule_key="complaint",
                rule_version=1,
                matched=True,
                actions=[{"assign_team": "care"}, {"add_tags": ["a", "b"]}, "stop"],
            )
        )
    page = agent.get(f"/inbox/{case.id}").text
    for said in (
        "teks lama",
        "deleted on the platform",
        "hidden on the platform",
        "93 %",
        "Indonesian",
        'title="complaint">v1</span>',
        "tags: a, b",
        "no further rules",
        "https://fake.example/p.png",
    ):
        assert said in page, said
    assert "javascript:" not in page


def test_replies_show_their_state_and_failed_ones_a_button(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        post = session.scalars(select(Post)).one()
        for number, state in enumerate(("queued", "sending", "failed", "unknown")):
            session.add(
                ReplyRow(
                    conversation_id=case.id,
                    in_reply_to_id=post.id,
                    user_id=agent.user_id,
                    text="x",
                    idempotency_key=f"k{number}",
                    state=state,
                    error="Duplicate content" if state == "failed" else "",
                )
            )
    page = agent.get(f"/inbox/{case.id}").text
    for said in ("Waiting to be sent", "Being sent", "Not sent", "May or may not", "Duplicate"):
        assert said in page
    assert page.count("/retry") == 4  # two forms, each with and without scripts


def test_conversation_that_does_not_exist_says_so(agent: Visitor) -> None:
    assert agent.get("/inbox/999").status_code == 404
    assert agent.get("/inbox/99999999999999999999999").status_code == 404


def test_taking_and_giving_back(agent: Visitor, services: Services, case: Conversation) -> None:
    answer = act(agent, case, "claim")
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (200, "conversation-changed")
    assert "Give back" in answer.text
    assert load(services, case).assignee_id == agent.user_id
    assert "Take" in act(agent, case, "release").text
    assert load(services, case).assignee_id is None


def test_second_claim_is_answered_with_who_was_faster(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    act(Visitor(app).sign_in(services, AGENT), case, "claim")
    answer = act(agent, case, "claim")
    assert answer.status_code == 409
    assert "was faster and has this conversation" in answer.text


def test_button_without_scripts_leads_back_to_the_same_list(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    answer = agent.post(
        f"/inbox/{case.id}/state?label=question", {"state": "waiting", "revision": 1}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/inbox/{case.id}?label=question"
    assert load(services, case).state == WAITING


def test_conflict_without_scripts_is_told_on_the_next_page(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    answer = agent.post(f"/inbox/{case.id}/state", {"state": "resolved", "revision": 7})
    assert answer.status_code == 303
    assert "A colleague changed this" in agent.get(answer.headers["Location"]).text
    assert load(services, case).state != RESOLVED


def test_team_and_person_are_assigned(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        team = session.scalars(select(Team)).first()
        assert team is not None
        budi = make_user(session, "Budi Santoso").id
    answer = act(agent, case, "assign", revision=1, team=team.id, assignee=budi)
    assert answer.status_code == 200
    found = load(services, case)
    assert (found.team_id, found.assignee_id) == (team.id, budi)
    act(agent, case, "assign", revision=2, team="", assignee="")
    found = load(services, case)
    assert (found.team_id, found.assignee_id) == (None, None)


@pytest.mark.parametrize("values", [{"team": "x"}, {"assignee": "999"}, {"team": "9" * 30}])
def test_assigning_to_nobody_known_is_not_found(
    agent: Visitor, case: Conversation, values: dict[str, str]
) -> None:
    answer = act(agent, case, "assign", revision=1, **values)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"  # type: ignore[index]


def test_label_is_corrected_and_shown_as_a_persons_word(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    answer = act(agent, case, "label", label="complaint")
    assert "set by a person" in answer.text
    assert load(services, case).label == "complaint"
    with services.database.read() as session:
        assert session.scalars(select(Correction.user_id)).one() == agent.user_id
    assert act(agent, case, "label", label="nonsense").status_code == 404


def test_address_of_a_conversation_that_was_merged_leads_to_the_other(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        session.add(MergedConversation(id=case.id + 1_000, into_id=case.id))
    old, new = f"/inbox/{case.id + 1_000}", f"/inbox/{case.id}"
    assert agent.get(f"{old}?state=any").headers["Location"] == f"{new}?state=any"
    script = {"HX-Request": "true", "HX-Target": "conversation"}
    pane = agent.client.get(old, headers=script)
    assert pane.headers["HX-Push-Url"] == new
    assert f'data-id="{case.id}"' in pane.text
    agent.post(f"{old}/claim")
    with services.database.read() as session:
        assert session.get_one(Conversation, case.id).assignee_id == agent.user_id
    sent = agent.post(f"{old}/reply", {"text": "kami cek", "seen_post_id": 10**9})
    assert sent.headers["Location"] == new


def test_older_posts_are_reached_without_a_script_and_fetched_by_one(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        conversation = session.get_one(Conversation, case.id)
        for number in range(POSTS_SHOWN + 5):
            posted_at = T0 + timedelta(days=1, minutes=number)
            make_post(session, conversation, f"kiriman nomor {number}.", posted_at=posted_at)
    newest = agent.get(f"/inbox/{case.id}").text
    assert "kiriman nomor 4." not in newest
    link = re.search(rf'href="(/inbox/{case.id}\?before=[^"]+)"', newest)
    assert link is not None
    page = agent.get(link[1]).text
    assert "kiriman nomor 4." in page
    assert "kiriman nomor 5." not in page.split('id="conversation-head"')[1]
    assert "Go to the newest posts" in page
    assert 'id="composer"' not in page
    part = agent.client.get(link[1], headers={"HX-Request": "true", "HX-Target": "older"}).text
    assert part.lstrip().startswith("<li")
    assert "kiriman nomor 4." in part
    since = re.search(r'data-since="([^"]+)" data-kept', part)
    assert since is not None
    whole = agent.get(f"/inbox/{case.id}?since={since[1]}").text
    assert "kiriman nomor 4." in whole
    assert f"kiriman nomor {POSTS_SHOWN + 4}." in whole
    assert 'id="composer"' in whole

"""One click writes into the composer, and cases that went private, over the pages."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from factories import make_conversation, make_post
from fakes import change_channel, incoming
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk import Account as SdkAccount
from tanggap.sdk import Invitation, Refusal, Target, Visibility
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow
from tanggap.store.conversations import CLOSED, OWED, PRIVATE, RESOLVED, Conversation
from tanggap.store.handovers import Handover
from tanggap.store.posts import Author
from tanggap.store.ratings import Rating
from tanggap.store.replies import Draft, ReplyRow
from visitors import Visitor

LINK = "https://fake.example/dm"


@pytest.fixture(autouse=True)
def _inviting(services: Services) -> None:
    """Let the channel take long texts, and invite in public by a link."""

    def invite(_account: SdkAccount, _target: Target) -> Invitation | Refusal:
        return Invitation(visibility="public", link=LINK, hint="Only for open accounts.")

    channel = services.registry.channels["fake"].channel
    assert channel.replying is not None
    part = replace(channel.replying, max_length=400, private_max_length=400, invite=invite)
    change_channel(services, replying=part)


def now(services: Services, case: Conversation) -> Conversation:
    with services.database.read() as session:
        return session.get_one(Conversation, case.id)


def draft(services: Services) -> Draft:
    with services.database.read() as session:
        return session.scalars(select(Draft)).one()


def token(agent: Visitor) -> str:
    return agent.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]


def prepare(agent: Visitor, case: Conversation, what: str, **values: str) -> str:
    headers = {"HX-Request": "true", "X-CSRFToken": token(agent)}
    form = {"what": what, "text": "", "seen_post_id": "1", **values}
    return agent.client.post(f"/inbox/{case.id}/prepare", data=form, headers=headers).text


def send(agent: Visitor, page: str, case: Conversation) -> None:
    """Send what stands in the composer, as the browser would."""
    fields = dict(re.findall(r'type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"', page))
    text = re.search(r"<textarea id=\"reply-text\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert text is not None
    chosen = re.search(r'name="visibility" value="(\w+)"[^>]* checked', page)
    if chosen:
        fields["visibility"] = chosen[1]
    fields.pop("csrf_token", None)
    agent.post(f"/inbox/{case.id}/reply", {**fields, "text": html.unescape(text[1])})


def customer_writes_privately(services: Services, case: Conversation, text: str) -> None:
    with services.database.write() as session:
        author = session.get_one(Author, case.author_id)
        post = incoming(
            f"dm-{text}", text, author_id=author.external_id, visibility="private",
            kind="message", thread_id="dm:1", posted_at=utcnow(),
        )  # fmt: skip
        record_events(session, session.get_one(Account, case.account_id), [post], source="webhook")


def test_one_click_writes_the_invitation_and_a_person_sends_it(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    page = prepare(agent, case, "invitation", text="Halo,")
    assert LINK in page
    assert "Halo," in page
    assert "Only for open accounts." in page
    assert 'name="purpose" value="invitation" checked' in page
    assert (draft(services).purpose, draft(services).visibility) == ("invitation", "public")
    with services.database.read() as session:
        assert session.scalars(select(ReplyRow)).all() == []
    send(agent, page, case)
    assert now(services, case).handover == "invited"


def test_an_unticked_purpose_leaves_a_plain_answer(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    page = prepare(agent, case, "invitation").replace('name="purpose"', 'name="nothing"')
    send(agent, page, case)
    assert now(services, case).handover == "public"


def test_the_way_to_private_and_back(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    send(agent, prepare(agent, case, "invitation"), case)
    customer_writes_privately(services, case, "ini nomor saya")
    assert now(services, case).handover == PRIVATE
    page = agent.get(f"/inbox/{case.id}").text
    assert "two-legs" in page
    assert 'placeholder="Write a private answer' in page
    assert "Solved in private" in page
    assert 'name="state" value="not_ours"' not in page
    revision = now(services, case).revision
    agent.post(f"/inbox/{case.id}/state", {"revision": revision, "state": "resolved"})
    assert "post the public conclusion" in agent.get(f"/inbox/{case.id}").text
    agent.post(f"/inbox/{case.id}/solved", {"revision": revision})
    assert now(services, case).handover == OWED
    page = agent.get(f"/inbox/{case.id}").text
    assert "Post the public conclusion" in page
    assert draft(services).visibility == "public"
    assert f'id="row-{case.id}"' in agent.get("/inbox?handover=owed").text
    send(agent, page, case)
    assert (now(services, case).handover, now(services, case).state) == (CLOSED, RESOLVED)
    assert "The public conclusion was posted" in agent.get(f"/inbox/{case.id}").text
    assert f'id="row-{case.id}"' not in agent.get("/inbox?handover=owed").text


def test_a_conclusion_is_waived_with_a_reason_alone(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    send(agent, prepare(agent, case, "invitation"), case)
    customer_writes_privately(services, case, "ini")
    agent.post(f"/inbox/{case.id}/solved", {"revision": now(services, case).revision})
    agent.post(
        f"/inbox/{case.id}/waived", {"revision": now(services, case).revision, "reason": " "}
    )
    assert "Write a reason" in agent.get(f"/inbox/{case.id}").text
    reason = "Pelanggan <b>minta</b> dirahasiakan"
    agent.post(
        f"/inbox/{case.id}/waived", {"revision": now(services, case).revision, "reason": reason}
    )
    assert (now(services, case).handover, now(services, case).state) == (CLOSED, RESOLVED)
    assert html.escape(reason) in agent.get(f"/inbox/{case.id}").text


def test_bulk_resolving_names_the_cases_that_owe_a_conclusion(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    send(agent, prepare(agent, case, "invitation"), case)
    customer_writes_privately(services, case, "ini")
    revision = now(services, case).revision
    answer = agent.post("/inbox/bulk", {"action": "resolve", "case": f"{case.id}:{revision}"})
    assert "waive it with a reason" in answer.text
    assert now(services, case).state != RESOLVED


def test_a_refused_invitation_says_why_and_keeps_the_text(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    def refuse(_account: SdkAccount, _target: Target) -> Invitation | Refusal:
        return Refusal(code="none", message={"en": "No private messages.", "id": "Tidak ada."})

    part = services.registry.channels["fake"].channel.replying
    assert part is not None
    change_channel(services, replying=replace(part, invite=refuse))
    page = prepare(agent, case, "invitation", text="tetap di sini")
    assert "No private messages." in page
    assert "tetap di sini" in page


def test_a_promise_goes_out_with_the_acknowledgement_and_starts_its_clock(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    page = prepare(agent, case, "acknowledgement", minutes="120")
    assert "{deadline}" not in page
    assert "WIB" in page
    send(agent, page, case)
    with services.database.read() as session:
        events = {row.what: row for row in session.scalars(select(CaseEventRow))}
    assert {"acknowledged", "promised"} <= set(events)
    until = events["promised"].until
    assert until is not None
    assert timedelta(minutes=115) < until - utcnow() <= timedelta(minutes=120)


def test_until_when_the_platform_takes_an_answer_is_counted_down(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    end = utcnow() + timedelta(hours=3)

    def closes(_account: SdkAccount, _target: Target, _visibility: Visibility) -> datetime | None:
        return end

    part = services.registry.channels["fake"].channel.replying
    assert part is not None
    change_channel(services, replying=replace(part, closes=closes))
    page = agent.get(f"/inbox/{case.id}").text
    assert "The platform takes an answer this way until" in page
    assert end.isoformat() in page


def test_satisfaction_is_asked_by_a_click_and_written_down_by_hand(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    agent.post(f"/inbox/{case.id}/state", {"revision": case.revision, "state": "resolved"})
    send(agent, prepare(agent, case, "satisfaction"), case)
    with services.database.read() as session:
        assert session.scalars(select(Rating.asked_at)).one() is not None
    assert "no answer yet" in agent.get(f"/inbox/{case.id}").text
    agent.post(f"/inbox/{case.id}/rating", {"score": "2", "words": "<i>lambat</i>"})
    page = agent.get(f"/inbox/{case.id}").text
    assert "&lt;i&gt;lambat&lt;/i&gt;" in page
    assert now(services, case).state == "open"
    agent.post(f"/inbox/{case.id}/rating", {"score": "9"})
    assert "A score goes from 1 to 5" in agent.get(f"/inbox/{case.id}").text


def test_steps_that_do_not_exist_are_not_found(agent: Visitor, case: Conversation) -> None:
    form = {"what": "dance", "text": ""}
    assert agent.post(f"/inbox/{case.id}/prepare", form).status_code == 404


def test_private_case_is_taken_into_the_public_one_it_is_about_with_one_click(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        ours = session.get_one(Conversation, case.id)
        ours.last_post_at = utcnow()
        private = make_conversation(
            session, ours.account, ours.author, visibility="private", last_post_at=utcnow()
        )
        make_post(session, private, "ini saya", visibility="private", kind="message")
        revision = ours.revision
    page = agent.get(f"/inbox/{private.id}").text
    assert "It is about that: go on there" in page
    form = {"other": private.id, "revision": revision}
    assert agent.post(f"/inbox/{case.id}/merge", form).location == f"/inbox/{case.id}"
    page = agent.get(f"/inbox/{case.id}").text
    assert "ini saya" in page
    assert "The case goes on in private" in page
    assert "Verify who they are" not in page
    with services.database.write() as session:
        session.get_one(Handover, case.id).by_reference = True
    assert "Verify who they are" in agent.get(f"/inbox/{case.id}").text

"""Clocks on the case and in the list, and what people do to them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_author, make_conversation, make_post
from queries import plan_of
from tanggap.inbox.clocks import clocks
from tanggap.inbox.operation import clock_sweep
from tanggap.inbox.search import search
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.search import Filter
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from visitors import Visitor


def make_case(services: Services, minutes_ago: float, *, answered: bool = False) -> int:
    """Make a case whose customer wrote some time ago."""
    now = utcnow()
    with services.database.write() as session:
        found = session.scalar(select(Conversation).limit(1))
        if found is None:
            make_app(services, session)
        account = found.account if found else make_account(session, services)
        case = make_conversation(session, account, state="waiting" if answered else "open")
        case.priority = 0  # urgent cases count day and night, whatever the hour of this test
        at = now - timedelta(minutes=minutes_ago)
        make_post(session, case, "internet mati", posted_at=at)
        if answered:
            ours = make_author(session)
            make_post(session, case, "Halo Kak", posted_at=now, from_us=True, author_id=ours.id)
        clocks.move(session, {case.id})
        return case.id


def ids(page: str) -> list[int]:
    return [int(id_) for id_ in re.findall(r'id="row-(\d+)"', page)]


def test_row_and_case_say_what_is_due_in_words(agent: Visitor, services: Services) -> None:
    case = make_case(services, 1)
    page = agent.get(f"/inbox/{case}").text
    row, head = page.split('id="conversation-head"')
    assert "9m left" in row or "8m left" in row
    for text in ("Acknowledge", "First answer", "Resolution", "due-calm"):
        assert text in head
    assert "style=" not in page


def test_overdue_case_is_called_so(agent: Visitor, services: Services) -> None:
    case = make_case(services, 125)
    page = agent.get(f"/inbox/{case}").text
    assert "1h 55m over" in page
    assert "due-broken" in page


def test_list_by_what_is_due_next_is_paged_and_filtered(agent: Visitor, services: Services) -> None:
    late, soon, new = (make_case(services, minutes) for minutes in (300, 8, 0))
    waiting = make_case(services, 3, answered=True)
    assert ids(agent.get("/inbox?due=all").text) == [late, soon, new]
    assert ids(agent.get("/inbox?due=broken").text) == [late]
    assert set(ids(agent.get("/inbox?due=1h").text)) == {late, soon, new}
    assert waiting in ids(agent.get("/inbox?state=any").text)
    assert ids(agent.get("/inbox?due=nonsense").text) == ids(agent.get("/inbox").text)


def test_list_without_anything_due_says_so(agent: Visitor, services: Services) -> None:
    assert "Nothing is due" in agent.get("/inbox?due=broken").text


def test_pages_of_what_is_due_follow_each_other(services: Services) -> None:
    made = [make_case(services, minutes) for minutes in range(9, 0, -1)]
    wanted = Filter(state=search.ANY, due_by=utcnow() + timedelta(days=1))
    seen: list[int] = []
    after: Cursor | None = None
    with services.database.read() as session:
        while True:
            page = search.list_conversations(session, wanted, after=after, size=4)
            seen += [row.id for row in page.rows]
            after = page.after
            if after is None:
                break
    assert seen == made


def test_what_is_due_next_is_read_from_an_index(database: Database) -> None:
    wanted = Filter(state=search.ANY, due_by=utcnow())
    with database.read() as session:
        plan = plan_of(session, search.page_query(session, wanted, Cursor(utcnow(), 5), 40))
    assert "ix_conversations_due" in plan, plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


def test_side_bar_counts_what_is_due_within_an_hour(agent: Visitor, services: Services) -> None:
    make_case(services, 5)
    nav = agent.get("/inbox").text.split("Due next</span>")[1].split("</a>")[0]
    assert '<span class="nav-count">1</span>' in nav


def test_promise_pause_and_resume_from_the_case(agent: Visitor, services: Services) -> None:
    case = make_case(services, 1)
    agent.post(f"/inbox/{case}/clocks/promise", {"minutes": "120"})
    assert "Promised update" in agent.get(f"/inbox/{case}").text
    assert agent.post(f"/inbox/{case}/clocks/promise", {"minutes": "7"}).status_code == 404
    agent.post(f"/inbox/{case}/clocks/pause")
    page = agent.get(f"/inbox/{case}").text
    assert re.search(r"Resolution</span>\s+paused, 7h 5\dm left", page)
    assert "Let the clocks run" in page
    agent.post(f"/inbox/{case}/clocks/resume")
    assert "paused," not in agent.get(f"/inbox/{case}").text


def test_waiting_for_the_customer_is_no_pause_that_can_be_ended(
    agent: Visitor, services: Services
) -> None:
    case = make_case(services, 2, answered=True)
    page = agent.get(f"/inbox/{case}").text
    assert "paused," in page
    assert "Let the clocks run" not in page


def test_answer_is_said_to_have_only_acknowledged_and_back(
    agent: Visitor, services: Services
) -> None:
    case = make_case(services, 2, answered=True)
    assert "That only acknowledged" in agent.get(f"/inbox/{case}").text
    agent.post(f"/inbox/{case}/clocks/acknowledged")
    page = agent.get(f"/inbox/{case}").text
    assert "That was the answer after all" in page
    with services.database.read() as session:
        kinds = session.scalars(select(ClockRow.kind).where(ClockRow.met_at.is_(None)))
        assert "first_answer" in set(kinds)
    agent.post(f"/inbox/{case}/clocks/answered")
    assert "That only acknowledged" in agent.get(f"/inbox/{case}").text


@pytest.mark.parametrize("act", ["pause", "resume", "promise", "acknowledged", "answered"])
def test_case_that_does_not_exist_is_said_to_be_missing(agent: Visitor, act: str) -> None:
    answer = agent.post(f"/inbox/4711/clocks/{act}", {"minutes": "60"})
    assert answer.status_code in (404, 303)


def test_case_speaks_indonesian(agent: Visitor, services: Services) -> None:
    case = make_case(services, 125)
    agent.post("/language", {"language": "id"})
    page = agent.get(f"/inbox/{case}?due=all").text
    for text in ("lewat 1 j 55 mnt", "Jawaban pertama", "Tenggat terdekat"):
        assert text in page


def test_bell_says_which_clock_was_missed(agent: Visitor, services: Services) -> None:
    case = make_case(services, 1)
    with services.database.write() as session:
        session.get_one(Conversation, case).assignee_id = agent.user_id
    clock_sweep.notice(services, utcnow() + timedelta(hours=2))
    page = agent.get("/notifications").text
    assert "A target was missed" in page
    assert "First answer" in page

"""The list page: rows, filters, pages, fragments for scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from factories import make_account, make_author, make_conversation, make_post, make_user
from fakes import T0
from queries import counted
from tanggap.inbox.search.search import PAGE_SIZE
from tanggap.inbox.services import Services
from tanggap.store.conversations import RESOLVED, Conversation
from tanggap.store.users import ADMIN
from visitors import Visitor


def test_row_shows_author_text_label_channel_and_that_it_waits(
    agent: Visitor, case: Conversation
) -> None:
    page = agent.get("/inbox").text
    for said in ("Pelanggan", "internet saya mati", "label-question", "Fake", "Waiting for our"):
        assert said in page


def test_front_door_leads_to_the_inbox(agent: Visitor) -> None:
    assert agent.get("/").headers["Location"] == "/inbox"


def test_empty_inbox_tells_an_admin_how_to_begin(app: Flask, services: Services) -> None:
    page = Visitor(app).sign_in(services, ADMIN).get("/inbox").text
    assert "No posts yet" in page
    assert 'href="/admin/accounts"' in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "All caught up"),
        ("assignee=mine", "Nothing waits for you"),
        ("label=praise", "Nothing fits these filters"),
        ("q=zzz", "Search looks for all words in posts"),
        ("state=waiting", "Nothing here"),
    ],
)
def test_every_empty_list_teaches(
    agent: Visitor, services: Services, case: Conversation, query: str, said: str
) -> None:
    with services.database.write() as session:
        session.get_one(Conversation, case.id).state = RESOLVED
        make_conversation(session, session.get_one(Conversation, case.id).account, state="not_ours")
    with services.database.write() as session:
        if not query:  # something is open elsewhere, only not in this team
            make_conversation(session, session.get_one(Conversation, case.id).account)
            query = "team=1"
    assert said in agent.get(f"/inbox?{query}").text


@pytest.mark.parametrize(
    "query",
    [
        "state=x&label=y&language=z&channel=&team=x&assignee=x&after=x",
        "team=99999999999999999999999&assignee=99999999999999999999999",
        "q=%00%22%27%2A%28&after=99999999999999999.999999999999999999",
        "channel=%F0%9F%92%A9",
        "ids=1",
        "label=complaint&label=praise",
    ],
)
def test_nonsense_in_the_address_is_harmless(
    agent: Visitor, case: Conversation, query: str
) -> None:
    assert agent.get(f"/inbox?{query}").status_code == 200
    assert agent.get(f"/inbox/rows?{query}").status_code == 200


def test_list_goes_on_where_the_page_ended(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = session.get_one(Conversation, case.id).account
        author = make_author(session)
        for number in range(PAGE_SIZE):
            at = T0 + timedelta(hours=1, minutes=number)
            make_conversation(session, account, author, last_post_at=at)
    page = agent.get("/inbox").text
    assert page.count('class="row') - page.count('class="rows"') >= PAGE_SIZE
    assert "internet saya mati" not in page
    address = page.split('id="more" href="')[1].split('"')[0].replace("&amp;", "&")
    more = agent.client.get(address, headers={"HX-Request": "true", "HX-Target": "more"}).text
    assert "internet saya mati" in more
    assert "<html" not in more


def test_script_gets_fresh_rows_and_those_that_left_the_list(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = session.get_one(Conversation, case.id).account
        gone = make_conversation(session, account, state=RESOLVED)
    text = agent.get(f"/inbox/rows?ids={case.id},{gone.id},x,").text
    fresh, left = text.split('id="gone-rows"')
    assert f'id="row-{case.id}"' in fresh.split('id="fresh-rows"')[1]
    assert f'id="row-{gone.id}"' in left
    assert "Resolved" in left
    assert 'id="nav"' in text


def test_side_bar_counts(agent: Visitor, services: Services, case: Conversation) -> None:
    agent.post(f"/inbox/{case.id}/claim")
    page = agent.get("/inbox?assignee=mine").text
    mine = page.split("Mine</span>")[1].split("</a>")[0]
    assert '<span class="nav-count">1</span>' in mine
    assert 'aria-current="page"' in page.split("Mine</span>")[0].rsplit("<a", 1)[1]


@pytest.mark.parametrize("size", [1, 30])
def test_page_takes_the_same_number_of_queries_however_long_the_list(
    agent: Visitor, services: Services, case: Conversation, size: int
) -> None:
    with services.database.write() as session:
        account = make_account(session, external_id="other")
        for _ in range(size):
            holder = make_user(session)
            make_conversation(session, account, assignee_id=holder.id)
    with counted(services.database) as statements:
        agent.get("/inbox")
        listing = len([s for s in statements if "SELECT" in s])
        statements.clear()
        agent.get(f"/inbox/{case.id}")
        both = len([s for s in statements if "SELECT" in s])
    assert (listing, both) == (10, 24)


def test_search_marks_what_it_found_and_nothing_a_stranger_wrote_becomes_markup(
    agent: Visitor, services: Services
) -> None:
    with services.database.write() as session:
        author = make_author(session, name="Rita <b>paket</b>", handle="paket_rita")
        case = make_conversation(session, make_account(session, external_id="x"), author)
        make_post(session, case, "<script>alert(1)</script> paket saya \x02hilang\x03")
    for page in ("/inbox?q=paket", f"/inbox/rows?q=paket&ids={case.id}"):
        shown = agent.get(page).text
        assert "<mark>paket</mark> saya " in shown
        assert "Rita &lt;b&gt;<mark>paket</mark>&lt;/b&gt;" in shown
        assert "<script>alert" not in shown


def test_open_case_and_what_is_done_with_it_take_as_many_queries_whatever_its_length(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        account = session.get_one(Conversation, case.id).account
        long = make_conversation(session, account, make_author(session))
        for number in range(30):
            make_post(session, long, f"kiriman {number}", from_us=number % 3 == 1)
        first, short = (make_conversation(session, account, make_author(session)) for _ in "ab")
        for one in (first, short):
            make_post(session, one, "halo")
            make_post(session, one, "baik", from_us=True)
        ids = [one.id for one in (first, short, long)]
    pane = {"HX-Request": "true", "HX-Target": "conversation"}
    taken: list[list[int]] = []
    for id_ in ids:
        with counted(services.database) as statements:
            shown = agent.client.get(f"/inbox/{id_}", headers=pane)
        sent = [len(statements)]
        token = shown.text.split('name="csrf_token" value="')[1].split('"')[0]
        for path in ("claim", "composer"):
            data = {"csrf_token": token, "text": "Baik Kak."}
            with counted(services.database) as statements:
                answer = agent.client.post(f"/inbox/{id_}/{path}", data=data, headers=pane)
            assert answer.status_code == 200
            sent.append(len(statements))
        taken.append(sent)
    # The first case of all pays for what is remembered afterwards.
    assert taken[1] == taken[2]

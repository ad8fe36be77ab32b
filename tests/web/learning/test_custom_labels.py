"""A company's own labels: the whole interface follows the active bundle, old labels stay shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bundles import make_bundle
from factories import make_account, make_conversation, make_post
from fakes import incoming
from tanggap.app import create_app
from tanggap.classifier import LABELS
from tanggap.inbox.operation.checkup import examine
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, open_services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.conversations import Conversation
from tanggap.store.users import AGENT
from tanggap.web import labels as label_words
from visitors import Visitor

THREE = ("refund_request", "delivery", "chatter")
NAMES = {"refund_request": {"id": "Minta uang kembali", "en": "Refund"}}
TWENTY = tuple(f"topic-{number}" for number in range(20))

Open = Callable[..., tuple[Services, Visitor]]


@pytest.fixture
def serve(services: Services, tmp_path: Path) -> Iterator[Open]:
    """Open the inbox on a bundle of these labels, with somebody signed in."""
    opened: list[Services] = []

    def start(labels: tuple[str, ...], **changes: Any) -> tuple[Services, Visitor]:
        words = {f"kata{n}": label for n, label in enumerate(labels)}
        folder = make_bundle(tmp_path / "own", "own-1", labels, words, **changes)
        settings = replace(services.settings, model_dir=str(folder))
        own = open_services(settings, registry=services.registry, http=services.http)
        opened.append(own)
        queue = open_queue(own.settings, own.keys, immediate=True)
        return own, Visitor(create_app(tasks=Tasks(own, queue))).sign_in(own, AGENT)

    yield start
    for one in opened:
        one.close()


def case_of(services: Services, text: str) -> Conversation:
    with services.database.write() as session:
        record_events(session, make_account(session), [incoming("1", text)], source="poll")
    triage_pending(services)
    with services.database.read() as session:
        return session.query(Conversation).one()


def pressed(page: str) -> list[str]:
    return re.findall(r'name="label" value="([^"]+)"[^>]*aria-pressed="true"', page)


def test_three_labels_are_the_filters_the_keys_and_the_badges(serve: Open) -> None:
    own, agent = serve(THREE, label_names=NAMES)
    case = case_of(own, "kata0 min")
    assert case.label == "refund_request"
    page = agent.get(f"/inbox/{case.id}").text
    keys = re.findall(r'name="label" value="([^"]+)" data-key="(\w)"', page)
    assert keys == [("refund_request", "1"), ("delivery", "2"), ("chatter", "3")]
    assert pressed(page) == ["refund_request"]
    options = re.findall(r'<option value="([a-z_]+)">(?:Refund|Delivery|Chatter)<', page)
    assert options == list(THREE)
    assert '<span class="label label-tone-0">Refund</span>' in page
    assert "Complaint" not in page
    assert "<kbd>1</kbd> – <kbd>3</kbd>" in page
    answer = agent.post(f"/inbox/{case.id}/label", {"label": "delivery"})
    assert answer.status_code == 303
    assert pressed(agent.get(f"/inbox/{case.id}").text) == ["delivery"]
    assert agent.post(f"/inbox/{case.id}/label", {"label": "complaint"}).status_code == 404


def test_names_of_labels_come_in_the_readers_language(serve: Open) -> None:
    own, agent = serve(THREE, label_names=NAMES)
    case = case_of(own, "kata0 min")
    agent.post("/language", {"language": "id"})
    page = agent.get(f"/inbox/{case.id}").text
    assert "Minta uang kembali" in page
    assert "Chatter" in page


def test_twenty_labels_have_a_key_each_that_does_nothing_else(serve: Open) -> None:
    own, agent = serve(TWENTY)
    case = case_of(own, "kata13 min")
    assert case.label == "topic-13"
    page = agent.get(f"/inbox/{case.id}").text
    found = re.findall(r'data-key="(.)"', page)
    assert len(found) == len(set(found))
    assert set(label_words.KEYS) <= set(found)
    assert pressed(page) == ["topic-13"]
    assert len(set(re.findall(r"label-choice (label-tone-\d)", page))) == label_words.TONES


def test_label_that_the_active_model_does_not_give_still_shows(serve: Open) -> None:
    own, agent = serve(THREE)
    with own.database.write() as session:
        case = make_conversation(session, make_account(session), label="complaint", confidence=0.9)
        make_post(session, case, "internet mati")
    page = agent.get(f"/inbox/{case.id}?label=complaint").text
    assert 'title="A label of an earlier model' in page
    assert page.count("label-complaint") >= 2
    assert pressed(page) == []
    assert '<option value="complaint" selected>Complaint</option>' in page
    assert "internet mati" in agent.get("/inbox?label=complaint").text
    assert "internet mati" not in agent.get("/inbox?label=delivery").text


@pytest.mark.parametrize("label", ["a" * 65, "a%01b", "%0a", ""])
def test_filter_takes_no_label_that_cannot_be_one(serve: Open, label: str) -> None:
    _, agent = serve(THREE)
    page = agent.get(f"/inbox?label={label}").text
    assert "selected" not in re.sub(r'<option value=""[^>]*>', "", page.split("Label</option>")[1])


def test_hostile_label_is_text(serve: Open) -> None:
    hostile = ('"><script>alert(1)</script>', "{{ 7*7 }}", "none")
    own, agent = serve(hostile)
    case = case_of(own, "kata1")
    page = agent.get(f"/inbox/{case.id}").text
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


def test_doctor_names_rules_whose_labels_the_model_never_gives(serve: Open) -> None:
    own, _ = serve(THREE)
    found = {one.name: one for one in examine(own, lambda: 0)}
    assert found["model"].detail.startswith("version own-1")
    assert found["rule complaint"].level == "problem"
    assert "never 'complaint'" in found["rule complaint"].detail
    assert "rule uncertain" not in found
    own, _ = serve(LABELS)
    found = {one.name: one for one in examine(own, lambda: 0)}
    assert found["rules"].level == "ok"


def test_posts_are_routed_though_the_rules_are_for_other_labels(serve: Open) -> None:
    own, _ = serve(THREE)
    case = case_of(own, "kata1 @ojkindonesia")
    assert (case.label, case.state) == ("delivery", "open")

"""The same complaint on three platforms, in both languages, as the demo's day has it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from factories import make_account, make_author, make_conversation, make_post
from tanggap.app import create_app
from tanggap.classifier import KeywordClassifier
from tanggap.inbox.accounts import channel_apps
from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.inbox.people import people
from tanggap.inbox.services import Services, open_services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.plugins.registry import load
from tanggap.settings import Settings
from tanggap.store.conversations import Conversation
from tanggap.store.posts import TRIAGE_PENDING, Post
from tanggap.store.users import Team
from visitors import Visitor

DAY = Path(__file__).parents[2] / "demo" / "day.jsonl"
CHANNELS = ("twitter", "facebook", "linkedin")
LANGUAGES = ("id", "en")
SAME = {
    (line["channel"], line["lang"]): line
    for line in map(json.loads, DAY.read_text("utf-8").splitlines())
    if line["key"].startswith("same-")
}


@pytest.fixture
def services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The installed channels, the keyword classifier, and the demo's lines in the inbox."""
    monkeypatch.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8))
    opened = open_services(settings, classifier=KeywordClassifier(), registry=load())
    for channel in CHANNELS:
        if channel not in opened.registry.channels:
            pytest.skip(f"the channel {channel} is not installed")
    with opened.database.write() as session:
        ensure_defaults(session)
        for channel in CHANNELS:
            account = make_account(session, opened, channel, external_id=f"brand-{channel}")
            for language in LANGUAGES:
                line = SAME[channel, language]
                author = make_author(session, channel, name=line["author"]["name"])
                case = make_conversation(session, account, author, thread_id=line["key"])
                make_post(session, case, line["text"], triage=TRIAGE_PENDING)
    triage_pending(opened)
    yield opened
    opened.close()


@pytest.fixture
def desk(services: Services) -> Visitor:
    queue = open_queue(services.settings, services.keys, immediate=True)
    return Visitor(create_app(tasks=Tasks(services, queue))).sign_in(services)


def case(services: Services, channel: str, language: str) -> Conversation:
    with services.database.read() as session:
        key = SAME[channel, language]["key"]
        found = session.scalars(select(Conversation).where(Conversation.thread_id == key)).one()
        assert found.team is not None
        return found


def first_answer(desk: Visitor, conversation_id: int) -> str:
    page = desk.get(f"/inbox/{conversation_id}/answers?visibility=public").text
    found = re.search(r'data-answer="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def measured(desk: Visitor, conversation_id: int, text: str) -> list[dict[str, Any]]:
    answer = desk.post(f"/inbox/{conversation_id}/measure", {"text": text})
    assert answer.json is not None
    return list(answer.json["findings"])


def test_the_day_has_the_same_complaint_on_every_platform_in_both_languages() -> None:
    assert set(SAME) == {(channel, language) for channel in CHANNELS for language in LANGUAGES}
    for language in LANGUAGES:
        plain = {SAME[c, language]["text"].removeprefix("@nusakirim ").lower() for c in CHANNELS}
        assert len(plain) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_place_it_differently_on_each_platform(services: Services, language: str) -> None:
    cases = [case(services, channel, language) for channel in CHANNELS]
    assert all(one.label == "complaint" for one in cases)
    places = {(one.team.key if one.team else "", one.priority_name) for one in cases}
    assert len(places) == len(CHANNELS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_suggested_answers_differ_and_each_fits_its_own_tone(
    desk: Visitor, services: Services, language: str
) -> None:
    answers = {}
    for channel in CHANNELS:
        found = case(services, channel, language)
        answers[channel] = first_answer(desk, found.id)
        filled = re.sub(r"\{deadline\}", "17.00", answers[channel])
        filled = re.sub(r"\{[a-z]+\}", "pengiriman", filled)
        codes = {one["code"] for one in measured(desk, found.id, filled)}
        assert not codes & {"too_casual", "too_formal", "wrong_address"}, answers[channel]
    assert len(set(answers.values())) == len(CHANNELS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_draft_for_x_is_refused_on_linkedin_with_reasons(
    desk: Visitor, services: Services, language: str
) -> None:
    quick, formal = case(services, "twitter", language), case(services, "linkedin", language)
    set_up_app(services)
    with services.database.read() as session:
        sales = session.scalars(select(Team).where(Team.key == "sales")).one()
        seen = session.scalars(select(Post.id).where(Post.conversation_id == formal.id)).one()
    stops = [*sales.blocking, "too_casual", "wrong_address"]
    saved = desk.post(f"/admin/tone/teams/{sales.id}", {"code": stops, "forbidden": ""})
    assert saved.status_code == 303
    draft = re.sub(r"\{[a-z]+\}", "17.00", first_answer(desk, quick.id))
    draft = f"{draft} {'Makasih ya kak!' if language == 'id' else 'Thanks mate, gonna fix it!'}"
    codes = {one["code"] for one in measured(desk, formal.id, draft)}
    assert codes & {"too_casual", "wrong_address"}
    answer = desk.post(
        f"/inbox/{formal.id}/reply",
        {"text": draft, "visibility": "public", "seen_post_id": seen, "key": "once"},
    )
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert "Too casual for this account" in page or "This account does not say" in page


def set_up_app(services: Services) -> None:
    """Set up the developer app of LinkedIn, without which nothing can be sent there."""
    values = {"client_id": "id", "client_secret": "secret"}
    with services.database.write() as session:
        states = channel_apps.form_state(services, session, "linkedin")
    known = {state.field.name for state in states}
    channel_apps.save_app(
        services,
        "linkedin",
        {name: values.get(name, "") for name in known},
        user_id=None,
    )

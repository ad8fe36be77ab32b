from __future__ import annotations

from typing import Any

import pytest

from tanggap.rules import (
    AuthorFacts,
    ConversationFacts,
    EngagementFacts,
    Facts,
    Routing,
    dump_rules,
    evaluate,
    load_default_rules,
    load_rules,
)
from tanggap.rules.defaults import load_default_rules as uncached


def route(text: str = "…", label: str = "complaint", **values: Any) -> Routing:
    base: dict[str, Any] = {
        "confidence": 0.9,
        "certain": True,
        "language": "id",
        "channel": "twitter",
    }
    outcome = evaluate(load_default_rules(), Facts(**base | values, label=label, text=text))
    assert not any(run.error for run in outcome.runs)
    return outcome.routing


def test_the_default_set_reads_back_and_names_its_teams() -> None:
    rules = uncached()
    assert load_rules(dump_rules(rules)) == rules
    assert {team.key for team in rules.teams} == {
        *("care", "compliance", "marketing", "sales", "triage")
    }
    assert all(rule.name.id and rule.name.en for rule in rules.rules)


@pytest.mark.parametrize(
    ("channel", "team", "priority", "tags"),
    [
        ("twitter", "care", "high", ()),
        ("facebook", "care", "normal", ()),
        ("linkedin", "sales", "high", ("b2b",)),
        ("forum", "care", "normal", ()),
    ],
)
def test_the_same_complaint_goes_its_own_way_on_each_platform(
    channel: str, team: str, priority: str, tags: tuple[str, ...]
) -> None:
    routing = route("Sudah dua minggu belum sampai", channel=channel)
    assert (routing.team, routing.priority, tuple(routing.tags)) == (team, priority, tags)
    english = route("Two weeks and still not here", channel=channel, language="en")
    assert tuple(english.tags) == (*tags, "en")
    assert (english.team, english.priority) == (team, priority)


@pytest.mark.parametrize(
    "text",
    [
        "Saldo hilang, saya lapor @ojkindonesia!",
        "saldo hilang, besok saya ke OJK",
        "Dana saya ditahan. Saya adukan ke BI",
        "I will report to BI if this goes on",
        "cc @YLKI_ID @BPKN_RI",
        "tolong ombudsman turun tangan",
        "blokir saja @kemkomdigi",
        "produk ini tidak ada izin BPOM?",
        "monopoli, lapor KPPU",
        "sudah saya tulis di lapor.go.id",
        "cc @LAPOR1708",
        "Ｏ\u200bＪＫ",
    ],
)
def test_a_regulator_in_the_post_means_compliance_at_once(text: str) -> None:
    routing = route(text)
    assert (routing.team, routing.priority) == ("compliance", "urgent")
    assert tuple(routing.tags) == ("regulator",)


@pytest.mark.parametrize(
    "text",
    [
        "mau lapor, internet mati",
        "BI checking itu apa?",
        "bi, tolong dong",
        "saya mau laporkan gangguan",
        "projek saya gagal",
        "balapor.go.id.example",
        "tidak sesuai aplikasi, lapor jam berapa datang jam berapa",
    ],
)
def test_common_words_are_no_regulators(text: str) -> None:
    assert route(text).team == "care"


def test_news_about_a_regulator_is_not_ours_but_a_tagged_one_is() -> None:
    assert route("OJK umumkan aturan baru", label="none").not_ours
    assert route("info dari @ojkindonesia", label="none").team == "compliance"
    assert route("OJK umumkan", label="none", certain=False).team == "compliance"


def test_reported_mentions_count_without_text() -> None:
    assert route("tolong", mentions=["OJKIndonesia"]).team == "compliance"


@pytest.mark.parametrize(
    "author", [AuthorFacts(verified=True), AuthorFacts(followers=10_000), AuthorFacts()]
)
def test_influential_authors_make_a_complaint_urgent(author: AuthorFacts) -> None:
    urgent = author != AuthorFacts()
    routing = route(author=author)
    assert routing.priority == ("urgent" if urgent else "high")
    assert ("influencer" in routing.tags) is urgent
    assert route(label="praise", author=author).priority == "low"


def test_a_complaint_that_spreads_is_urgent_even_when_uncertain() -> None:
    routing = route(certain=False, engagement=EngagementFacts(reposts=25))
    assert (routing.team, routing.priority, routing.needs_human) == ("triage", "urgent", True)
    assert tuple(routing.tags) == ("viral",)


def test_uncertain_posts_go_to_people_first() -> None:
    routing = route(label="none", certain=False)
    assert (routing.team, routing.needs_human, routing.not_ours) == ("triage", True, False)
    assert routing.reasons == ("uncertain",)


def test_certain_none_is_not_ours() -> None:
    routing = route(label="none")
    assert (routing.not_ours, routing.team, routing.reasons) == (True, None, ("not-ours",))


@pytest.mark.parametrize(
    ("label", "channel", "team", "priority"),
    [
        ("praise", "linkedin", "marketing", "low"),
        ("praise", "twitter", "marketing", "low"),
        ("question", "linkedin", "sales", "normal"),
        ("question", "twitter", "care", "normal"),
        ("feedback", "facebook", "care", "low"),
    ],
)
def test_other_tags_find_their_team(label: str, channel: str, team: str, priority: str) -> None:
    routing = route(label=label, channel=channel)
    assert (routing.team, routing.priority) == (team, priority)


def test_private_messages_on_facebook_are_answered_quickly() -> None:
    routing = route(label="question", channel="facebook", visibility="private", kind="message")
    assert (routing.team, routing.priority) == ("care", "high")


def test_a_case_that_opens_again_is_raised() -> None:
    again = ConversationFacts(state="open", posts=4, reopened=True)
    assert route(label="question", conversation=again).priority == "high"
    assert route(label="praise", conversation=again).priority == "low"

"""The written day of the demo: well-formed, lively enough, and playable on every simulator."""

from __future__ import annotations

import json
from collections import Counter
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder

DAY = Path(__file__).parents[2] / "demo" / "day.jsonl"
LINES: list[dict[str, Any]] = [json.loads(line) for line in DAY.read_text("utf-8").splitlines()]
POSTS = [line for line in LINES if "action" not in line]
ACTIONS = [line for line in LINES if "action" in line]
WRITTEN_TO_US = [post for post in POSTS if post["author"]["handle"] != "brand"]
CHANNELS = ("twitter", "facebook", "linkedin")
# the forum has a few posts, to show a channel that is connected by typed values
PLAYED = (*CHANNELS, "discourse")
LABELS = ("complaint", "question", "feedback", "praise", "none")
KINDS = {"post", "mention", "comment", "reply", "quote", "repost", "review", "message"}
NEEDS_PARENT = {"comment", "reply", "quote", "repost"}
POST_FIELDS = {"at", "channel", "key", "author", "kind", "text", "lang", "expect"}
AUTHOR_FIELDS = {"handle", "name", "followers", "verified"}


def test_every_post_has_exactly_the_documented_fields() -> None:
    for post in POSTS:
        assert post.keys() - {"in_reply_to", "pictures"} == POST_FIELDS, post
        assert "handle" in post["author"], post
        assert post["author"].keys() <= AUTHOR_FIELDS, post
        assert post["channel"] in PLAYED, post
        assert post["kind"] in KINDS, post
        assert post["expect"] in LABELS, post
        assert post["lang"] in {"id", "en", "mixed", "other"}, post
        assert post["text"].strip(), post


def test_actions_name_what_they_need() -> None:
    needed = {"edit": {"text"}, "delete": set(), "metrics": {"metrics"}}
    for action in ACTIONS:
        rest = action.keys() - {"at", "channel", "key", "action"}
        assert rest == needed[action["action"]], action
    assert {action["action"] for action in ACTIONS} == set(needed)


def test_lines_stand_in_the_order_of_the_day() -> None:
    times = [time.fromisoformat(line["at"]) for line in LINES]
    assert times == sorted(times)


def test_keys_are_unique_and_every_reference_points_back_within_its_channel() -> None:
    seen: dict[str, str] = {}
    for line in LINES:
        if "action" in line:
            assert seen.get(line["key"]) == line["channel"], line
            continue
        assert line["key"] not in seen, line
        if "in_reply_to" in line:
            assert seen.get(line["in_reply_to"]) == line["channel"], line
        assert line["kind"] not in NEEDS_PARENT or "in_reply_to" in line, line
        seen[line["key"]] = line["channel"]


def test_customers_write_at_least_150_posts_and_every_label_comes_on_every_channel() -> None:
    assert len(WRITTEN_TO_US) >= 150
    counts = Counter((post["channel"], post["expect"]) for post in WRITTEN_TO_US)
    thin = [(c, label) for c in CHANNELS for label in LABELS if counts[c, label] < 5]
    assert thin == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_both_languages_come_on_every_channel(channel: str) -> None:
    languages = Counter(post["lang"] for post in WRITTEN_TO_US if post["channel"] == channel)
    assert languages["id"] >= 10
    assert languages["en"] >= 5


def test_one_author_looks_the_same_all_day() -> None:
    known: dict[tuple[str, str], Any] = {}
    for post in POSTS:
        author = post["author"]
        assert known.setdefault((post["channel"], author["handle"]), author) == author


def test_outage_piles_up_and_regulators_are_tagged() -> None:
    outage = [p for p in WRITTEN_TO_US if "10:15:00" <= p["at"] < "11:30:00"]
    complaints = Counter(p["channel"] for p in outage if p["expect"] == "complaint")
    assert sum(complaints.values()) >= 30
    assert set(complaints) == set(CHANNELS)
    said = " ".join(p["text"] for p in POSTS)
    for handle in ("@ojkindonesia", "@BankIndonesia", "@YLKI_ID", "@OmbudsmanRI137", "@kemkomdigi"):
        assert handle in said
    assert any(p["author"].get("verified") and p["author"]["followers"] > 100_000 for p in outage)


def test_posts_on_x_mention_the_company_and_fit() -> None:
    for post in POSTS:
        if post["channel"] == "twitter":
            assert len(post["text"]) <= 280, post
            told = post["kind"] == "message" or post["author"]["handle"] == "brand"
            assert told or "@nusakirim" in post["text"], post


@pytest.mark.parametrize("channel", PLAYED)
def test_whole_day_plays_on_the_simulated_platform(channel: str) -> None:
    simulator = pytest.importorskip(f"tanggap_{channel}.simulator")
    platform = simulator.create("http://127.0.0.1")
    client = Client(platform)
    for line in LINES:
        if line["channel"] == channel:
            answer = client.open(_call(line))
            assert answer.status_code < 300, (line, answer.text)
    published = client.get("/_control/posts").get_json()["posts"]
    assert len(published) == sum(post["channel"] == channel for post in POSTS)
    platform.close()


def _call(line: dict[str, Any]) -> EnvironBuilder:
    """Turn a line into the control call that plays it."""
    post = f"/_control/posts/{line['key']}"
    match line.get("action"):
        case None:
            script = {name: value for name, value in line.items() if name != "at"}
            return EnvironBuilder("/_control/posts", method="POST", json=script)
        case "edit":
            return EnvironBuilder(f"{post}/edit", method="POST", json={"text": line["text"]})
        case "metrics":
            return EnvironBuilder(f"{post}/metrics", method="POST", json=line["metrics"])
        case _:
            return EnvironBuilder(post, method="DELETE")

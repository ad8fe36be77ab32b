"""What the contract kit is made of: damage, fuzzing, what fixtures are read as, clients."""

from __future__ import annotations

import json
import random
import shutil
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tanggap_echo import tanggap_channels

from tanggap.sdk import (
    Ignored,
    IncomingPost,
    PostDeleted,
    Unavailable,
    Unreadable,
    WebhookRequest,
    read_json,
)
from tanggap.sdk.errors import InvalidPayload
from tanggap.sdk.testing import (
    Answer,
    Clock,
    FakeHttp,
    HostWatch,
    LoopbackHttp,
    golden,
    make_account,
    make_app,
    read_fixtures,
    reply_to,
    strategies,
    target_of,
    wrong_values,
)
from tanggap.sdk.testing import fuzz as fuzzing
from tanggap.sdk.testing.fixtures import as_json
from tanggap.sdk.testing.http import covers
from tanggap.sdk.testing.mutations import corrupt, encode, mutants, mutate, places

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parents[2] / "docs" / "examples" / "tanggap_echo" / "tests" / "fixtures"
(ECHO,) = tanggap_channels()
POST = IncomingPost(
    account_id="7", external_id="1", author_id="8", text="Halo", posted_at=NOON, thread_id="1"
)


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES, tmp_path / "tests" / "fixtures"))


def test_every_place_is_damaged_in_every_way() -> None:
    value = {"a": [1, {"b": "x"}], "c": None}
    assert len(list(places(value))) == 6
    done = dict(mutants(value))
    assert "a.1.b is missing" in done
    assert done["a.1.b is missing"]() == {"a": [1, {}], "c": None}
    assert done["a = None"]() == {"a": None, "c": None}
    assert value == {"a": [1, {"b": "x"}], "c": None}


def test_what_json_cannot_say_is_written_all_the_same() -> None:
    body = encode(dict(mutants({"id": 1}))["id = '@endless-number@'"]())
    assert len(body) > 5000
    with pytest.raises(InvalidPayload):
        read_json(body)
    assert b"\\ud800" in encode("\ud800")


def test_damage_is_the_same_for_the_same_seed() -> None:
    value = json.loads((FIXTURES / "entry_created.json").read_text("utf-8"))
    one, other = (
        [encode(mutate(rng, value)) for _ in range(50)] for rng in map(random.Random, (3, 3))
    )
    assert one == other
    assert corrupt(random.Random(3), b"abc" * 50) == corrupt(random.Random(3), b"abc" * 50)


def test_fuzzing_a_sound_parser_finds_nothing() -> None:
    report = fuzzing.fuzz(ECHO, read_fixtures(FIXTURES), 2000)
    assert report.findings == {}
    assert (report.payloads, report.read + report.refused) == (2000, 2000)
    assert min(report.read, report.refused) > 100


def test_fuzzing_finds_what_breaks_counts_it_once_and_shows_a_body() -> None:
    assert ECHO.webhook
    parse = ECHO.webhook.parse

    def careless(request: WebhookRequest) -> Any:
        events = parse(request)
        for event in events:
            if isinstance(event, IncomingPost) and "a" not in event.text:
                raise ZeroDivisionError
        return events

    broken = replace(ECHO, webhook=replace(ECHO.webhook, parse=careless))
    report = fuzzing.fuzz(broken, read_fixtures(FIXTURES), 5000)
    (finding,) = report.findings.values()
    assert "ZeroDivisionError" in finding.what
    assert finding.times > 1
    with pytest.raises(ZeroDivisionError):
        careless(finding.example)


def test_fuzzing_from_the_command_line_prints_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzzing.main(["tanggap_echo", "-n", "200", "--seed", "2"]) == 0
    assert "tanggap_echo: 200 payloads from 6 fixtures" in capsys.readouterr().out


def test_readings_are_written_down_and_compared(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["tanggap_echo", "--fixtures", str(fixtures)]
    assert golden.main(arguments) == 1
    assert golden.main([*arguments, "--update"]) == 0
    assert golden.main(arguments) == 0
    body = json.loads((fixtures / "entry_created.json").read_text("utf-8"))
    body["entry"]["text"] = "lain"
    (fixtures / "entry_created.json").write_text(json.dumps(body), "utf-8")
    assert golden.main(arguments) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 different: entry_created"


def test_fixture_brings_its_headers_and_query(fixtures: Path) -> None:
    (fixtures / "entry_read.headers").write_text("X-Event:  read \n?user=17\n\n", "utf-8")
    (found,) = [one for one in read_fixtures(fixtures) if one.name == "entry_read"]
    request = found.request(b"{}")
    assert (request.headers, request.query, request.body) == (
        {"x-event": "read"},
        {"user": "17"},
        b"{}",
    )


def test_folder_without_fixtures_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no fixture"):
        read_fixtures(tmp_path)


def test_time_that_a_parser_took_itself_is_now() -> None:
    event = PostDeleted(account_id="7", external_id="1", deleted_at=datetime.now(UTC))
    assert as_json(event)["deleted_at"] == "now"
    assert as_json(replace(event, deleted_at=NOON))["deleted_at"] == "2026-11-02T12:00:00+00:00"


@pytest.mark.parametrize(
    "event",
    [
        {"event": "x"},
        replace(POST, external_id=""),
        replace(POST, posted_at=NOON.replace(tzinfo=None)),
        replace(POST, posted_at=NOON.astimezone(timezone(timedelta(hours=7)))),
        replace(POST, text=None),  # type: ignore[arg-type]
        replace(POST, author_followers=True),
        replace(POST, author_followers="12"),  # type: ignore[arg-type]
        replace(POST, kind="shout"),  # type: ignore[arg-type]
        replace(POST, mentions="rita"),
        replace(POST, mentions=(7,)),  # type: ignore[arg-type]
        replace(POST, metrics={"likes": "7"}),  # type: ignore[dict-item]
        replace(POST, attachments=[None]),  # type: ignore[list-item]
        replace(POST, in_reply_to="1"),
        Unreadable(path="", reason="x"),
    ],
)
def test_event_that_does_not_keep_its_promises_is_told(event: object) -> None:
    assert len(wrong_values(event)) == 1


def test_sound_events_are_sound() -> None:
    for event in (POST, Ignored(event=""), replace(POST, text="", author_followers=None)):
        assert wrong_values(event) == []


def test_scripted_answers_come_in_turn_and_then_always_the_last() -> None:
    http = FakeHttp({"a": 1}, Answer(404, "no"), Unavailable("cut", reached=False), always=[])
    assert http.request("GET", "https://a.example", params={"b": "c"}).json() == {"a": 1}
    assert http.request("GET", "https://a.example").status_code == 404
    with pytest.raises(Unavailable):
        http.request("GET", "https://a.example")
    assert [http.request("GET", "https://a.example").json() for _ in range(2)] == [[], []]
    assert http.calls[0] == {"method": "GET", "url": "https://a.example", "params": {"b": "c"}}


def test_undeclared_hosts_are_noted() -> None:
    http = HostWatch(FakeHttp(always={}), ["api.example.com", "*.cdn.example"])
    for url in ("https://API.example.com/x", "https://a.cdn.example", "https://evil.example"):
        http.request("GET", url)
    assert http.strangers == {"evil.example"}


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("a.example", "a.example", True),
        ("a.example", "b.a.example", False),
        ("*.a.example", "b.a.example", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", "nota.example", False),
    ],
)
def test_hosts_are_covered_as_the_core_does_it(pattern: str, host: str, covered: bool) -> None:
    assert covers(pattern, host) is covered


def test_nobody_at_home_is_certainly_not_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = LoopbackHttp()
    with pytest.raises(Unavailable) as caught:
        client.request("GET", f"http://127.0.0.1:{port}/")
    assert not caught.value.reached
    client.close()


def test_made_values_fit_the_channel() -> None:
    app = make_app(ECHO, signing_secret="s3cret")
    assert app.secrets == {"signing_secret": "s3cret"}
    assert app.config == {"api_url": "https://api.echo.example"}
    assert make_account(ECHO, "9").external_id == "9"
    assert reply_to(POST, "Baik").idempotency_key == reply_to(POST, "Baik").idempotency_key
    assert reply_to(POST, "Baik").idempotency_key != reply_to(POST, "Ya").idempotency_key
    assert target_of(replace(POST, author_id="7")).by_us


def test_clock_stands_until_it_is_told_to_go_on() -> None:
    clock = Clock()
    assert clock() == clock()
    assert clock.tick(timedelta(hours=1)) - NOON == timedelta(hours=1)


@given(strategies.json_values(), strategies.hostile_text(50), strategies.words())
def test_strategies_give_what_parsers_must_bear(value: object, text: str, words: str) -> None:
    encode({"value": value, "text": text})
    words.encode()
    assert len(text) <= 50


@given(strategies.mutations_of({"a": {"b": [1, 2]}}))
def test_mutation_changes_one_place(value: object) -> None:
    encode(value)

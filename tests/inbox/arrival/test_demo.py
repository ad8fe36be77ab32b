"""The written day is playable, and plays as written."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from threading import Event

import httpx
import pytest

from tanggap.inbox.arrival import demo
from tanggap.inbox.arrival.demo import Progress, ScriptError, read_script

DAY = Path(__file__).parents[3] / "demo" / "day.jsonl"


def post(key: str, at: str, **values: object) -> dict[str, object]:
    author = {"handle": "rita", "name": "Rita"}
    return {"at": at, "channel": "x", "key": key, "author": author, "text": "halo", **values}


def script(folder: Path, *lines: object) -> Path:
    path = folder / "day.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    return path


def test_steps_are_sorted_by_the_clock(tmp_path: Path) -> None:
    path = script(tmp_path, post("b", "09:00:00"), post("a", "08:59:59"))
    assert [step.key for step in read_script(path)] == ["a", "b"]


@pytest.mark.parametrize(
    "line", [{}, [], {"at": "8"}, {"at": "08:00:00", "channel": "x"}, post("a", "morning")]
)
def test_line_that_cannot_be_played_is_named(tmp_path: Path, line: object) -> None:
    with pytest.raises(ScriptError, match=r"day\.jsonl, line 1"):
        read_script(script(tmp_path, line))


def test_day_is_played_on_every_simulator_without_a_refusal() -> None:
    steps = read_script(DAY)
    seen: list[int] = []
    with demo.running_simulators() as simulators, httpx.Client(trust_env=False) as client:
        addresses = {key: platform.base_url for key, platform in simulators.items()}
        progress = demo.play(
            steps,
            addresses,
            speed=demo.AS_FAST_AS_POSSIBLE,
            stop=Event(),
            tell=lambda now: seen.append(now.done),
        )
        written = Counter(
            {
                key: len(client.get(f"{url}/_control/posts").json()["posts"])
                for key, url in addresses.items()
            }
        )
    assert progress.failed == {}
    assert seen == list(range(1, progress.total + 1))
    assert written == demo.counts([step for step in steps if step.channel in addresses])


def test_day_stops_when_it_is_told_to_and_skips_platforms_that_are_away() -> None:
    stop = Event()
    stop.set()
    steps = read_script(DAY)
    ended = demo.play(
        steps, {"linkedin": "http://127.0.0.1:9"}, speed=1, stop=stop, tell=lambda _now: None
    )
    assert (ended.done, ended.total) == (0, sum(step.channel == "linkedin" for step in steps))
    none = demo.play(steps, {}, speed=1, stop=Event(), tell=lambda _now: None)
    assert none == Progress()

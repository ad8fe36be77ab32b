"""A written day on simulated platforms, played faster than the clock."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from threading import Event
from typing import Any, Literal

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.inbox.arrival.importing import count_waiting
from tanggap.sdk.simulator import SimulatedPlatform, running
from tanggap.store.accounts import Account
from tanggap.store.deliveries import PENDING, Delivery
from tanggap.store.posts import Post, VerdictRow
from tanggap.store.replies import SENT, ReplyRow

SIMULATORS = "tanggap.simulators"
AS_FAST_AS_POSSIBLE = math.inf
_SCRIPT_KEYS = ("key", "author", "text", "kind", "in_reply_to", "account", "pictures")

Action = Literal["post", "edit", "delete", "metrics"]


class ScriptError(TanggapError):
    """A line of a script cannot be played; the message names it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens on one platform, `at` this time of the day."""

    at: timedelta
    channel: str
    key: str
    action: Action
    values: Mapping[str, Any]


@dataclass(slots=True)
class Progress:
    """How far the day is; `failed` holds what a simulator refused, by step key."""

    done: int = 0
    posts: int = 0
    total: int = 0
    at: timedelta = timedelta()
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """What the inbox holds: customers' posts by channel, labels, work left, replies sent."""

    posts: Counter[str]
    labels: Counter[str]
    waiting: int
    sent: int


@contextmanager
def running_simulators() -> Iterator[dict[str, SimulatedPlatform]]:
    """Run the installed simulators on free loopback ports, by channel key."""
    with ExitStack() as stack:
        yield {
            point.name: stack.enter_context(running(point.load()))
            for point in sorted(entry_points(group=SIMULATORS), key=lambda point: point.name)
        }


def read_script(path: Path) -> list[Step]:
    """Read a script of JSON lines, each with `at`, `channel`, `key` and what happens."""
    steps = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            steps.append(_step(json.loads(line)))
        except (KeyError, TypeError, ValueError) as error:
            raise ScriptError(f"{path.name}, line {number} cannot be played: {error!r}") from error
    return sorted(steps, key=lambda step: step.at)


def _step(line: dict[str, Any]) -> Step:
    hours, minutes, seconds = (int(part) for part in line["at"].split(":"))
    action: Action = line.get("action", "post")
    if action == "post":
        values = {name: line[name] for name in _SCRIPT_KEYS if name in line}
    elif action == "metrics":
        values = line["metrics"]
    else:
        values = {"text": line["text"]} if action == "edit" else {}
    at = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return Step(at, line["channel"], line["key"], action, values)


def counts(steps: Sequence[Step]) -> Counter[str]:
    """Count the posts of a script by channel."""
    return Counter(step.channel for step in steps if step.action == "post")


def tally(session: Session) -> Tally:
    """Count what is in the inbox now."""
    posts = session.execute(
        select(Account.channel, func.count())
        .join(Post, Post.account_id == Account.id)
        .where(Post.conversation_id.is_not(None), Post.from_us.is_(False))
        .group_by(Account.channel)
    )
    labels = session.execute(select(VerdictRow.label, func.count()).group_by(VerdictRow.label))
    sent = select(func.count()).select_from(ReplyRow).where(ReplyRow.state == SENT)
    raw = select(func.count()).select_from(Delivery).where(Delivery.state == PENDING)
    return Tally(
        Counter(dict(posts.all())),
        Counter(dict(labels.all())),
        count_waiting(session) + (session.scalar(raw) or 0),
        session.scalar(sent) or 0,
    )


def play(
    steps: Sequence[Step],
    addresses: Mapping[str, str],
    *,
    speed: float,
    stop: Event,
    tell: Callable[[Progress], None],
) -> Progress:
    """Play the steps at `speed` times the clock until they are over or `stop` is set.

    A step that a simulator refuses is noted, and the day goes on.
    """
    steps = [step for step in steps if step.channel in addresses]
    progress = Progress(total=len(steps))
    before = steps[0].at if steps else timedelta()
    with httpx.Client(timeout=30, trust_env=False) as client:
        for step in steps:
            if stop.wait((step.at - before).total_seconds() / speed):
                return progress
            before = step.at
            refusal = _perform(client, addresses[step.channel], step)
            if refusal:
                progress.failed[step.key] = refusal
            progress.done += 1
            progress.posts += step.action == "post"
            progress.at = step.at
            tell(progress)
        for address in addresses.values():
            client.post(f"{address}/_control/flush", timeout=None)
    return progress


def _perform(client: httpx.Client, address: str, step: Step) -> str:
    """Carry a step out over the control routes; returns why it was refused, or nothing."""
    posts = f"{address}/_control/posts"
    if step.action == "post":
        answer = client.post(posts, json=dict(step.values))
    elif step.action == "delete":
        answer = client.delete(f"{posts}/{step.key}")
    else:
        answer = client.post(f"{posts}/{step.key}/{step.action}", json=dict(step.values))
    return "" if answer.is_success else f"{answer.status_code}: {answer.text[:200]}"

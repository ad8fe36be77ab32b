"""A company's history of any size, written in bulk: authors, conversations, posts and verdicts."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from rig.bulk import bulk
from rig.load import texts
from tanggap.inbox.clean import snippet
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS, OPEN, RESOLVED, WAITING, Conversation
from tanggap.store.db import Database
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_NONE, Author, Post, VerdictRow
from tanggap.store.rules import RuleRun
from tanggap.store.secrets import Vault
from tanggap.store.users import Team, User

AGENTS = 40
BACKLOG = 1_000
"""The newest conversations, which nobody has taken yet."""

YEARS = timedelta(days=730)
LABELS = ("complaint", "question", "feedback", "praise", "none")
CHANNELS = ("twitter", "facebook", "linkedin")
# Of a hundred conversations, how many stand in which state: nearly all are done with.
STATES = (OPEN,) * 6 + (WAITING,) * 4 + (NOT_OURS,) * 15 + (RESOLVED,) * 75
FIRST = ("Rita", "Budi", "Siti", "Agus", "Dewi", "Joko", "Maya", "Tono", "Wayan", "Grace")
LAST = ("Budiman", "Santoso", "Lestari", "Wijaya", "Hidayat", "Putri", "Siregar", "Halim")


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is; posts are spread unevenly over the conversations."""

    conversations: int
    posts: int


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation to write: its number is its id."""

    id: int
    author_id: int
    posts: int
    ended: datetime
    state: str
    label: str
    language: str


def seed(database: Database, vault: Vault, size: Size) -> None:
    """Write it all, and tell how far it is; the tables are empty but for teams and rules."""
    _people(database, vault)
    authors = max(size.conversations * 6 // 10, 1)
    cases = _cases(size, authors)
    with database.read() as session:
        teams = list(session.scalars(select(Team.id)))
    posts, inbound = sum(case.posts for case in cases), sum(1 for _ in _inbound(cases))
    written = (
        (Author, _authors(authors), authors),
        (Conversation, _conversations(cases, teams), len(cases)),
        (Post, _posts(cases, texts(20_000)), posts),
        (VerdictRow, _verdicts(cases), inbound),
        (RuleRun, _rule_runs(cases), inbound),
    )
    with Steps() as steps, bulk(database, [model for model, *_ in written], steps.begin) as into:
        for model, rows, total in written:
            steps.begin(f"{total:,} {model.__tablename__}")
            into.write(model, rows)
    if not database.is_sqlite:
        _settle(database)


class Steps:
    """Prints what is being done and how long it took; lines, since nobody may be watching."""

    def __init__(self) -> None:
        self._begun: float | None = None

    def __enter__(self) -> Steps:
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the last step."""
        self._end()

    def begin(self, name: str) -> None:
        """End the step before and begin this one."""
        self._end()
        self._begun = time.perf_counter()
        print(f"  {name} ...", end="", flush=True)

    def _end(self) -> None:
        if self._begun is not None:
            print(f" {time.perf_counter() - self._begun:.1f} s", flush=True)
        self._begun = None


def _settle(database: Database) -> None:
    """Let numbers go on after those that rows brought along, and statistics be as in life."""
    with database.write() as session:
        for model in (Account, User, Author, Conversation, Post):
            name = model.__tablename__
            newest = session.scalar(select(func.max(model.id)))
            session.execute(select(func.setval(f"{name}_id_seq", newest)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def _people(database: Database, vault: Vault) -> None:
    with database.write() as session:
        for number, channel in enumerate(CHANNELS, 1):
            session.add(ChannelApp(channel=channel, config={}, sealed_secrets=vault.seal({})))
            account = Account(id=number, channel=channel, external_id="1", name="Kita", handle="k")
            account.sealed_token = vault.seal({"access_token": "a"})
            session.add(account)
        for number in range(1, AGENTS + 1):
            initials = f"{chr(65 + number // 26)}{chr(65 + number % 26)}"
            agent = User(id=number, email=f"a{number}@x.example", name=f"Agen {number}")
            agent.initials, agent.password_hash = initials, "none"
            session.add(agent)


def _cases(size: Size, authors: int) -> Sequence[Case]:
    """Spread posts as they are spread in life: most conversations are short, a few are long."""
    dice, now = random.Random(2), utcnow()
    weights = [dice.paretovariate(1.2) for _ in range(size.conversations)]
    scale = size.posts / sum(min(weight, 60) for weight in weights)
    return [
        Case(
            id=number,
            author_id=dice.randrange(authors) + 1,
            posts=max(round(min(weight, 60) * scale), 1),
            ended=now - YEARS * (1 - number / size.conversations),
            state=OPEN if number > size.conversations - BACKLOG else dice.choice(STATES),
            label=dice.choice(LABELS),
            language="id" if dice.random() < 0.8 else "en",
        )
        for number, weight in enumerate(weights, 1)
    ]


def _authors(count: int) -> Iterator[dict[str, Any]]:
    dice, now = random.Random(3), utcnow()
    for number in range(1, count + 1):
        first, last = dice.choice(FIRST), dice.choice(LAST)
        yield {
            "id": number,
            "channel": CHANNELS[number % len(CHANNELS)],
            "external_id": str(number),
            "name": f"{first} {last}",
            "handle": f"{first.lower()}{number}",
            "verified": False,
            "first_seen_at": now,
            "told_at": now,
        }


def _conversations(cases: Sequence[Case], teams: Sequence[int]) -> Iterator[dict[str, Any]]:
    dice, first = random.Random(4), 1
    for case in cases:
        # Of every three posts the second is ours.
        inbound = first + case.posts - (2 if case.posts % 3 == 2 else 1)
        first += case.posts
        taken = case.state in (RESOLVED, WAITING) or dice.random() < 0.5
        new = case.id > len(cases) - BACKLOG
        yield {
            "id": case.id,
            "account_id": case.author_id % len(CHANNELS) + 1,
            "channel": CHANNELS[case.author_id % len(CHANNELS)],
            "thread_id": f"t{case.id}",
            "author_id": case.author_id,
            "visibility": "public",
            "state": case.state,
            "label": case.label,
            "confidence": 0.9,
            "certain": True,
            "language": case.language,
            "priority": dice.choice((0, 1, 2, 2, 2, 3)),
            "tags": [],
            "team_id": dice.choice(teams),
            "assignee_id": dice.randrange(AGENTS) + 1 if taken and not new else None,
            "revision": 1,
            "waits": case.state == OPEN,
            "snippet": snippet("Paket saya belum sampai juga min, tolong dicek ya"),
            "post_count": case.posts,
            "created_at": case.ended - timedelta(hours=case.posts),
            "last_post_at": case.ended,
            "last_inbound_at": case.ended,
            "last_inbound_id": inbound,
            "needs_approval": False,
        }


def _posts(cases: Sequence[Case], written: Sequence[str]) -> Iterator[dict[str, Any]]:
    number = 0
    for case in cases:
        for place in range(case.posts):
            number += 1
            ours = place % 3 == 1
            at = case.ended - timedelta(minutes=7 * (case.posts - place - 1))
            yield {
                "id": number,
                "account_id": case.author_id % len(CHANNELS) + 1,
                "conversation_id": case.id,
                "author_id": case.author_id,
                "source": "webhook",
                "external_id": f"p{number}",
                "thread_id": f"t{case.id}",
                "in_reply_to": f"p{number - 1}" if place else None,
                "parent_id": number - 1 if place else None,
                "kind": "reply" if place else "mention",
                "visibility": "public",
                "from_us": ours,
                "text": written[number % len(written)],
                "revision": 1,
                "posted_at": at,
                "received_at": at,
                "hidden": False,
                "liked": False,
                "mentions": ["k"],
                "metrics": {},
                "attachments": [],
                "triage": TRIAGE_NONE if ours else TRIAGE_DONE,
            }


def _inbound(cases: Sequence[Case]) -> Iterator[tuple[int, Case]]:
    number = 0
    for case in cases:
        for place in range(case.posts):
            number += 1
            if place % 3 != 1:
                yield number, case


def _verdicts(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    for post_id, case in _inbound(cases):
        yield {
            "post_id": post_id,
            "revision": 1,
            "label": case.label,
            "confidence": 0.9,
            "certain": True,
            "probabilities": dict.fromkeys(LABELS, 0.2),
            "language": case.language,
            "model_version": "m1",
            "created_at": case.ended,
        }


def _rule_runs(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    for post_id, case in _inbound(cases):
        yield {
            "post_id": post_id,
            "revision": 1,
            "rule_key": f"{case.label}s",
            "rule_version": 1,
            "trigger": "post_triaged",
            "occasion": "",
            "matched": True,
            "actions": [],
            "error": "",
            "created_at": case.ended,
        }

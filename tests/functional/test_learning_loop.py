"""A data team's afternoon: label, export, retrain, compare, shadow, activate, roll back."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
import structlog
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from factories import make_account
from fakes import incoming
from tanggap.app import create_app
from tanggap.cli import main as tanggap
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, open_services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry
from tanggap.store.posts import Correction, Post, VerdictRow
from tanggap.store.users import ADMIN, AGENT
from tiny_model import FILLERS, PHRASES, invented, train_bundle
from visitors import Visitor

pytestmark = pytest.mark.slow

POSTS = 240
LABELLED = 200
TURNED = "wkwk iya bro"
"""What the first model takes for noise and the company's people call praise."""

SEEN_BY_PEOPLE = {**PHRASES, TURNED: "praise"}
# Every second post is of the kind that people see differently.
LIVE = {**{f"{TURNED} {word}": "praise" for word in FILLERS[:8]}, **PHRASES}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Train the bundle that the company begins with."""
    return train_bundle(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def own(
    services: Services, first: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Serve it, with the settings where commands find them."""
    settings = replace(services.settings, model_dir=str(first[0]))
    monkeypatch.setenv("TANGGAP_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TANGGAP_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("TANGGAP_MODEL_DIR", settings.model_dir)
    before = structlog.get_config()
    opened = open_services(settings, registry=services.registry, http=services.http)
    with opened.database.write() as session:
        make_account(session, opened)
    yield opened
    opened.close()
    structlog.configure(**before)


@pytest.fixture
def tasks(own: Services) -> Tasks:
    return Tasks(own, open_queue(own.settings, own.keys, immediate=True))


@pytest.fixture
def app(tasks: Tasks) -> Flask:
    return create_app(tasks=tasks)


def receive(own: Services, tasks: Tasks, count: int, seed: int) -> None:
    """Let posts come in and be labelled by whatever model is active."""
    events = [
        incoming(row["id"], row["text"], author_id=f"{seed}-{n % 90}", thread_id=row["id"])
        for n, row in enumerate(invented(count, LIVE, seed))
    ]
    with own.database.write() as session:
        account = session.scalars(select(Account)).one()
        record_events(session, account, events, source="poll")
    tasks.sweep()


def versions(own: Services) -> list[tuple[str, int]]:
    """Count verdicts by model."""
    with own.database.read() as session:
        rows = session.execute(
            select(VerdictRow.model_version, func.count()).group_by(VerdictRow.model_version)
        )
        return sorted((version, count) for version, count in rows)


def call(command: click.Command, *arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def label_on_the_page(people: list[Visitor], truth: Callable[[str], str], count: int) -> None:
    """Answer what the page asks, each person in turn, with the token of its own form."""
    for turn in range(count):
        client = people[turn % len(people)].client
        page = client.get("/labelling").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        path = re.search(r'action="(/labelling/\d+)"', page)
        text = re.search(r'id="asked-text"[^>]*>([^<]+)<', page)
        assert token is not None
        assert path is not None
        assert text is not None
        label = truth(html.unescape(text[1]))
        answer = client.post(path[1], data={"csrf_token": token[1], "label": label})
        assert answer.status_code == 303


def truth(text: str) -> str:
    return next(label for phrase, label in SEEN_BY_PEOPLE.items() if phrase in text)


def test_data_teams_afternoon(
    own: Services, tasks: Tasks, app: Flask, first: tuple[Path, Path], tmp_path: Path
) -> None:
    from tanggap_ml.cli import main as tanggap_ml

    bundle, data = first
    begun_with = json.loads((bundle / "bundle.json").read_text("utf-8"))["version"]

    # Noon: posts came in, and the model says which of them it would learn most from.
    receive(own, tasks, POSTS, 2)
    assert versions(own) == [(begun_with, POSTS)]
    call(tanggap_ml, "suggest", "--bundle", bundle, "--count", LABELLED - 10)

    # Three people label 200 posts: most on the page for it, some in their conversations.
    people = [Visitor(app).sign_in(own, role) for role in (ADMIN, AGENT, AGENT)]
    label_on_the_page(people, truth, LABELLED - 10)
    assert "All labelled" in people[0].get("/labelling").text
    label_in_conversations(own, people[1], 10)
    with own.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Correction)) == LABELLED

    # What they said is exported, the newest authors kept apart to measure on.
    learn = tmp_path / "learn"
    told = call(tanggap_ml, "export-corrections", "--out", learn, "--gate-share", 0.3)
    assert "look at this" not in told
    train, gate = (rows(learn / name) for name in ("train.jsonl", "gate.jsonl"))
    assert len(train) + len(gate) == LABELLED
    assert len(gate) >= 40
    assert {row["author"] for row in train}.isdisjoint(row["author"] for row in gate)

    # A candidate learns from it and is compared with the active bundle.
    candidate = retrained(bundle, data, learn, tmp_path)
    version = json.loads((candidate / "bundle.json").read_text("utf-8"))["version"]

    # It runs beside the active one on live posts, and nobody notices but the report.
    call(tanggap, "models", "shadow", candidate)
    receive(own, tasks, 40, 3)
    assert versions(own) == [(begun_with, POSTS + 40)]
    assert f"{version}: 40 posts compared." in call(tanggap, "models", "report")
    page = people[0].get("/admin/models").text
    assert "40 posts compared." in page

    # It is activated, and the running worker takes it with the next batch.
    assert f"{version} serves now" in call(tanggap, "models", "activate", version)
    receive(own, tasks, 20, 4)
    assert dict(versions(own))[version] == 20
    assert people[0].get("/readyz").json["parts"]["model"]["version"] == version  # type: ignore[index]

    # It goes back in one command.
    assert f"{begun_with} serves again" in call(tanggap, "models", "rollback", "--reason", "drill")
    receive(own, tasks, 20, 5)
    assert dict(versions(own)) == {begun_with: POSTS + 60, version: 20}
    assert audited(own) == [
        "model.shadowed",
        "model.gate_frozen",
        "model.activated",
        "model.shadowed",
        "model.rolled_back",
    ]


def retrained(bundle: Path, data: Path, learn: Path, work: Path) -> Path:
    """Let a candidate learn from what people said, which makes it better than its bundle."""
    from tanggap_ml.cli import main as tanggap_ml

    candidate = work / "candidate"
    told = call(
        tanggap_ml, "retrain", "--bundle", bundle, "--corrections", learn / "train.jsonl",
        "--gate", learn / "gate.jsonl", "--data", data, "--replay", 150,
        "--work", work / "work", "--out", candidate,
        "--epochs", 6, "--learning-rate", 1e-3, "--threads", 1,
    )  # fmt: skip
    assert "is better than" in told
    return candidate


def audited(own: Services) -> list[str]:
    """List what the audit log tells of models."""
    with own.database.read() as session:
        actions = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith("model."))
            .order_by(AuditEntry.id)
        )
        return list(actions)


def label_in_conversations(own: Services, person: Visitor, count: int) -> None:
    """Press the key of the right label in conversations nobody has labelled."""
    with own.database.read() as session:
        said = select(Correction.id).where(Correction.post_id == Post.id)
        posts = session.scalars(select(Post).where(~said.exists()).limit(count)).all()
    for post in posts:
        answer = person.post(f"/inbox/{post.conversation_id}/label", {"label": truth(post.text)})
        assert answer.status_code == 303


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

"""Activating, going back, freezing a gate set: only what was compared well may serve."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bundles import make_bundle, write_comparison
from factories import make_account, make_user
from fakes import incoming
from tanggap.classifier import BundleError
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.bundles import models_folder
from tanggap.inbox.learning import models
from tanggap.inbox.learning.model_status import read_status
from tanggap.inbox.learning.models import By, NotCleared
from tanggap.inbox.operation.health import model_part
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services, open_services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry
from tanggap.store.models import FIRST, ModelEvent
from tanggap.store.posts import VerdictRow

ME = By("ana@laptop")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "first", "first")


@pytest.fixture
def served(services: Services, first: Path) -> Iterator[Services]:
    """Services that serve the bundle of the settings, and follow the database."""
    settings = replace(services.settings, model_dir=str(first))
    opened = open_services(settings, registry=services.registry, http=services.http)
    yield opened
    opened.close()


@pytest.fixture
def trained(tmp_path: Path, first: Path) -> Callable[..., Path]:
    """Make a candidate outside the models folder, compared with a bundle."""

    def make(version: str = "second", baseline: Path = first, /, **comparison: object) -> Path:
        folder = make_bundle(tmp_path / version, version, words={"mati": "praise"})
        write_comparison(folder, baseline, **comparison)
        return folder

    return make


def audits(services: Services) -> list[AuditEntry]:
    with services.database.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def label_of(services: Services, text: str, number: str) -> tuple[str, str]:
    """Let a post come in and give what it was called, and by which model."""
    with services.database.write() as session:
        account = session.scalar(select(Account)) or make_account(session)
        record_events(session, account, [incoming(number, text, thread_id=number)], source="poll")
    triage_pending(services)
    with services.database.read() as session:
        row = session.scalars(select(VerdictRow).order_by(VerdictRow.id.desc())).first()
        assert row is not None
        return row.label, row.model_version


def test_candidate_that_is_better_serves_the_next_batch_without_a_restart(
    served: Services, trained: Callable[..., Path]
) -> None:
    assert label_of(served, "internet mati", "1") == ("complaint", "first")
    done = models.activate(served, str(trained()), ME)
    assert (done.version, done.previous, done.objection) == ("second", "first", None)
    assert label_of(served, "internet mati", "2") == ("praise", "second")
    assert model_part(served).version == "second"


def test_activated_bundle_is_a_copy_that_later_training_does_not_touch(
    served: Services, trained: Callable[..., Path]
) -> None:
    folder = trained()
    models.activate(served, str(folder), ME)
    make_bundle(folder, "third")
    assert label_of(served, "internet mati", "1") == ("praise", "second")
    assert sorted(path.name for path in models_folder(served.settings).iterdir()) == ["second"]


def test_rolling_back_leads_through_all_that_served(
    served: Services, trained: Callable[..., Path], first: Path
) -> None:
    second = trained()
    models.activate(served, str(second), ME)
    models.activate(served, str(trained("third", second)), ME)
    assert models.roll_back(served, ME).version == "second"
    assert label_of(served, "internet mati", "1") == ("praise", "second")
    done = models.roll_back(served, ME)
    assert (done.version, done.previous) == ("first", "second")
    assert label_of(served, "internet mati", "2") == ("complaint", "first")
    with pytest.raises(NotFoundError, match="none to go back"):
        models.roll_back(served, ME)


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"verdict": "worse", "sentence": "It is worse."}, "It is worse"),
        ({"baseline": {"version": "x", "sha256": "0" * 64}}, "another bundle than the active"),
        ({"candidate": {"version": "x", "sha256": "0" * 64}}, "changed after it was compared"),
        ({"gate": {"file": "g", "sha256": "1" * 64, "posts": 29}}, "has 29 posts"),
        ({"verdict": "splendid"}, "was not compared"),
        ({"format": 2}, "was not compared"),
        ({"gate": None}, "was not compared"),
    ],
)
def test_candidate_without_a_good_comparison_is_refused(
    served: Services, trained: Callable[..., Path], changes: dict[str, object], objection: str
) -> None:
    folder = str(trained(**changes))
    with pytest.raises(NotCleared, match=objection):
        models.activate(served, folder, ME)
    with pytest.raises(NotCleared, match="--reason"):
        models.activate(served, folder, ME, force=True, reason=" ")
    assert label_of(served, "internet mati", "1") == ("complaint", "first")
    done = models.activate(served, folder, ME, force=True, reason="we need the new label")
    assert objection in str(done.objection)
    entry = audits(served)[-1]
    assert (entry.action, entry.object_id, entry.user_id) == ("model.activated", "second", None)
    assert entry.detail["reason"] == "we need the new label"
    assert (entry.detail["by"], entry.detail["forced"]) == ("ana@laptop", True)


def test_file_that_is_no_comparison_is_as_good_as_none(
    served: Services, trained: Callable[..., Path]
) -> None:
    folder = trained()
    (folder / "comparison.json").write_text("[" * 100_000, "utf-8")
    with pytest.raises(NotCleared, match="was not compared"):
        models.activate(served, str(folder), ME)


def test_first_comparison_freezes_its_gate_set(
    served: Services, trained: Callable[..., Path]
) -> None:
    second = trained()
    models.activate(served, str(second), ME)
    gate = {"file": "easy.jsonl", "sha256": "1" * 64, "posts": 400}
    third = trained("third", second, gate=gate)
    with pytest.raises(NotCleared, match="another gate set"):
        models.activate(served, str(third), ME)
    models.freeze_gate(served, ME, "easy.jsonl", "1" * 64, reason="newer posts")
    models.activate(served, str(third), ME)
    assert [entry.action for entry in audits(served)] == [
        "model.gate_frozen",
        "model.activated",
        "model.gate_frozen",
        "model.activated",
    ]


def test_damaged_bundle_never_comes_to_serve(
    served: Services, trained: Callable[..., Path]
) -> None:
    folder = trained()
    (folder / "model.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match="does not match"):
        models.activate(served, str(folder), ME)
    assert audits(served) == []


def test_bundle_that_is_damaged_later_leaves_the_one_that_works_at_it(
    served: Services, trained: Callable[..., Path]
) -> None:
    label_of(served, "internet mati", "1")
    models.activate(served, str(trained()), ME)
    (models_folder(served.settings) / "second" / "tokenizer.json").write_bytes(b"{}")
    assert label_of(served, "internet mati", "2") == ("complaint", "first")
    part = model_part(served)
    assert (part.ok, part.version) == (False, "second")
    assert "tokenizer.json" in part.reason
    models.roll_back(served, ME)
    assert model_part(served).ok


def test_bundle_exchanged_behind_the_database_is_not_served(
    served: Services, trained: Callable[..., Path]
) -> None:
    models.activate(served, str(trained()), ME)
    make_bundle(models_folder(served.settings) / "second", "second", words={"mati": "none"})
    with pytest.raises(BundleError, match="is not the bundle second that was activated"):
        label_of(served, "internet mati", "1")
    assert "is not the bundle second" in model_part(served).reason
    with served.database.read() as session:
        status = read_status(session, served.settings)
    assert status.active is None
    assert "was changed since" in status.problem


def test_version_is_the_name_of_one_bundle_alone(
    served: Services, trained: Callable[..., Path], tmp_path: Path, first: Path
) -> None:
    models.activate(served, str(trained()), ME)
    other = make_bundle(tmp_path / "other", "second", words={"mati": "none"})
    with pytest.raises(BundleError, match=r"this version\. Give the new one another version\.$"):
        models.activate(served, str(other), ME, force=True, reason="x")


def test_bundles_of_the_models_folder_are_named_by_version(
    served: Services, trained: Callable[..., Path]
) -> None:
    home = models_folder(served.settings)
    home.mkdir(parents=True)
    trained().rename(home / "any-name")
    (home / "half").mkdir()
    with served.database.read() as session:
        status = read_status(session, served.settings)
    assert [(one.bundle.version, one.role, one.shipped) for one in status.bundles] == [
        ("first", "active", True),
        ("second", "other", False),
    ]
    assert "bundle.json" in status.broken["half"]
    assert status.bundles[1].comparison == "The candidate is better."
    models.activate(served, "second", ME)
    assert label_of(served, "internet mati", "1") == ("praise", "second")


def test_shipped_bundle_is_activated_by_its_version_too(
    served: Services, trained: Callable[..., Path]
) -> None:
    models.activate(served, str(trained()), ME)
    models.activate(served, "first", ME, force=True, reason="back to the start")
    assert label_of(served, "internet mati", "1") == ("complaint", "first")
    assert models.roll_back(served, ME).version == "second"


def test_bundle_that_serves_already_is_not_activated_again(served: Services, first: Path) -> None:
    with pytest.raises(ConflictError, match="serves already"):
        models.activate(served, str(first), ME)


@pytest.mark.parametrize("wanted", ["fourth", "../first", ""])
def test_bundle_that_is_not_there_is_not_found(served: Services, wanted: str) -> None:
    with pytest.raises((NotFoundError, BundleError)):
        models.activate(served, wanted, ME)


def test_of_two_decisions_at_once_one_is_told_to_look_again(
    served: Services, trained: Callable[..., Path]
) -> None:
    folder = trained()
    with served.database.write() as session:
        ana = make_user(session).id
        session.add(ModelEvent(follows=FIRST, kind="gate", by="x", detail={"sha256": "9" * 64}))
    with served.database.write() as session:
        stale = ModelEvent(follows=FIRST, kind="shadow", by="slower")
        with pytest.raises(ConflictError, match="a moment ago"):
            models._write(session, stale)
        session.rollback()
    models.activate(served, str(folder), By("Ana", ana))
    assert audits(served)[-1].user_id == ana
    assert json.loads(json.dumps(audits(served)[-1].detail))["comparison"]

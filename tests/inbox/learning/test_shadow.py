"""A candidate beside the active model: it judges live posts and can do no harm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bundles import make_bundle
from factories import make_account, make_user
from fakes import incoming
from tanggap.classifier import KeywordClassifier, Verdict
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.bundles import models_folder
from tanggap.inbox.cases.conversations import correct_label
from tanggap.inbox.learning import models, shadow
from tanggap.inbox.learning.models import By
from tanggap.inbox.learning.shadow import Shadow
from tanggap.inbox.learning.shadow_report import Report, read_report
from tanggap.inbox.operation.checkup import examine
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.sdk.types import Event, PostDeleted, PostEdited
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.models import Model, ShadowVerdict
from tanggap.store.posts import TRIAGE_DONE, Post, VerdictRow

ME = By("ana@laptop")


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A bundle that knows one word and takes it for praise."""
    return make_bundle(tmp_path / "candidate", "candidate", words={"mati": "praise"})


@pytest.fixture
def running(services: Services, candidate: Path) -> Shadow:
    with services.database.write() as session:
        make_account(session, services)
    models.start_shadow(services, str(candidate), ME)
    return Shadow(services)


def receive(services: Services, *events: Event) -> None:
    with services.database.write() as session:
        account = session.scalars(select(Account)).one()
        record_events(session, account, events, source="webhook")


def posts(*texts: str) -> list[Event]:
    return [incoming(str(n), text, thread_id=str(n)) for n, text in enumerate(texts)]


def report(services: Services) -> Report:
    with services.database.read() as session:
        return read_report(session)


def test_candidate_judges_what_was_labelled_and_changes_nothing(
    services: Services, running: Shadow
) -> None:
    receive(services, *posts("internet mati", "wkwk", "paket rusak"))
    triage_pending(services)
    assert running.wanted()
    assert running.run() == 3
    assert running.run() == 0
    found = report(services)
    assert (found.version, found.compared, found.agreed) == ("candidate", 3, 1)
    assert [(c.active, c.candidate, c.posts) for c in found.confusion] == [
        ("complaint", "none", 1),
        ("complaint", "praise", 1),
    ]
    assert [example.text for example in found.examples] == ["paket rusak", "internet mati"]
    assert found.interval[0] < found.rate < found.interval[1]
    with services.database.read() as session:
        labels = session.scalars(select(Conversation.label).order_by(Conversation.id))
        assert list(labels) == ["complaint", "none", "complaint"]
        assert set(session.scalars(select(VerdictRow.model_version))) == {"keyword-1"}


def test_worker_runs_the_candidate_after_the_real_verdicts(
    services: Services, running: Shadow
) -> None:
    queue = open_queue(services.settings, services.keys, immediate=True)
    tasks = Tasks(services, queue)
    receive(services, *posts("internet mati"))
    tasks.sweep()
    assert report(services).compared == 1


def test_posts_of_before_are_not_judged(services: Services, candidate: Path) -> None:
    with services.database.write() as session:
        make_account(session, services)
    receive(services, *posts("internet mati"))
    triage_pending(services)
    models.start_shadow(services, str(candidate), ME)
    assert Shadow(services).run() == 0


def test_candidate_waits_while_posts_wait_for_their_real_verdict(
    services: Services, running: Shadow
) -> None:
    receive(services, *posts("internet mati"))
    triage_pending(services)
    receive(services, incoming("later", "kapan?", thread_id="later"))
    assert running.run() == 0
    triage_pending(services)
    assert running.run() == 2


def test_candidate_that_lags_passes_posts_over_and_counts_them(
    services: Services, running: Shadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "MOST_BEHIND", 2)
    receive(services, *posts("a", "b", "c", "d", "e"))
    triage_pending(services)
    assert running.run() == 2
    found = report(services)
    assert (found.compared, found.dropped) == (2, 3)


class Broken(KeywordClassifier):
    """Fails on every text."""

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        raise RuntimeError("out of memory")


def test_candidate_that_fails_is_counted_and_the_inbox_goes_on(
    services: Services, running: Shadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "open_place", lambda _place, _threads: Broken())
    tasks = Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    receive(services, *posts("internet mati", "wkwk"))
    tasks.sweep()
    found = report(services)
    assert (found.compared, found.failed, found.error) == (0, 2, "RuntimeError: out of memory")
    with services.database.read() as session:
        assert set(session.scalars(select(Post.triage))) == {TRIAGE_DONE}


def test_candidate_whose_files_are_gone_is_left_alone_for_a_while(
    services: Services, running: Shadow
) -> None:
    (models_folder(services.settings) / "candidate" / "bundle.json").unlink()
    receive(services, *posts("internet mati"))
    triage_pending(services)
    assert running.run() == 0
    assert not running.wanted()
    assert "bundle.json" in report(services).error
    found = {one.name: one for one in examine(services, lambda: 0)}
    assert found["candidate candidate"].level == "warning"


def test_edited_and_deleted_posts_are_not_judged(services: Services, running: Shadow) -> None:
    receive(services, *posts("internet mati", "wkwk", "paket rusak"))
    triage_pending(services)
    account = incoming("x").account_id
    edit = PostEdited(account_id=account, external_id="0", text="sudah nyala", edited_at=utcnow())
    gone = PostDeleted(account_id=account, external_id="1", deleted_at=utcnow())
    receive(services, edit, gone)
    triage_pending(services)
    running.run()
    assert report(services).compared == 2


def test_two_workers_judge_a_post_once(services: Services, running: Shadow) -> None:
    receive(services, *posts("internet mati"))
    triage_pending(services)
    batch = running._next()
    assert batch is not None
    assert Shadow(services).run() == 1
    running._judge(batch)
    with services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ShadowVerdict)) == 1


def test_report_says_who_was_right_where_a_person_said_it(
    services: Services, running: Shadow
) -> None:
    receive(services, *posts("internet mati", "paket rusak"))
    triage_pending(services)
    running.run()
    with services.database.write() as session:
        ana = make_user(session).id
        for case in session.scalars(select(Conversation)):
            said = "praise" if "mati" in case.snippet else "question"
            correct_label(session, case.id, ana, said)
    found = report(services)
    assert (found.judged, found.active_right, found.candidate_right) == (2, 0, 1)
    assert [example.told for example in found.examples] == ["question", "praise"]


def test_examples_are_masked(services: Services, running: Shadow) -> None:
    receive(services, *posts("mati, hubungi 0812 3456 7890 atau https://evil.example @ayu"))
    triage_pending(services)
    running.run()
    assert report(services).examples[0].text == "mati, hubungi <NUM> atau http @user"


def test_shadow_ends_when_told_and_when_the_candidate_serves(
    services: Services, running: Shadow, candidate: Path
) -> None:
    assert models.stop_shadow(services, ME) == "candidate"
    assert not running.wanted()
    with pytest.raises(NotFoundError):
        models.stop_shadow(services, ME)
    models.start_shadow(services, "candidate", ME)
    models.activate(services, "candidate", ME, force=True, reason="test")
    assert not running.wanted()
    with pytest.raises(ConflictError, match="serves already"):
        models.start_shadow(services, "candidate", ME)


def test_going_on_with_the_same_candidate_keeps_its_place(
    services: Services, running: Shadow
) -> None:
    receive(services, *posts("internet mati"))
    triage_pending(services)
    models.start_shadow(services, "candidate", ME)
    assert running.run() == 1
    with services.database.read() as session:
        assert session.scalars(select(Model.shadow_cursor)).one() > 0


def test_without_any_candidate_there_is_no_report(services: Services) -> None:
    with pytest.raises(NotFoundError, match="tanggap models shadow"):
        report(services)
    with services.database.read() as session, pytest.raises(NotFoundError, match="never ran"):
        read_report(session, "x")

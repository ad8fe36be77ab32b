"""Posts are labelled while they arrive, and stored as triage afterwards would have stored them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from factories import make_account, make_app
from fakes import ACCOUNT_ID, T0, FakePlatform, incoming, post_event, signed
from tanggap.classifier import BundleError, KeywordClassifier, Verdict
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.posts.record import Item, record_events, record_items
from tanggap.inbox.services import Services
from tanggap.inbox.triage import arriving
from tanggap.inbox.triage.triage import triage_pending
from tanggap.inbox.triage.triage_results import Triaged
from tanggap.sdk.types import Event, PostEdited
from tanggap.store.accounts import Account
from tanggap.store.clocks import CaseEventRow, ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.deliveries import DEAD, DONE, Delivery
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_NONE, TRIAGE_PENDING, Post, VerdictRow
from tanggap.store.rules import Consideration, RuleRun

LATER = T0 + timedelta(minutes=1)
ANGRY = "aplikasi error terus, kecewa"
SAID = (
    (Post, ("triage", "revision", "text")),
    (VerdictRow, ("revision", "label", "certain", "language", "model_version")),
    (Consideration, ("revision", "trigger", "reached", "inputs")),
    (RuleRun, ("revision", "rule_key", "rule_version", "matched", "actions", "error")),
    (Conversation, ("state", "label", "priority", "tags", "team_id", "waits", "next_due")),
    (ClockRow, ("kind", "period", "within_seconds", "met_at", "ended_by")),
    (CaseEventRow, ("what",)),
)


class BrokenClassifier(KeywordClassifier):
    """One whose bundle cannot be read."""

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        raise BundleError("models/x: has no model.onnx.")


class StrangeClassifier(KeywordClassifier):
    """One whose verdicts no database takes."""

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        verdicts = super().classify(texts)
        return [replace(one, probabilities={"complaint": object()}) for one in verdicts]  # type: ignore[dict-item]


class WaitingClassifier(KeywordClassifier):
    """One that labels when two threads have come to it."""

    def __init__(self) -> None:
        self.both = Barrier(2, timeout=20)
        self.asked: list[list[str]] = []

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        self.asked.append(list(texts))
        self.both.wait()
        return super().classify(texts)


@pytest.fixture(autouse=True)
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def batch_of(who: str) -> list[Event]:
    """Say the same as somebody else would; ids tell them apart."""
    return [
        incoming(f"{who}1", ANGRY, author_id=who, thread_id=f"{who}1"),
        incoming(f"{who}2", "makasih ya", author_id=who, thread_id=f"{who}1", posted_at=LATER),
        incoming(f"{who}3", "jam buka berapa?", author_id=f"{who}x", thread_id=f"{who}3"),
        incoming(f"{who}4", "", author_id=f"{who}y", thread_id=f"{who}4"),
        incoming(f"{who}5", ANGRY, author_id=f"{who}z", visibility="private"),
        incoming(f"{who}6", "induk", author_id=f"{who}v", kind="post"),
        incoming(f"{who}7", "akan diubah", author_id=f"{who}w", thread_id=f"{who}7"),
        incoming(
            f"{who}8", "Mohon maaf", author_id=ACCOUNT_ID, in_reply_to=f"{who}3", kind="reply"
        ),
        PostEdited(account_id=ACCOUNT_ID, external_id=f"{who}7", text="rusak", edited_at=LATER),
    ]


def written(services: Services, after: dict[str, int]) -> dict[str, list[tuple[Any, ...]]]:
    """Read what is in the tables beyond the rows that were there before."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with services.database.read() as session:
        for model, names in SAID:
            columns = [getattr(model, name) for name in names]
            query = select(*columns).where(model.id > after.get(model.__name__, 0))
            found[model.__name__] = sorted((tuple(row) for row in session.execute(query)), key=repr)
    return found


def arrive(services: Services, account: Account, events: Sequence[Event]) -> list[Triaged]:
    """Label events, record them and place what was labelled."""
    labelled = arriving.label(services, events)
    assert labelled is not None
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        items = [Item(row, event) for event in events]
        result = record_items(session, items, source="webhook", labelled=labelled.verdicts)
        return arriving.place(session, result.new_ids, labelled)


def newest(services: Services) -> dict[str, int]:
    with services.database.read() as session:
        return {
            model.__name__: session.scalar(select(func.max(model.id))) or 0 for model, _ in SAID
        }


def triages(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(Post.triage).order_by(Post.external_id)))


def states(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def test_post_that_arrives_is_stored_with_what_triage_would_find(
    services: Services, account: Account
) -> None:
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        record_events(session, row, batch_of("a"), source="webhook")
    while triage_pending(services):
        pass
    afterwards, before = written(services, {}), newest(services)

    assert len(arrive(services, account, batch_of("b"))) == 5
    assert triage_pending(services) == 1, "the edited post alone has a text that nobody labelled"
    assert written(services, before) == afterwards


def test_delivery_is_done_and_its_post_triaged_in_one_transaction(
    services: Services, platform: FakePlatform
) -> None:
    accept(services, "fake", signed([post_event("1", ANGRY), post_event("2", thread="1")]))
    assert receive_pending(services) == 1
    assert (triages(services), states(services)) == ([TRIAGE_DONE, TRIAGE_DONE], [DONE])
    assert triage_pending(services) == 0
    assert [verdict.label for _, verdict, _ in platform.triaged] == ["complaint", "none"]


def test_same_post_again_is_labelled_once(services: Services, platform: FakePlatform) -> None:
    for extra in ("x", "y"):
        accept(services, "fake", signed([post_event("1", ANGRY, extra=extra)]))
        assert receive_pending(services) == 1
    with services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(VerdictRow)) == 1
    assert len(platform.triaged) == 1


def test_post_that_was_edited_before_it_came_waits_for_triage_of_its_newer_text(
    services: Services,
) -> None:
    edit = {"type": "edit", "id": "1", "text": "makasih ya", "at": LATER.isoformat()}
    accept(services, "fake", signed([edit]))
    receive_pending(services)
    accept(services, "fake", signed([post_event("1", ANGRY)]))
    receive_pending(services)
    assert triages(services) == [TRIAGE_PENDING]
    assert triage_pending(services) == 1
    with services.database.read() as session:
        assert session.execute(select(VerdictRow.revision, VerdictRow.label)).all() == [
            (2, "praise")
        ]


def test_our_own_posts_and_mere_context_are_not_labelled(
    services: Services, account: Account
) -> None:
    events: list[Event] = [
        incoming("1", ANGRY, author_id=ACCOUNT_ID),
        incoming("2", ANGRY, kind="repost", author_id="u"),
        incoming("3", ANGRY, author_id="u"),
    ]
    assert arriving.label(services, events[:2]) is None
    assert len(arrive(services, account, events)) == 1
    assert triages(services) == [TRIAGE_NONE, TRIAGE_NONE, TRIAGE_DONE]


@pytest.mark.parametrize("classifier", [BrokenClassifier(), StrangeClassifier()])
def test_post_whose_label_fails_is_stored_and_waits_for_triage(
    services: Services, classifier: KeywordClassifier
) -> None:
    accept(services, "fake", signed([post_event("1", ANGRY)]))
    accept(services, "fake", signed(b"nonsense"))
    receive_pending(replace(services, classifier=classifier))
    assert states(services) == [DONE, DEAD]
    assert triages(services) == [TRIAGE_PENDING]
    assert triage_pending(services) == 1
    assert triages(services) == [TRIAGE_DONE]


def test_more_posts_than_are_quickly_labelled_are_stored_first(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST", 3)
    accept(services, "fake", signed([post_event(str(n), f"halo {n}") for n in range(4)]))
    receive_pending(services)
    assert triages(services) == [TRIAGE_PENDING] * 4


def test_two_threads_take_different_deliveries(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.inbox.arrival.receive.SMALL_BYTES", 150)
    settings = replace(services.settings, triage_workers=2)
    classifier = WaitingClassifier()
    busy = replace(services, settings=settings, classifier=classifier)
    for number in range(4):
        accept(services, "fake", signed([post_event(str(number), f"halo {number}")]))
    threads = [Thread(target=receive_pending, args=(busy,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    asked = [text for texts in classifier.asked for text in texts]
    assert sorted(asked) == [f"halo {number}" for number in range(4)]
    assert triages(services) == [TRIAGE_DONE] * 4

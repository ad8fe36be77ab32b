"""Labelling and routing: once for each revision, and people's choices stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_post, make_user
from fakes import ACCOUNT_ID, T0, FakePlatform, incoming
from queries import counted
from tanggap.classifier import KeywordClassifier, Verdict
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.plugins.registry import Registry
from tanggap.sdk.types import Event, PostEdited
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS, OPEN, Conversation
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_PENDING, Post, VerdictRow
from tanggap.store.rules import RuleRun
from tanggap.store.sql import insert_rows
from tanggap.store.users import Team


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def record(services: Services, account: Account, *events: Event) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), events, source="webhook")


def conversation(services: Services) -> Conversation:
    with services.database.read() as session:
        return session.scalars(select(Conversation)).one()


def team_of(services: Services) -> str | None:
    with services.database.read() as session:
        return session.scalar(select(Team.key).join(Conversation, Conversation.team_id == Team.id))


def test_complaint_is_labelled_and_routed_to_customer_care(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    record(services, account, incoming("1", "min internet mati dari pagi"))
    assert triage_pending(services) == 1
    case = conversation(services)
    assert (case.label, case.language, case.certain, case.state) == ("complaint", "id", True, OPEN)
    assert team_of(services) == "care"
    with services.database.read() as session:
        verdict = session.scalars(select(VerdictRow)).one()
        assert verdict.model_version == "keyword-1"
        assert abs(sum(verdict.probabilities.values()) - 1) < 1e-6
        assert session.scalars(select(RuleRun).where(RuleRun.matched)).all()
        assert session.scalars(select(Post)).one().triage == TRIAGE_DONE
    ((view, told, routing),) = platform.triaged
    assert (view.text, told.label, routing.team) == (
        "min internet mati dari pagi",
        "complaint",
        "care",
    )


def test_nothing_is_left_after_the_last_batch(services: Services, account: Account) -> None:
    record(services, account, *[incoming(str(n), thread_id=str(n)) for n in range(7)])
    assert [triage_pending(services, limit=3) for _ in range(4)] == [3, 3, 1, 0]


def test_post_that_tags_a_regulator_goes_to_compliance_as_urgent(
    services: Services, account: Account
) -> None:
    text = "saldo saya hilang, tolong @ojkindonesia"
    record(services, account, incoming("1", text, mentions=("ojkindonesia",)))
    triage_pending(services)
    assert (team_of(services), conversation(services).priority_name) == ("compliance", "urgent")


class SureOfNone(KeywordClassifier):
    """Finds everything irrelevant, and is sure of it."""

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        return [Verdict("none", 0.99, {"none": 0.99}, "id", self.version) for _ in texts]


def test_post_that_is_not_ours_leaves_the_queue_and_stays_findable(
    services: Services, account: Account
) -> None:
    record(services, account, incoming("1", "followback ya"))
    triage_pending(replace(services, classifier=SureOfNone()))
    case = conversation(services)
    assert (case.state, case.waits, case.label) == (NOT_OURS, False, "none")


def test_complaint_after_noise_brings_the_conversation_back(
    services: Services, account: Account
) -> None:
    record(services, account, incoming("1", "haha", thread_id="t"))
    triage_pending(replace(services, classifier=SureOfNone()))
    later = incoming("2", "aplikasi error", thread_id="t", posted_at=T0 + timedelta(minutes=1))
    record(services, account, later)
    triage_pending(services)
    case = conversation(services)
    assert (case.state, case.waits, case.label) == (OPEN, True, "complaint")


def test_batch_costs_the_same_statements_whatever_its_size(
    services: Services, account: Account
) -> None:
    costs = []
    # The first batch also writes down which rules were considered together.
    for size in (5, 6, 50):
        texts = ("min mati lampu", "promo murah cek bio", "jam buka berapa?")
        record(
            services,
            account,
            *(
                incoming(f"{size}-{n}", texts[n % 3], author_id=f"cust{size}-{n}")
                for n in range(size)
            ),
        )
        silent = replace(services, registry=Registry())
        with counted(services.database) as statements:
            assert triage_pending(silent, size) == size
        costs.append(len(statements))
    assert costs[2] == costs[1] <= 28


def test_unsure_label_asks_a_person(services: Services, account: Account) -> None:
    class Unsure(KeywordClassifier):
        def classify(self, texts: Sequence[str]) -> list[Verdict]:
            return [Verdict("praise", 0.3, {"praise": 0.3}, "id", self.version) for _ in texts]

    record(services, account, incoming("1", "ok"))
    triage_pending(replace(services, classifier=Unsure()))
    assert conversation(services).certain is False
    assert team_of(services) == "triage"


def test_rules_do_not_move_what_a_person_works_on(services: Services, account: Account) -> None:
    record(services, account, incoming("1", "aplikasi error", thread_id="t"))
    triage_pending(services)
    with services.database.write() as session:
        session.scalars(select(Conversation)).one().assignee_id = make_user(session).id
    thanks = incoming("2", "mantap makasih", thread_id="t", posted_at=T0 + timedelta(minutes=1))
    record(services, account, thanks)
    triage_pending(services)
    assert conversation(services).label == "praise"
    assert team_of(services) == "care"


def test_case_that_was_answered_before_it_was_labelled_gets_its_team(
    services: Services, account: Account
) -> None:
    ours = incoming("2", "Sudah kami cek", author_id=account.external_id, in_reply_to="1")
    record(services, account, incoming("1", "min internet mati"), ours)
    triage_pending(services)
    assert conversation(services).state == "waiting"
    assert team_of(services) == "care"


def test_edit_is_labelled_anew_and_the_old_verdict_kept(
    services: Services, account: Account
) -> None:
    record(services, account, incoming("1", "mantap"))
    triage_pending(services)
    record(
        services,
        account,
        PostEdited(
            account_id=ACCOUNT_ID, external_id="1", text="aplikasi error", edited_at=utcnow()
        ),
    )
    triage_pending(services)
    assert conversation(services).label == "complaint"
    with services.database.read() as session:
        rows = session.execute(select(VerdictRow.revision, VerdictRow.label)).all()
    assert sorted(tuple(row) for row in rows) == [(1, "praise"), (2, "complaint")]


def test_post_edited_while_it_is_labelled_stays_pending(
    services: Services, account: Account
) -> None:
    class Interrupted(KeywordClassifier):
        def classify(self, texts: Sequence[str]) -> list[Verdict]:
            edit = PostEdited(
                account_id=ACCOUNT_ID, external_id="1", text="aplikasi error", edited_at=utcnow()
            )
            record(services, account, edit)
            return super().classify(texts)

    record(services, account, incoming("1", "mantap"))
    triage_pending(replace(services, classifier=Interrupted()))
    with services.database.read() as session:
        assert session.scalars(select(Post)).one().triage == TRIAGE_PENDING
        assert not session.scalars(select(VerdictRow)).all()
    triage_pending(services)
    assert conversation(services).label == "complaint"


def test_worker_that_dies_while_labelling_loses_only_its_lease(
    services: Services, account: Account
) -> None:
    class Dies(KeywordClassifier):
        def classify(self, texts: Sequence[str]) -> list[Verdict]:
            raise MemoryError

    record(services, account, incoming("1", "aplikasi error"))
    with pytest.raises(MemoryError):
        triage_pending(replace(services, classifier=Dies()))
    assert triage_pending(services) == 0
    with services.database.write() as session:
        session.scalars(select(Post)).one().triage_claimed_until = utcnow() - timedelta(seconds=1)
    assert triage_pending(services) == 1
    assert conversation(services).label == "complaint"


def test_two_workers_on_the_same_post_write_one_verdict(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    class Overtaken(KeywordClassifier):
        def classify(self, texts: Sequence[str]) -> list[Verdict]:
            with services.database.write() as session:
                session.scalars(select(Post)).one().triage_claimed_until = None
            assert triage_pending(services) == 1
            return super().classify(texts)

    record(services, account, incoming("1", "aplikasi error"))
    triage_pending(replace(services, classifier=Overtaken()))
    with services.database.read() as session:
        assert len(session.scalars(select(VerdictRow)).all()) == 1
    assert len(platform.triaged) == 1


def test_observer_that_fails_harms_nobody(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    platform.triaged = None  # type: ignore[assignment]
    record(services, account, incoming("1", "aplikasi error"))
    assert triage_pending(services) == 1
    assert conversation(services).label == "complaint"


@pytest.mark.parametrize(("waiting", "taken"), [(3, 3), (100, 64), (200, 100), (600, 128)])
def test_workers_share_what_waits(services: Services, waiting: int, taken: int) -> None:
    called: list[int] = []
    services = replace(services, settings=replace(services.settings, triage_workers=2))
    with services.database.write() as session:
        case = make_conversation(session, make_account(session))
        first = make_post(session, case, triage=TRIAGE_PENDING)
        columns = {key: value for key, value in vars(first).items() if key in Post.__table__.c}
        del columns["id"]
        names = (f"copy-{number}" for number in range(waiting - 1))
        insert_rows(session, Post, [{**columns, "external_id": name} for name in names])
    assert triage_pending(services, call=lambda: called.append(1)) == taken
    assert bool(called) == (taken < waiting)

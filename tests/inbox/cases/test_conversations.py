"""What people do with conversations: exactly one wins, everybody else is told."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_post, make_user
from fakes import T0
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases import conversations
from tanggap.inbox.cases.conversations import TakenError
from tanggap.store.audit import AuditEntry, Change
from tanggap.store.conversations import NOT_OURS, OPEN, RESOLVED, WAITING, Conversation
from tanggap.store.db import Database
from tanggap.store.posts import Correction, Post, VerdictRow
from tanggap.store.users import Team


@pytest.fixture
def case(database: Database) -> int:
    with database.write() as session:
        conversation = make_conversation(session, make_account(session))
        post = make_post(session, conversation, "internet mati")
        session.add(
            VerdictRow(
                post_id=post.id,
                revision=1,
                label="question",
                confidence=0.7,
                certain=True,
                probabilities={},
                language="id",
                model_version="m1",
            )
        )
        conversation.label, conversation.confidence = "question", 0.7
        return conversation.id


@pytest.fixture
def ayu(database: Database) -> int:
    with database.write() as session:
        return make_user(session, "Ayu Lestari").id


@pytest.fixture
def budi(database: Database) -> int:
    with database.write() as session:
        return make_user(session, "Budi Santoso").id


def load(database: Database, case: int) -> Conversation:
    with database.read() as session:
        return session.get_one(Conversation, case)


def changes(database: Database, case: int) -> list[str]:
    with database.read() as session:
        found = select(Change.kind).where(Change.conversation_id == case).order_by(Change.id)
        return list(session.scalars(found))


def test_of_fifty_claims_at_once_exactly_one_wins(database: Database, case: int) -> None:
    with database.write() as session:
        people = [make_user(session).id for _ in range(50)]

    def claim(user_id: int) -> bool:
        try:
            with database.write() as session:
                conversations.claim(session, case, user_id)
        except TakenError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        won = [user for user, ok in zip(people, pool.map(claim, people), strict=True) if ok]
    assert len(won) == 1
    assert load(database, case).assignee_id == won[0]
    assert changes(database, case) == ["claimed"]


def test_who_comes_late_is_told_by_name_who_was_faster(
    database: Database, case: int, ayu: int, budi: int
) -> None:
    with database.write() as session:
        conversations.claim(session, case, ayu)
    with database.write() as session, pytest.raises(TakenError, match="Ayu Lestari"):
        conversations.claim(session, case, budi)


def test_claiming_twice_changes_nothing(database: Database, case: int, ayu: int) -> None:
    for _ in range(2):
        with database.write() as session:
            conversations.claim(session, case, ayu)
    assert load(database, case).revision == 2


def test_release_gives_back_only_what_one_has(
    database: Database, case: int, ayu: int, budi: int
) -> None:
    with database.write() as session:
        conversations.claim(session, case, ayu)
    with database.write() as session, pytest.raises(TakenError):
        conversations.release(session, case, budi)
    with database.write() as session:
        conversations.release(session, case, ayu)
    assert load(database, case).assignee_id is None


def test_assigning_sets_team_and_person_and_keeps_what_is_not_said(
    database: Database, case: int, ayu: int, budi: int
) -> None:
    with database.write() as session:
        team = Team(key="x", name_id="X", name_en="X")
        session.add(team)
        session.flush()
        conversations.assign(session, case, ayu, 1, team_id=team.id, assignee_id=budi)
    found = load(database, case)
    assert (found.team_id, found.assignee_id, found.revision) == (team.id, budi, 2)
    with database.write() as session:
        conversations.assign(session, case, ayu, 2, assignee_id=None)
    found = load(database, case)
    assert (found.team_id, found.assignee_id) == (team.id, None)


def test_change_of_an_older_revision_is_refused(database: Database, case: int, ayu: int) -> None:
    with database.write() as session:
        conversations.set_state(session, case, ayu, 1, WAITING)
    with database.write() as session, pytest.raises(ConflictError, match="colleague"):
        conversations.set_state(session, case, ayu, 1, RESOLVED)
    assert load(database, case).state == WAITING


@pytest.mark.parametrize("state", [WAITING, RESOLVED, NOT_OURS, OPEN])
def test_state_is_set_with_its_time_its_audit_entry_and_its_change(
    database: Database, case: int, ayu: int, state: str
) -> None:
    with database.write() as session:
        conversations.set_state(session, case, ayu, 1, state)
    found = load(database, case)
    assert found.state == state
    assert (found.resolved_at is not None) == (state == RESOLVED)
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.user_id, entry.object_id, entry.detail) == (ayu, str(case), {"state": state})
    assert len(changes(database, case)) == 1


def test_what_does_not_exist_is_not_found(database: Database, case: int, ayu: int) -> None:
    with database.write() as session:
        for nonsense in (
            partial(conversations.set_state, session, case, ayu, 1, "lost"),
            partial(conversations.set_state, session, 10**9, ayu, 1, OPEN),
            partial(conversations.claim, session, 10**9, ayu),
            partial(conversations.release, session, 10**9, ayu),
            partial(conversations.assign, session, case, ayu, 1, team_id=10**9),
            partial(conversations.assign, session, case, ayu, 1, assignee_id=10**9),
            partial(conversations.correct_label, session, case, ayu, "lovely"),
            partial(conversations.correct_label, session, 10**9, ayu, "praise"),
        ):
            with pytest.raises(NotFoundError):
                nonsense()


def test_nobody_is_assigned_who_may_not_sign_in_any_more(
    database: Database, case: int, ayu: int
) -> None:
    with database.write() as session:
        gone = make_user(session, active=False).id
    with database.write() as session, pytest.raises(NotFoundError):
        conversations.assign(session, case, ayu, 1, assignee_id=gone)


def test_corrected_label_is_kept_for_retraining(database: Database, case: int, ayu: int) -> None:
    with database.write() as session:
        assert conversations.correct_label(session, case, ayu, "complaint", reason="jelas")
    found = load(database, case)
    assert (found.label, found.certain, found.confidence) == ("complaint", True, None)
    with database.read() as session:
        correction = session.scalars(select(Correction)).one()
    assert (correction.from_label, correction.label) == ("question", "complaint")
    assert (correction.model_version, correction.reason) == ("m1", "jelas")
    assert correction.text_hash == hashlib.sha256(b"internet mati").hexdigest()
    assert changes(database, case) == ["label_corrected"]


def test_correction_concerns_the_customers_newest_post(
    database: Database, case: int, ayu: int
) -> None:
    with database.write() as session:
        conversation = session.get_one(Conversation, case)
        newest = make_post(session, conversation, "masih mati", posted_at=T0.replace(hour=12))
        make_post(session, conversation, "maaf", from_us=True, posted_at=T0.replace(hour=13))
    with database.write() as session:
        conversations.correct_label(session, case, ayu, "complaint")
    with database.read() as session:
        assert session.scalars(select(Correction.post_id)).one() == newest.id


def test_confirming_a_label_counts_once_a_person(
    database: Database, case: int, ayu: int, budi: int
) -> None:
    with database.write() as session:
        assert conversations.correct_label(session, case, ayu, "question")
        assert not conversations.correct_label(session, case, ayu, "question")
        assert conversations.correct_label(session, case, budi, "question")
    with database.read() as session:
        words = session.scalars(select(Correction).order_by(Correction.id)).all()
    assert [(word.user_id, word.from_label, word.label) for word in words] == [
        (ayu, "question", "question"),
        (budi, "question", "question"),
    ]
    assert changes(database, case) == ["label_confirmed", "label_confirmed"]


def test_label_must_be_one_of_the_active_model(database: Database, case: int, ayu: int) -> None:
    with database.write() as session:
        assert conversations.correct_label(session, case, ayu, "refund", labels=("refund", "x"))
        with pytest.raises(NotFoundError, match="choose one of refund, x"):
            conversations.correct_label(session, case, ayu, "praise", labels=("refund", "x"))


def test_confirming_an_unsure_label_is_a_correction(
    database: Database, case: int, ayu: int
) -> None:
    with database.write() as session:
        session.get_one(Conversation, case).certain = False
    with database.write() as session:
        assert conversations.correct_label(session, case, ayu, "question")


def test_conversation_without_a_customers_post_has_nothing_to_label(
    database: Database, case: int, ayu: int
) -> None:
    with database.write() as session:
        session.scalars(select(Post)).one().from_us = True
    with database.write() as session, pytest.raises(NotFoundError):
        conversations.correct_label(session, case, ayu, "praise")

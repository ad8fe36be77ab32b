"""Whether customers are satisfied: asked, answered, and what a low score sets in motion."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from factories import make_account, make_author, make_conversation, make_post, make_user
from fakes import incoming
from tanggap.inbox.cases.conversations import set_state
from tanggap.inbox.follow_up import ratings
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.db import Database
from tanggap.store.notifications import Notification
from tanggap.store.posts import TRIAGE_NONE, TRIAGE_PENDING, Post
from tanggap.store.ratings import BY_LINK, BY_PERSON, BY_REPLY, Rating
from tanggap.store.users import SUPERVISOR


class Case:
    """A resolved case of Ayu's whose customer was asked."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.start = utcnow() - timedelta(hours=3)
        with database.write() as session:
            self.account: Account = make_account(session)
            self.ayu = make_user(session, "Ayu").id
            self.budi = make_user(session, "Budi", role=SUPERVISOR).id
        self.customer("1", "internet mati", self.start)
        with database.write() as session:
            found = session.scalars(select(Conversation)).one()
            make_post(
                session, found, "sudah beres kak", from_us=True, posted_at=self.at(minutes=10)
            )
            session.execute(
                update(Conversation).values(
                    waits=False,
                    assignee_id=self.ayu,
                    first_answered_at=self.at(minutes=10),
                    label="complaint",
                )
            )
            set_state(session, found.id, self.ayu, found.revision, RESOLVED)
            session.execute(update(Conversation).values(resolved_at=self.at(minutes=20)))
            ratings.ask(session, found.id, self.ayu, self.at(minutes=30))
        self.id = found.id

    def at(self, **span: int) -> datetime:
        return self.start + timedelta(**span)

    def customer(self, key: str, text: str, at: datetime, **values: Any) -> None:
        post = incoming(key, text, thread_id="t", posted_at=at, **values)
        with self.database.write() as session:
            record_events(session, self.account, [post], source="webhook")

    def answers(self, text: str) -> Rating:
        self.customer("2", text, self.at(hours=1))
        return self.rating()

    def rating(self) -> Rating:
        with self.database.read() as session:
            return session.scalars(select(Rating)).one()

    @property
    def row(self) -> Conversation:
        with self.database.read() as session:
            return session.get_one(Conversation, self.id)

    def told(self) -> set[int]:
        with self.database.read() as session:
            query = select(Notification.user_id).where(Notification.kind == "low_rating")
            return set(session.scalars(query))


@pytest.fixture
def case(database: Database) -> Case:
    return Case(database)


def test_a_good_score_is_kept_and_leaves_the_case_closed(case: Case) -> None:
    rating = case.answers("5, makasih ya min!")
    assert (rating.score, rating.by, rating.words) == (5, BY_REPLY, "5, makasih ya min!")
    assert (rating.agent_id, rating.label) == (case.ayu, "complaint")
    assert (case.row.state, case.row.waits) == (RESOLVED, False)
    assert case.told() == set()


def test_a_mere_score_is_not_sorted_and_owes_no_answer(case: Case) -> None:
    case.answers("4/5")
    with case.database.read() as session:
        post = session.scalars(select(Post).where(Post.external_id == "2")).one()
        kinds = session.scalars(
            select(ClockRow.kind).where(ClockRow.met_at.is_(None), ClockRow.ended_at.is_(None))
        ).all()
    assert post.triage == TRIAGE_NONE
    assert "first_answer" not in kinds
    assert "next_answer" not in kinds


def test_a_low_score_opens_the_case_with_priority_and_calls_owner_and_supervisor(
    case: Case,
) -> None:
    rating = case.answers("1, masih mati")
    assert rating.score == 1
    assert (case.row.state, case.row.priority_name, case.row.waits) == (OPEN, "high", True)
    assert case.told() == {case.ayu, case.budi}
    with case.database.read() as session:
        post = session.scalars(select(Post).where(Post.external_id == "2")).one()
    assert post.triage == TRIAGE_PENDING


def test_a_good_score_with_a_new_question_opens_the_case(case: Case) -> None:
    rating = case.answers("5 tapi kenapa tagihan saya bulan ini salah lagi?")
    assert rating.score == 5
    assert case.row.state == OPEN


def test_an_answer_without_a_score_opens_the_case_and_the_question_stands(case: Case) -> None:
    rating = case.answers("kok mati lagi")
    assert rating.score is None
    assert case.row.state == OPEN
    case.customer("3", "2", case.at(hours=2))
    assert case.rating().score == 2


def test_only_the_first_score_counts_as_the_answer(case: Case) -> None:
    case.answers("5")
    case.customer("3", "1", case.at(hours=2))
    assert case.rating().score == 5
    assert case.row.state == OPEN


def test_what_somebody_else_writes_in_the_thread_is_no_answer(case: Case) -> None:
    case.customer("9", "1", case.at(hours=1), author_id="lain")
    assert case.rating().score is None


def test_a_question_of_long_ago_is_not_answered_by_a_number(case: Case) -> None:
    with case.database.write() as session:
        session.execute(update(Rating).values(asked_at=utcnow() - timedelta(days=8)))
    assert case.answers("5").score is None


def test_scores_by_link_and_by_a_person_are_kept_with_how_they_came(case: Case) -> None:
    with case.database.write() as session:
        ratings.rate(session, case.id, 4, by=BY_LINK, words="cepat")
        ratings.rate(session, case.id, 2, by=BY_PERSON, user_id=case.ayu)
    with case.database.read() as session:
        found = [(r.score, r.by, r.words) for r in ratings.ratings_of(session, case.id)]
    assert found == [(4, BY_LINK, "cepat"), (2, BY_PERSON, "")]
    assert (case.row.state, case.row.priority_name) == (OPEN, "high")


@pytest.mark.parametrize("score", [0, 6, -1])
def test_scores_go_from_one_to_five(case: Case, score: int) -> None:
    with pytest.raises(ratings.UnfitScoreError), case.database.write() as session:
        ratings.rate(session, case.id, score, by=BY_PERSON)


def test_asking_again_before_an_answer_renews_the_question(case: Case) -> None:
    later = case.at(hours=2)
    with case.database.write() as session:
        ratings.ask(session, case.id, case.budi, later)
    assert (case.rating().asked_at, case.rating().asked_by) == (later, case.budi)


def test_the_last_satisfaction_of_a_customer_is_their_newest_score(services: Services) -> None:
    with services.database.write() as session:
        account = make_account(session)
        author = make_author(session)
        for minutes, score in ((0, 2), (5, 4), (10, None)):
            case = make_conversation(session, account, author)
            at = utcnow() + timedelta(minutes=minutes)
            session.add(
                Rating(
                    conversation_id=case.id, author_id=author.id, channel="fake",
                    asked_at=at, answered_at=at if score else None, score=score,
                )
            )  # fmt: skip
    with services.database.read() as session:
        assert ratings.last_satisfaction(session, author.id) == 4
        assert ratings.last_satisfaction(session, author.id + 1000) is None

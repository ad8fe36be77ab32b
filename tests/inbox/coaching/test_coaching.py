"""Coaching: what is said of one person, and what is not said of few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from factories import make_account, make_author, make_conversation, make_post, make_user
from tanggap.errors import NotFoundError
from tanggap.inbox.coaching import coaching
from tanggap.inbox.coaching.coaching import Coaching, Point
from tanggap.inbox.services import Services
from tanggap.store.approvals import Approval
from tanggap.store.base import utcnow
from tanggap.store.practice import PracticeAnswer
from tanggap.store.ratings import Rating
from tanggap.store.replies import PURPOSES, ReplyRow
from tanggap.store.sight import Sight, limited_to
from tanggap.store.users import ANALYST, Team, User


class Desk:
    """One account, and a person who works there."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.account = make_account(session)
        self.user: User = make_user(session)
        self.case = make_conversation(session, self.account, language="id", first_answered_at=None)

    def practise(self, times: int, right: int, expected: str = "complaint") -> None:
        for number in range(times):
            post = make_post(self.session, self.case)
            self.session.add(
                PracticeAnswer(
                    user_id=self.user.id,
                    post_id=post.id,
                    channel="fake",
                    label=expected if number < right else "none",
                    expected=expected,
                    right_team=True,
                    text="Baik",
                    findings=["too_casual"] if number % 2 else [],
                )
            )
        self.session.flush()

    def answered(self, times: int, text: str, purpose: str = "") -> None:
        post = make_post(self.session, self.case)
        for number in range(times):
            self.session.add(
                ReplyRow(
                    conversation_id=self.case.id,
                    in_reply_to_id=post.id,
                    user_id=self.user.id,
                    text=f"{text} ^{self.user.initials}",
                    idempotency_key=f"{self.user.id}-{purpose}-{number}",
                    purpose=purpose,
                    state="sent",
                    sent_at=utcnow(),
                )
            )
        self.session.flush()

    def decided(self, state: str, times: int) -> None:
        post = make_post(self.session, self.case)
        for _ in range(times):
            self.session.add(
                Approval(
                    conversation_id=self.case.id,
                    user_id=self.user.id,
                    text="Baik",
                    seen_post_id=post.id,
                    state=state,
                    decided_at=utcnow(),
                )
            )
        self.session.flush()

    def rated(self, score: int, times: int) -> None:
        author = make_author(self.session)
        for _ in range(times):
            self.session.add(
                Rating(
                    conversation_id=self.case.id,
                    author_id=author.id,
                    channel="fake",
                    label="complaint",
                    agent_id=self.user.id,
                    answered_at=utcnow(),
                    score=score,
                )
            )
        self.session.flush()

    def report(self, services: Services) -> Coaching:
        return coaching.read_coaching(services, self.session, self.user.id, 30, of_oneself=False)


def test_nothing_is_said_of_somebody_of_whom_nothing_is_known(services: Services) -> None:
    with services.database.write() as session:
        found = Desk(session).report(services)
    assert (found.practice, found.ratings, found.passed) == (None, None, None)
    assert not (found.strengths)
    assert not (found.gaps)
    assert not (found.advice)


def test_few_tries_are_neither_strength_nor_gap(services: Services) -> None:
    with services.database.write() as session:
        desk = Desk(session)
        desk.practise(9, 0)
        desk.decided("returned", 9)
        desk.rated(1, 9)
        found = desk.report(services)
    assert found.practice is not None
    assert found.practice.few
    assert not (found.strengths)
    assert not (found.gaps)
    assert found.advice == [Point("more", "label", "complaint")]


def test_what_went_wrong_often_is_worth_practising(services: Services) -> None:
    with services.database.write() as session:
        desk = Desk(session)
        desk.practise(12, 4)
        desk.practise(12, 12, "praise")
        desk.decided("returned", 6)
        desk.decided("approved", 6)
        desk.rated(5, 10)
        found = desk.report(services)
    assert Point("practice", "label", "praise") in found.strengths
    assert Point("satisfied", "channel", "fake") in found.strengths
    assert Point("practice", "label", "complaint") in found.gaps
    assert Point("returned", "", "") in found.gaps
    assert Point("finding", "", "too_casual") in found.gaps
    assert found.advice[0] == Point("practice", "label", "complaint")
    assert [(line.key, line.count, line.right) for line in found.practised["label"]] == [
        ("complaint", 12, 4),
        ("praise", 12, 12),
    ]


def test_answers_that_were_sent_are_held_against_the_tone(services: Services) -> None:
    with services.database.write() as session:
        desk = Desk(session)
        desk.answered(11, "Tolong kirim nomor KTP di sini")
        found = desk.report(services)
    assert found.sent_findings.looked_at == 11
    assert ("asks_personal", 11) in found.sent_findings.codes
    assert "foreign_initials" not in dict(found.sent_findings.codes)


def test_a_first_answer_is_known_although_its_receipt_came_after_its_post(
    services: Services,
) -> None:
    with services.database.write() as session:
        desk = Desk(session)
        desk.case.label = "complaint"
        desk.answered(11, "Barang sudah dikirim ulang.")
        for reply in session.scalars(select(ReplyRow)):
            post = make_post(session, desk.case, from_us=True)
            reply.post_id, desk.case.first_answered_at = post.id, post.posted_at
            reply.sent_at = post.posted_at + timedelta(milliseconds=40)
        found = desk.report(services)
    assert ("missing_parts", 11) in found.sent_findings.codes


def test_people_are_listed_by_name_and_only_those_who_work_on_cases(services: Services) -> None:
    with services.database.write() as session:
        for name in ("Zaki", "bambang", "Citra"):
            make_user(session, name)
        analyst = make_user(session, "Analis", role=ANALYST)
        names = [one.name for one in coaching.list_colleagues(session, 30)]
        with pytest.raises(NotFoundError):
            coaching.read_coaching(services, session, analyst.id, 30, of_oneself=False)
    assert names == ["bambang", "Citra", "Zaki"]


def test_answers_are_counted_whatever_else_they_are_for_but_not_questions(
    services: Services,
) -> None:
    with services.database.write() as session:
        desk = Desk(session)
        desk.answered(2, "Sudah kami perbaiki")
        for purpose in PURPOSES:
            desk.answered(1, "Sedang kami periksa", purpose)
        [colleague] = coaching.list_colleagues(session, 30)
    assert colleague.answered == 5


def test_whoever_is_limited_to_teams_coaches_their_people_by_their_cases(
    services: Services,
) -> None:
    with services.database.write() as session:
        desk = Desk(session)
        other = make_user(session)
        team = Team(key="sendiri", name_id="A", name_en="A", members=[desk.user])
        session.add(team)
        session.flush()
        desk.practise(3, 3)
        sight, own, foreign = Sight((team.id,)), desk.user.id, other.id
    with limited_to(sight), services.database.read() as session:
        [colleague] = coaching.list_colleagues(session, 30)
        assert (colleague.user_id, colleague.practised) == (own, 0)
        with pytest.raises(NotFoundError):
            coaching.read_coaching(services, session, foreign, 30, of_oneself=False)

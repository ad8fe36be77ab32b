"""The list of posts to label: asked in order, answered once, never asked twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_post, make_user
from fakes import T0
from queries import plan_of
from tanggap.errors import NotFoundError
from tanggap.inbox.learning import labelling
from tanggap.inbox.learning.labelling import Suggestion
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from tanggap.store.labelling import LabelRequest
from tanggap.store.posts import Post

LABELS = ("complaint", "question")


@pytest.fixture
def posts(database: Database) -> list[int]:
    with database.write() as session:
        account = make_account(session)
        return [
            make_post(session, make_conversation(session, account), f"teks {n}").id
            for n in range(8)
        ]


@pytest.fixture
def ana(database: Database) -> int:
    with database.write() as session:
        return make_user(session).id


def save(database: Database, posts: list[int]) -> int:
    with database.write() as session:
        wanted = [Suggestion(post, "unsure", "question", 0.4) for post in posts]
        return labelling.save_suggestions(session, wanted, "m1")


def answer(database: Database, post: int, user: int, label: str = "complaint") -> bool:
    with database.write() as session:
        return labelling.answer(session, post, user, label, labels=LABELS) is not None


def left(database: Database) -> list[int]:
    with database.read() as session:
        rows = session.scalars(select(LabelRequest.post_id).order_by(LabelRequest.position))
        return list(rows)


def progress(database: Database) -> tuple[int, int]:
    with database.read() as session:
        found = labelling.read_progress(session)
        return found.done, found.total


def test_everything_is_asked_once_until_nothing_is_left(
    database: Database, posts: list[int], ana: int
) -> None:
    assert save(database, posts) == 8
    seen = []
    while True:
        with database.read() as session:
            asked = labelling.next_asked(session, ana)
        if asked is None:
            break
        seen.append(asked.post_id)
        assert answer(database, asked.post_id, ana)
        assert not answer(database, asked.post_id, ana)
    assert sorted(seen) == posts
    assert progress(database) == (8, 8)


def test_two_people_begin_at_different_posts(database: Database, posts: list[int]) -> None:
    save(database, posts)
    with database.read() as session:
        first, second = (labelling.next_asked(session, user) for user in (10, 11))
    assert first is not None
    assert second is not None
    assert first.post_id != second.post_id


def test_skipped_posts_come_again_at_the_end(
    database: Database, posts: list[int], ana: int
) -> None:
    save(database, posts)
    with database.read() as session:
        first = labelling.next_asked(session, 0)
        assert first is not None
        second = labelling.next_asked(session, 0, after=first.position)
        again = labelling.next_asked(session, 0, after=10**6)
    assert second is not None
    assert second.position > first.position
    assert again == first


def test_answered_post_names_its_conversation(
    database: Database, posts: list[int], ana: int
) -> None:
    save(database, posts)
    answer(database, posts[0], ana)
    with database.read() as session:
        conversation = session.scalars(
            select(Conversation)
            .join(Post, Post.conversation_id == Conversation.id)
            .where(Post.id == posts[0])
        ).one()
    assert (conversation.label, conversation.confidence) == ("complaint", None)


def test_new_suggestions_replace_those_nobody_answered(
    database: Database, posts: list[int], ana: int
) -> None:
    save(database, posts[:4])
    answer(database, posts[0], ana)
    save(database, posts[4:6])
    assert left(database) == [posts[0], posts[4], posts[5]]
    assert progress(database) == (1, 3)


def test_deleted_posts_are_not_asked(database: Database, posts: list[int], ana: int) -> None:
    save(database, posts[:1])
    with database.write() as session:
        session.get_one(Post, posts[0]).deleted_at = utcnow()
    with database.read() as session:
        assert labelling.next_asked(session, ana) is None


def test_only_customers_posts_without_a_word_are_candidates(
    database: Database, posts: list[int], ana: int
) -> None:
    answer(database, posts[0], ana)
    with database.write() as session:
        session.get_one(Post, posts[1]).from_us = True
        session.get_one(Post, posts[2]).deleted_at = utcnow()
        session.get_one(Post, posts[3]).posted_at = T0 - timedelta(days=400)
    with database.read() as session:
        found = labelling.unlabelled_posts(session, since=T0 - timedelta(days=90))
        assert [one.post_id for one in found] == posts[:3:-1]
        assert len(list(labelling.unlabelled_posts(session, limit=2))) == 2
        assert list(labelling.unlabelled_posts(session, limit=0)) == []


def test_going_through_posts_takes_them_page_by_page(
    database: Database, posts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling, "_PAGE", 3)
    with database.read() as session:
        found = [one.post_id for one in labelling.unlabelled_posts(session)]
    assert found == posts[::-1]


@pytest.mark.parametrize("label", ["praise", "", "COMPLAINT"])
def test_label_of_another_model_is_refused(
    database: Database, posts: list[int], ana: int, label: str
) -> None:
    with pytest.raises(NotFoundError, match="choose one of complaint, question"):
        answer(database, posts[0], ana, label)


def test_post_that_is_gone_is_not_found(database: Database, ana: int) -> None:
    with pytest.raises(NotFoundError):
        answer(database, 10**9, ana)


def test_list_is_read_by_its_index(database: Database) -> None:
    with database.read() as session:
        plan = plan_of(session, labelling._asked_query(LabelRequest.position > 3))
    assert "ix_label_requests_position" in plan

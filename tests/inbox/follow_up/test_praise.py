"""Praise: asked whether it may be shown, permitted by the customer's own words, exported."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_author, make_conversation, make_post, make_user
from tanggap.errors import ConflictError
from tanggap.inbox.follow_up import praise
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from tanggap.store.posts import Post
from tanggap.store.testimonials import GRANTED
from tanggap.store.testimonials import Testimonial as Row

ASKED = utcnow() - timedelta(hours=2)


class Shop:
    """A customer's praise that was asked about, and what can follow."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as session:
            account = make_account(session)
            self.ayu = make_user(session, "Ayu").id
            author = make_author(session, name="Rita", handle="rita")
            self.case = make_conversation(session, account, author, label="praise")
            self.praise = make_post(
                session, self.case, "Mantap layanannya!", posted_at=ASKED - timedelta(hours=1)
            )
            praise.asked(session, self.case.id, self.praise.id, self.ayu, ASKED)

    def says(self, text: str, *, hours: int = 1, from_us: bool = False) -> Post:
        with self.database.write() as session:
            case = session.get_one(Conversation, self.case.id)
            return make_post(
                session,
                case,
                text,
                posted_at=ASKED + timedelta(hours=hours),
                from_us=from_us,
                url="https://fake.example/1",
            )

    @property
    def row(self) -> Row:
        with self.database.read() as session:
            return session.scalars(select(Row)).one()

    def grant(self, post: Post) -> None:
        with self.database.write() as session:
            praise.grant(session, self.row.id, self.ayu, post.id)

    def exported(self) -> list[str]:
        with self.database.read() as session:
            return [row["quote"] for row in praise.permitted(session)]


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


def test_nothing_is_exported_before_the_customer_agrees(shop: Shop) -> None:
    assert shop.exported() == []
    shop.grant(shop.says("Boleh banget!"))
    assert shop.exported() == ["Mantap layanannya!"]


def test_the_permission_keeps_by_which_words_it_was_given_and_who_wrote_it_down(
    shop: Shop,
) -> None:
    shop.grant(shop.says("Boleh banget!"))
    with shop.database.read() as session:
        found = list(praise.permitted(session))
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "conversation.permission_granted")
        ).one()
    assert found[0]["consent"] == "Boleh banget!"
    assert found[0]["consent_url"] == "https://fake.example/1"
    assert (found[0]["author"], found[0]["recorded_by"]) == ("Rita", "Ayu")
    assert tuple(found[0]) == praise.COLUMNS
    assert entry.user_id == shop.ayu


@pytest.mark.parametrize("case", ["ours", "before the question", "of another case"])
def test_only_a_later_word_of_the_customer_is_a_permission(shop: Shop, case: str) -> None:
    if case == "ours":
        post = shop.says("boleh", from_us=True)
    elif case == "before the question":
        post = shop.says("boleh", hours=-3)
    else:
        with shop.database.write() as session:
            account = make_account(session, external_id="other")
            other = make_conversation(session, account)
            post = make_post(session, other, "boleh", posted_at=utcnow())
    with pytest.raises(praise.NotTheirWordError):
        shop.grant(post)
    assert shop.row.state != GRANTED


def test_answers_that_look_like_a_yes_are_marked(shop: Shop) -> None:
    shop.says("Jangan ya")
    shop.says("Boleh", hours=2)
    with shop.database.read() as session:
        found = praise.possible_answers(session, shop.row)
    assert [(post.text, likely) for post, likely in found] == [
        ("Jangan ya", False),
        ("Boleh", True),
    ]


def test_a_permission_that_is_taken_back_is_exported_no_more(shop: Shop) -> None:
    shop.grant(shop.says("Boleh"))
    with shop.database.write() as session:
        praise.withdraw(session, shop.row.id, shop.ayu)
    assert shop.exported() == []
    assert shop.row.quote == ""


def test_of_two_who_decide_one_is_told(shop: Shop) -> None:
    with shop.database.write() as session:
        praise.decline(session, shop.row.id, shop.ayu)
    with pytest.raises(ConflictError), shop.database.write() as session:
        praise.decline(session, shop.row.id, shop.ayu)


def test_asking_again_leaves_a_permission_as_it_is(shop: Shop) -> None:
    shop.grant(shop.says("Boleh"))
    with shop.database.write() as session:
        praise.asked(session, shop.case.id, shop.praise.id, shop.ayu, utcnow())
    assert shop.row.state == GRANTED


def test_the_rate_counts_praise_and_what_of_it_was_answered(database: Database) -> None:
    with database.write() as session:
        account = make_account(session)
        for label, answered, days in (
            *(("praise", True, 1), ("praise", False, 29), ("complaint", True, 1)),
            # An import stores what was written long ago.
            ("praise", False, 31),
        ):
            at = utcnow() - timedelta(days=days)
            make_conversation(
                session,
                account,
                label=label,
                first_answered_at=utcnow() if answered else None,
                last_inbound_at=at,
                last_post_at=utcnow() if answered else at,
            )
    with database.read() as session:
        assert praise.count_answered(session) == praise.Answered(2, 1)

"""The conversation page's reading: context, verdicts, answers, and a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import make_account, make_author, make_conversation, make_post, make_user
from fakes import T0
from queries import counted
from tanggap.errors import NotFoundError
from tanggap.inbox.cases.conversations import correct_label
from tanggap.inbox.desk.conversation_view import (
    NEWEST,
    POSTS_SHOWN,
    ConversationView,
    Window,
    pending_of_others,
    posts_after,
    read_view,
)
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.sending.drafts import save_draft
from tanggap.store.accounts import Account
from tanggap.store.conversations import Conversation
from tanggap.store.db import Database
from tanggap.store.posts import Post, VerdictRow
from tanggap.store.replies import FAILED, QUEUED, SENT, ReplyRow


@pytest.fixture
def case(database: Database) -> Conversation:
    with database.write() as session:
        return make_conversation(session, make_account(session))


@pytest.fixture
def ayu(database: Database) -> int:
    with database.write() as session:
        return make_user(session).id


def add(database: Database, case: Conversation, text: str = "halo", **values: object) -> Post:
    with database.write() as session:
        conversation = session.get_one(Conversation, case.id)
        return make_post(session, conversation, text, **values)  # type: ignore[arg-type]


def verdict(database: Database, post: Post, label: str, revision: int = 1) -> None:
    with database.write() as session:
        row = VerdictRow(
            post_id=post.id,
            revision=revision,
            label=label,
            confidence=0.9,
            certain=True,
            probabilities={},
            language="id",
            model_version="m1",
        )
        session.add(row)


def reply(database: Database, post: Post, user_id: int, key: str, **values: object) -> None:
    with database.write() as session:
        row = ReplyRow(
            conversation_id=post.conversation_id,
            in_reply_to_id=post.id,
            user_id=user_id,
            text="kami cek",
            idempotency_key=key,
            **values,
        )
        session.add(row)


def view(
    database: Database, case: Conversation, user_id: int, window: Window = NEWEST
) -> ConversationView:
    with database.read() as session:
        return read_view(session, case.id, user_id, window)


def test_conversation_that_does_not_exist_is_not_found(database: Database, ayu: int) -> None:
    with database.read() as session, pytest.raises(NotFoundError):
        read_view(session, 12345, ayu)


def test_context_leads_from_the_top_of_the_thread_to_the_first_post(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        account = session.get_one(Account, case.account_id)
        other = make_conversation(session, account, make_author(session), thread_id=case.thread_id)
        top = make_post(session, other, "pengumuman", from_us=True, conversation_id=None)
        middle = make_post(session, other, "apa syaratnya?", parent_id=top.id)
        sibling = make_post(session, other, "saya juga")
    add(database, case, "sama", parent_id=middle.id)
    found = view(database, case, ayu)
    assert [post.id for post in found.ancestors] == [top.id, middle.id]
    assert [post.id for post in found.siblings] == [sibling.id]


def test_private_posts_of_others_are_never_siblings(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        account = session.get_one(Account, case.account_id)
        other = make_conversation(session, account, make_author(session), thread_id=case.thread_id)
        make_post(session, other, "rahasia", visibility="private")
    add(database, case)
    assert view(database, case, ayu).siblings == []


def test_post_shows_the_verdict_of_its_newest_text_and_a_persons_word_over_it(
    database: Database, case: Conversation, ayu: int
) -> None:
    post = add(database, case, revision=2)
    verdict(database, post, "praise", revision=1)
    assert view(database, case, ayu).posts[0].label is None
    verdict(database, post, "question", revision=2)
    shown = view(database, case, ayu).posts[0]
    assert (shown.label, shown.corrected) == ("question", False)
    with database.write() as session:
        correct_label(session, case.id, ayu, "complaint")
    shown = view(database, case, ayu).posts[0]
    assert (shown.label, shown.corrected) == ("complaint", True)
    assert shown.verdict is not None
    assert shown.verdict.label == "question"


def test_sent_replies_are_posts_with_their_writer_and_others_stand_below(
    database: Database, case: Conversation, ayu: int
) -> None:
    post = add(database, case)
    ours = add(database, case, "kami cek ^AB", from_us=True)
    reply(database, post, ayu, "k1", state=SENT, post_id=ours.id)
    reply(database, post, ayu, "k2", state=FAILED)
    found = view(database, case, ayu)
    assert found.senders[ours.id].idempotency_key == "k1"
    assert [row.idempotency_key for row in found.replies] == ["k2"]


def test_draft_is_ones_own(database: Database, case: Conversation, ayu: int) -> None:
    post = add(database, case)
    with database.write() as session:
        budi = make_user(session).id
        save_draft(session, conversation_id=case.id, user_id=budi, text="hai", seen_post_id=post.id)
    assert view(database, case, ayu).draft is None
    draft = view(database, case, budi).draft
    assert draft is not None
    assert draft.text == "hai"


def test_long_conversation_shows_its_newest_posts_and_has_seen_them_all(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        conversation = session.get_one(Conversation, case.id)
        for number in range(POSTS_SHOWN + 5):
            make_post(session, conversation, posted_at=T0 + timedelta(minutes=number))
        late = make_post(session, conversation, "lama", posted_at=T0 - timedelta(days=1))
    found = view(database, case, ayu)
    assert len(found.posts) == POSTS_SHOWN
    assert found.earlier is not None
    assert found.seen_post_id == late.id


def test_long_conversation_is_read_page_by_page_and_each_post_is_shown_once(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        conversation = session.get_one(Conversation, case.id)
        for number in range(2 * POSTS_SHOWN + 5):
            make_post(session, conversation, posted_at=T0 + timedelta(minutes=number // 9))
        conversation.post_count = 2 * POSTS_SHOWN + 5
    shown: list[int] = []
    window, sizes = Window(), []
    while True:
        found = view(database, case, ayu, window)
        shown = [judged.post.id for judged in found.posts] + shown
        sizes.append(len(found.posts))
        if found.earlier is None:
            break
        window = Window(before=Cursor.read(str(found.earlier)))
    assert sizes == [POSTS_SHOWN, POSTS_SHOWN, 5]
    assert shown == sorted(set(shown))
    again = view(database, case, ayu, Window(since=found.since))
    assert [judged.post.id for judged in again.posts] == shown
    assert again.earlier is None


def test_page_that_was_made_longer_stays_as_long_and_leads_on(
    database: Database, case: Conversation, ayu: int
) -> None:
    with database.write() as session:
        conversation = session.get_one(Conversation, case.id)
        posts = [
            make_post(session, conversation, posted_at=T0 + timedelta(minutes=number))
            for number in range(POSTS_SHOWN + 20)
        ]
        conversation.post_count = len(posts)
    tenth = posts[9]
    found = view(database, case, ayu, Window(since=Cursor(tenth.posted_at, tenth.id)))
    assert [judged.post.id for judged in found.posts] == [post.id for post in posts[9:]]
    assert found.earlier == found.since == Cursor(tenth.posted_at, tenth.id)


def test_nothing_is_left_to_answer_once_the_customer_deleted_everything(
    database: Database, case: Conversation, ayu: int
) -> None:
    assert not view(database, case, ayu).answerable
    add(database, case, deleted_at=T0)
    add(database, case, "maaf", from_us=True)
    assert not view(database, case, ayu).answerable
    add(database, case)
    assert view(database, case, ayu).answerable


def test_what_came_in_since_is_told_oldest_first(database: Database, case: Conversation) -> None:
    seen = add(database, case)
    new = [add(database, case).id for _ in range(2)]
    with database.read() as session:
        assert [post.id for post in posts_after(session, case.id, seen.id)] == new


def test_answers_of_colleagues_on_their_way_are_told(
    database: Database, case: Conversation, ayu: int
) -> None:
    post = add(database, case)
    with database.write() as session:
        budi = make_user(session).id
    reply(database, post, ayu, "mine", state=QUEUED)
    reply(database, post, budi, "his", state=QUEUED)
    reply(database, post, budi, "his failed one", state=FAILED)
    with database.read() as session:
        found = pending_of_others(session, case.id, ayu)
    assert [row.idempotency_key for row in found] == ["his"]


@pytest.mark.parametrize("size", [1, 30])
def test_page_takes_the_same_number_of_queries_whatever_its_size(
    database: Database, case: Conversation, ayu: int, size: int
) -> None:
    for number in range(size):
        post = add(database, case, f"kiriman {number}")
        verdict(database, post, "question")
        reply(database, post, ayu, f"k{number}", state=FAILED)
    with database.read() as session, counted(database) as statements:
        found = read_view(session, case.id, ayu)
        assert all(row.user.name for row in found.replies)
        assert all(judged.post.author.name for judged in found.posts)
    assert len([s for s in statements if "SELECT" in s]) == 10

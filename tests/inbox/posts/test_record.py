"""What is stored when posts, edits and deletions come in any order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from factories import make_account
from fakes import ACCOUNT_ID, T0, incoming
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk.types import (
    AccountRevoked,
    Event,
    IncomingPost,
    PostDeleted,
    PostEdited,
    PostHidden,
)
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import OPEN, RESOLVED, WAITING, Conversation
from tanggap.store.posts import TRIAGE_NONE, TRIAGE_PENDING, Author, Post, PostRevision


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        return make_account(session, services)


def record(services: Services, account: Account, *events: Event, one_by_one: bool = False) -> None:
    batches = [[event] for event in events] if one_by_one else [list(events)]
    for batch in batches:
        with services.database.write() as session:
            record_events(session, session.get_one(Account, account.id), batch, source="webhook")


def post(session: Session, external_id: str) -> Post:
    return session.scalars(select(Post).where(Post.external_id == external_id)).one()


def conversations(services: Services) -> list[Conversation]:
    with services.database.read() as session:
        return list(session.scalars(select(Conversation).order_by(Conversation.id)))


def ours(external_id: str, parent: str | None = None, **values: object) -> IncomingPost:
    defaults = {"posted_at": T0 + timedelta(minutes=10), "kind": "reply"}
    return incoming(
        external_id,
        "kami cek ya",
        author_id=ACCOUNT_ID,
        in_reply_to=parent,
        **(defaults | values),
    )


def test_post_of_a_customer_opens_a_conversation_that_waits(
    services: Services, account: Account
) -> None:
    record(services, account, incoming("1", "internet mati", thread_id="1"))
    (conversation,) = conversations(services)
    assert (conversation.state, conversation.waits, conversation.post_count) == (OPEN, True, 1)
    assert conversation.snippet == "internet mati"
    with services.database.read() as session:
        assert post(session, "1").triage == TRIAGE_PENDING


def test_author_keeps_what_a_later_post_does_not_tell(services: Services, account: Account) -> None:
    record(services, account, incoming("1", author_handle="@rita", author_followers=10))
    record(services, account, incoming("2", author_name="", author_followers=12))
    with services.database.read() as session:
        author = session.scalars(select(Author)).one()
    assert (author.name, author.handle, author.followers) == ("Rita Contoh", "rita", 12)


THREAD = (
    incoming("1", "pertama", posted_at=T0),
    incoming("2", "kedua", in_reply_to="1", posted_at=T0 + timedelta(minutes=1)),
    incoming("3", "ketiga", in_reply_to="2", posted_at=T0 + timedelta(minutes=2)),
    ours("4", "3", posted_at=T0 + timedelta(minutes=3)),
    incoming(
        "5", "orang lain", author_id="other", in_reply_to="1", posted_at=T0 + timedelta(minutes=4)
    ),
)


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::11])
def test_thread_is_whole_whatever_order_its_posts_come_in(
    services: Services, account: Account, order: tuple[int, ...], one_by_one: bool
) -> None:
    record(services, account, *[THREAD[index] for index in order], one_by_one=one_by_one)
    with services.database.read() as session:
        rows = {row.external_id: row for row in session.scalars(select(Post))}
        assert {row.thread_id for row in rows.values()} == {"1"}
        parents = {key: row.parent.external_id if row.parent else None for key, row in rows.items()}
        cases = {key: row.conversation_id for key, row in rows.items()}
    assert parents == {"1": None, "2": "1", "3": "2", "4": "3", "5": "1"}
    assert cases["1"] == cases["2"] == cases["3"] == cases["4"] != cases["5"]
    first, second = sorted(conversations(services), key=lambda one: -one.post_count)
    assert (first.post_count, second.post_count) == (4, 1)
    assert (first.state, first.waits) == (WAITING, False)
    assert first.first_answered_at == T0 + timedelta(minutes=3)
    assert (second.state, second.waits) == (OPEN, True)


def test_recording_the_same_again_changes_nothing(services: Services, account: Account) -> None:
    record(services, account, *THREAD)
    before = [(c.id, c.post_count, c.state, c.last_post_at) for c in conversations(services)]
    record(services, account, *THREAD)
    record(services, account, *reversed(THREAD), one_by_one=True)
    assert [
        (c.id, c.post_count, c.state, c.last_post_at) for c in conversations(services)
    ] == before


def test_late_old_post_does_not_reopen_what_was_answered_since(
    services: Services, account: Account
) -> None:
    record(services, account, THREAD[0], ours("4", "1"))
    assert conversations(services)[0].state == WAITING
    record(services, account, THREAD[1])
    (conversation,) = conversations(services)
    assert (conversation.state, conversation.waits) == (WAITING, False)


def test_new_post_reopens_a_resolved_conversation(services: Services, account: Account) -> None:
    record(services, account, incoming("1", thread_id="t"))
    with services.database.write() as session:
        session.scalars(select(Conversation)).one().state = RESOLVED
    record(services, account, incoming("2", thread_id="t", posted_at=T0 + timedelta(hours=1)))
    (conversation,) = conversations(services)
    assert (conversation.state, conversation.waits) == (OPEN, True)


def test_post_of_ours_that_answers_nobody_opens_nothing(
    services: Services, account: Account
) -> None:
    record(services, account, ours("9", kind="post"))
    assert conversations(services) == []
    with services.database.read() as session:
        assert post(session, "9").triage == TRIAGE_NONE


def test_repost_is_kept_and_opens_nothing(services: Services, account: Account) -> None:
    record(
        services,
        account,
        incoming("1"),
        incoming("2", author_id="fan", kind="repost", in_reply_to="1"),
    )
    assert len(conversations(services)) == 1
    with services.database.read() as session:
        assert post(session, "2").parent_id == post(session, "1").id


def test_comment_under_our_post_shows_that_post_as_context(
    services: Services, account: Account
) -> None:
    record(
        services, account, incoming("c", "mahal", in_reply_to="p", kind="comment", thread_id="c")
    )
    record(services, account, ours("p", kind="post", posted_at=T0 - timedelta(days=1)))
    with services.database.read() as session:
        assert post(session, "c").parent_id == post(session, "p").id
        assert post(session, "p").conversation_id is None
    assert conversations(services)[0].state == OPEN


@pytest.mark.parametrize("one_by_one", [True, False])
def test_context_post_that_turns_out_to_be_for_us_gets_its_conversation(
    services: Services, account: Account, one_by_one: bool
) -> None:
    events = [incoming("1", kind="post"), incoming("1", kind="mention")]
    record(services, account, *events, one_by_one=one_by_one)
    (conversation,) = conversations(services)
    assert conversation.post_count == 1
    with services.database.read() as session:
        assert post(session, "1").triage == TRIAGE_PENDING


def test_private_message_we_wrote_first_joins_the_customers_conversation(
    services: Services, account: Account
) -> None:
    private = {"visibility": "private", "kind": "message", "thread_id": "dm"}
    record(services, account, ours("m1", recipient_id="cust", posted_at=T0, **private))
    record(services, account, incoming("m2", posted_at=T0 + timedelta(minutes=1), **private))
    (conversation,) = conversations(services)
    assert conversation.post_count == 2
    record(
        services,
        account,
        ours("m3", recipient_id="cust", posted_at=T0 + timedelta(minutes=2), **private),
    )
    (conversation,) = conversations(services)
    assert (conversation.post_count, conversation.state) == (3, WAITING)


@pytest.mark.parametrize("early", [True, False])
def test_edit_keeps_the_old_text_and_is_triaged_again(
    services: Services, account: Account, early: bool
) -> None:
    edit = PostEdited(
        account_id=ACCOUNT_ID, external_id="1", text="baru", edited_at=T0 + timedelta(hours=1)
    )
    events = [edit, incoming("1", "lama")] if early else [incoming("1", "lama"), edit]
    record(services, account, *events, one_by_one=True)
    record(services, account, edit, incoming("1", "lama"), one_by_one=True)
    with services.database.read() as session:
        row = post(session, "1")
        assert (row.text, row.revision, row.triage) == ("baru", 2, TRIAGE_PENDING)
        old = session.scalars(select(PostRevision)).one()
        assert (old.revision, old.text) == (1, "lama")
    assert conversations(services)[0].snippet == "baru"


def test_older_edit_that_comes_late_is_passed_over(services: Services, account: Account) -> None:
    edits = [
        PostEdited(
            account_id=ACCOUNT_ID, external_id="1", text=text, edited_at=T0 + timedelta(hours=hour)
        )
        for text, hour in (("kedua", 2), ("pertama", 1))
    ]
    record(services, account, incoming("1", "asal"), *edits, one_by_one=True)
    with services.database.read() as session:
        assert post(session, "1").text == "kedua"


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_edits_that_change_the_id_are_one_post_whatever_their_order(
    services: Services, account: Account, order: tuple[int, ...], one_by_one: bool
) -> None:
    versions = [
        incoming("1", "satu"),
        incoming("2", "dua", previous_ids=("1",), edited_at=T0 + timedelta(minutes=1)),
        incoming("3", "tiga", previous_ids=("1", "2"), edited_at=T0 + timedelta(minutes=2)),
    ]
    record(services, account, *[versions[n] for n in order], one_by_one=one_by_one)
    record(services, account, *versions, one_by_one=True)
    with services.database.read() as session:
        (row,) = session.scalars(select(Post))
        assert (row.external_id, row.text, row.triage) == ("3", "tiga", TRIAGE_PENDING)
    (conversation,) = conversations(services)
    assert conversation.post_count == 1


def test_reply_to_a_former_version_finds_its_parent(services: Services, account: Account) -> None:
    record(services, account, incoming("2", previous_ids=("1",), edited_at=T0))
    record(services, account, ours("r", "1"))
    (conversation,) = conversations(services)
    assert (conversation.post_count, conversation.state) == (2, WAITING)
    gone = PostDeleted(account_id=ACCOUNT_ID, external_id="1", deleted_at=T0)
    record(services, account, gone)
    with services.database.read() as session:
        assert post(session, "2").deleted_at == T0


@pytest.mark.parametrize("early", [True, False])
def test_deletion_marks_the_post_and_loses_nothing(
    services: Services, account: Account, early: bool
) -> None:
    gone = PostDeleted(account_id=ACCOUNT_ID, external_id="1", deleted_at=T0)
    events = [gone, incoming("1", "lama")] if early else [incoming("1", "lama"), gone]
    record(services, account, *events, one_by_one=True)
    with services.database.read() as session:
        assert (post(session, "1").deleted_at, post(session, "1").text) == (T0, "lama")


def test_hiding_and_showing_again(services: Services, account: Account) -> None:
    record(services, account, incoming("1"))
    for hidden in (True, False):
        record(services, account, PostHidden(account_id=ACCOUNT_ID, external_id="1", hidden=hidden))
        with services.database.read() as session:
            assert post(session, "1").hidden is hidden


def test_poll_that_sees_an_edited_text_takes_it_over(services: Services, account: Account) -> None:
    record(services, account, incoming("1", "lama", metrics={"likes": 1}))
    later = incoming("1", "baru", edited_at=T0 + timedelta(hours=1), metrics={"likes": 9})
    record(services, account, later)
    with services.database.read() as session:
        assert (post(session, "1").text, post(session, "1").metrics) == ("baru", {"likes": 9})


def test_revoked_permission_closes_the_account(services: Services, account: Account) -> None:
    record(services, account, AccountRevoked(account_id=ACCOUNT_ID, reason="withdrawn"))
    with services.database.read() as session:
        row = session.get_one(Account, account.id)
        assert (row.state, row.state_cause) == (NEEDS_RECONNECT, "revoked")


def test_post_from_the_future_is_dated_now(services: Services, account: Account) -> None:
    record(services, account, replace(incoming("1"), posted_at=utcnow() + timedelta(days=400)))
    assert conversations(services)[0].last_post_at <= utcnow()


def test_posts_that_answer_each_other_in_a_circle_are_stored(
    services: Services, account: Account
) -> None:
    record(services, account, incoming("1", in_reply_to="2"), incoming("2", in_reply_to="1"))
    with services.database.read() as session:
        assert len(list(session.scalars(select(Post)))) == 2


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("one_by_one", [True, False])
def test_comment_under_ones_own_post_stays_in_the_same_conversation(
    services: Services, account: Account, backwards: bool, one_by_one: bool
) -> None:
    events = [
        incoming("v", "toko tutup?", thread_id="v"),
        incoming("c", "halo?", in_reply_to="v", thread_id="c", kind="comment"),
        ours("r", "c", thread_id="c"),
    ]
    record(services, account, *(reversed(events) if backwards else events), one_by_one=one_by_one)
    (conversation,) = conversations(services)
    assert (conversation.thread_id, conversation.post_count) == ("v", 3)
    assert conversation.state == WAITING


def test_person_who_is_known_is_written_only_when_there_is_news(
    services: Services, account: Account
) -> None:
    def author(**told: object) -> Author:
        with services.database.write() as session:
            post = incoming(f"p{next(numbers)}", author_id="rita", **told)
            record_events(session, session.get_one(Account, account.id), [post], source="webhook")
        with services.database.read() as session:
            return session.scalars(select(Author).where(Author.external_id == "rita")).one()

    numbers = itertools.count()
    first = author(author_name="Rita")
    assert author(author_name="Rita").told_at == first.told_at
    assert author(author_name="").name == "Rita"
    assert author(author_name="Rita", author_followers=0).followers == 0
    assert author(author_name="Rita S.").name == "Rita S."
    with services.database.write() as session:
        session.execute(update(Author).values(told_at=utcnow() - timedelta(hours=2)))
    assert author(author_name="Rita S.").told_at > utcnow() - timedelta(minutes=5)


def test_account_notes_every_few_seconds_that_it_received(
    services: Services, account: Account
) -> None:
    def received(number: int) -> datetime | None:
        record(services, account, incoming(str(number)))
        with services.database.read() as session:
            return session.get_one(Account, account.id).last_received_at

    first = received(1)
    assert first is not None
    assert received(2) == first, "its row would be what all workers wait for"
    with services.database.write() as session:
        session.get_one(Account, account.id).last_received_at = first - timedelta(minutes=1)
    again = received(3)
    assert again is not None
    assert again >= first

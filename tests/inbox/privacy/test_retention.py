"""What platforms' terms let nobody keep: it goes in time, everywhere, and stays gone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, FakePlatform, change_channel, incoming, post_event, signed
from tanggap.errors import ConflictError
from tanggap.inbox.arrival import dead_letters
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.privacy.retention import is_due, purge_due
from tanggap.inbox.search.search import Filter, list_conversations
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.sdk import Attachment, PostEdited, Retention
from tanggap.store import Base
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.deliveries import DEAD, Delivery
from tanggap.store.posts import Author, Post, PostRevision, VerdictRow
from tanggap.store.retention import RetentionMark

SECRET = "zebrabiru"
NAME = "Rita Rahasia"
TERMS = Retention(
    posts=timedelta(hours=48), authors=timedelta(hours=24), source="https://x.example"
)


@pytest.fixture
def account(services: Services) -> Account:
    change_channel(services, retention=TERMS)
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def record(services: Services, account: Account, *events: object) -> None:
    with services.database.write() as session:
        stored = session.get_one(Account, account.id)
        record_events(session, stored, events, source="webhook")  # type: ignore[arg-type]


def age(services: Services, hours: float) -> None:
    """Let time pass for everything that is stored."""
    past = timedelta(hours=hours)
    with services.database.write() as session:
        for model, name in ((Post, "received_at"), (Delivery, "received_at"), (Author, "told_at")):
            column = getattr(model, name)
            for row in session.execute(select(model.id, column)).all():  # type: ignore[attr-defined]
                session.execute(
                    update(model).where(model.id == row.id).values({name: row[1] - past})  # type: ignore[attr-defined]
                )


def everything(services: Services) -> str:
    """Write out every column of every table."""
    with services.database.read() as session:
        rows = [
            str(bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
            for value in row
        ]
        if services.database.is_sqlite:
            session.execute(
                text(
                    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words "
                    "USING fts5vocab('main', 'posts_fts', 'row')"
                )
            )
            rows += [str(row[0]) for row in session.execute(text("SELECT term FROM temp.words"))]
    return "\n".join(rows)


def tell(services: Services, text_: str = f"internet {SECRET} mati") -> None:
    accept(services, "fake", signed([post_event("1", text_, thread="1", author="cust")]))
    receive_pending(services)


def test_nothing_of_an_old_text_is_left_anywhere(services: Services, account: Account) -> None:
    tell(services)
    record(
        services,
        account,
        edited("1", f"{SECRET} kedua"),
        edited("never", SECRET),
        incoming("2", f"{SECRET} tiga", attachments=[Attachment("image", "https://x/1", SECRET)],
                 mentions=[SECRET], in_reply_to="1", thread_id="1"),
    )  # fmt: skip
    triage_pending(services)
    with services.database.write() as session:
        session.execute(text("UPDATE early_events SET received_at = :at"), {"at": _old()})
    age(services, 49)
    assert SECRET in everything(services)
    counts = purge_due(services)
    assert (counts["posts"], counts["deliveries"]) == (2, 1)
    assert SECRET not in everything(services)


def edited(external_id: str, to: str) -> PostEdited:
    return PostEdited(account_id=ACCOUNT_ID, external_id=external_id, text=to, edited_at=utcnow())


def _old() -> object:
    return (utcnow() - timedelta(hours=50)).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")


def test_old_text_cannot_be_read_from_the_files_of_the_embedded_database(
    services: Services, account: Account
) -> None:
    if not services.database.is_sqlite:
        pytest.skip("PostgreSQL's vacuum clears its files")
    for number in range(40):
        record(services, account, incoming(str(number), f"{SECRET} {number} " + "x" * 9_000))
    triage_pending(services)
    age(services, 49)
    purge_due(services)
    services.database.close()
    for file in services.settings.data_dir.glob("tanggap.db*"):
        assert SECRET.encode() not in file.read_bytes(), file.name


def test_case_labels_and_our_own_answer_stay(
    services: Services, account: Account, platform: FakePlatform
) -> None:
    tell(services)
    triage_pending(services)
    with services.database.write() as session:
        user = make_user(session, initials="AB")
        conversation_id = session.scalars(select(Conversation.id)).one()
    reply = queue_reply(
        services,
        user_id=user.id,
        conversation_id=conversation_id,
        text="kami cek ya kak",
        visibility="public",
        seen_post_id=10**9,
        idempotency_key="k",
    )
    outbox.work_on(services, reply.id)
    age(services, 49)
    purge_due(services)
    with services.database.read() as session:
        case = session.get_one(Conversation, conversation_id)
        assert case.label == "complaint"
        assert case.post_count == 2
        assert case.snippet == "kami cek ya kak ^AB"
        assert session.scalars(select(VerdictRow.label)).all() == ["complaint"]
        posts = session.scalars(select(Post).order_by(Post.id)).all()
        assert [(bool(post.purged_at), post.text) for post in posts] == [
            (True, ""), (False, "kami cek ya kak ^AB")
        ]  # fmt: skip
        assert list_conversations(session, Filter(state="any", words=SECRET)).rows == []


def test_profile_goes_earlier_and_comes_back_when_the_person_writes_again(
    services: Services, account: Account
) -> None:
    values = {"author_name": NAME, "author_handle": "ritar", "author_avatar_url": "https://x/rita"}
    record(services, account, incoming("1", **values))
    age(services, 25)
    assert purge_due(services) == Counter(authors=1)
    assert NAME not in everything(services)
    assert "https://x/rita" not in everything(services)
    with services.database.read() as session:
        assert session.scalars(select(Post.text)).one() == "halo min"
    record(services, account, incoming("2", **values))
    with services.database.read() as session:
        author = session.scalars(select(Author).where(Author.external_id == "cust")).one()
    assert (author.name, author.purged_at) == (NAME, None)


def test_purging_again_changes_nothing(services: Services, account: Account) -> None:
    tell(services)
    age(services, 49)
    assert purge_due(services).total() > 0
    assert purge_due(services).total() == 0
    with services.database.read() as session:
        mark = session.get_one(RetentionMark, "fake")
    assert (mark.posts, mark.deliveries, mark.authors) == (1, 1, 1)


def test_what_is_within_its_time_stays(services: Services, account: Account) -> None:
    tell(services)
    age(services, 23)
    assert purge_due(services).total() == 0
    assert SECRET in everything(services)


def test_other_channels_keep_everything(services: Services, account: Account) -> None:
    change_channel(services, retention=None)
    tell(services)
    age(services, 900)
    assert purge_due(services).total() == 0
    assert not is_due(services)


def test_more_than_a_batch_is_purged_in_one_go(
    services: Services, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.inbox.privacy.retention.BATCH", 3)
    record(services, account, *(incoming(str(n), author_id=f"p{n}") for n in range(8)))
    age(services, 49)
    record(services, account, incoming("new"))
    counts = purge_due(services)
    assert (counts["posts"], counts["authors"]) == (8, 8)


def test_poll_and_edit_do_not_bring_a_text_back(services: Services, account: Account) -> None:
    tell(services)
    age(services, 49)
    purge_due(services)
    later = utcnow()
    record(
        services,
        account,
        incoming("1", f"internet {SECRET} mati", edited_at=later, metrics={"likes": 3}),
        PostEdited(account_id=ACCOUNT_ID, external_id="1", text=SECRET, edited_at=later),
    )
    assert SECRET not in everything(services)
    with services.database.read() as session:
        assert session.scalars(select(Post.metrics)).one() == {"likes": 3}
        assert session.scalars(select(PostRevision)).all() == []


def test_dead_letter_is_not_replayed_beyond_its_time(services: Services, account: Account) -> None:
    accept(services, "fake", signed([{"type": "boom", "text": SECRET}]))
    receive_pending(services)
    age(services, 49)
    purge_due(services)
    with services.database.write() as session:
        assert session.scalars(select(Delivery.state)).one() == DEAD
        assert dead_letters.replay_all(session, user_id=None) == 0
        dead = session.scalars(select(Delivery.id)).one()
        with pytest.raises(ConflictError, match="terms"):
            dead_letters.replay(session, dead, user_id=None)


def test_time_of_a_replayed_delivery_began_when_it_came(
    services: Services, account: Account
) -> None:
    plugin = services.registry.channels.pop("fake")
    accept_later = signed([post_event("1", f"halo {SECRET}", thread="1")])
    services.registry.channels["fake"] = plugin
    accept(services, "fake", accept_later)
    del services.registry.channels["fake"]
    receive_pending(services)
    services.registry.channels["fake"] = plugin
    with services.database.write() as session:
        session.execute(update(Delivery).values(received_at=utcnow() - timedelta(hours=23)))
        assert dead_letters.replay_all(session, user_id=None) == 1
    receive_pending(services)
    with services.database.write() as session:
        session.execute(update(Delivery).values(received_at=utcnow() - timedelta(hours=49)))
    purge_due(services)
    assert SECRET not in everything(services)


def test_sweep_asks_for_it_at_intervals(services: Services, account: Account) -> None:
    assert is_due(services)
    purge_due(services)
    assert not is_due(services)

"""Erasing a person reaches every place, leaves figures and others alone, and lasts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, DateTime, LargeBinary, String, Table, insert, select
from sqlalchemy.orm import Session

from factories import (
    ACCOUNT_ID,
    make_account,
    make_app,
    make_author,
    make_conversation,
    make_post,
    make_user,
)
from fakes import incoming
from tanggap.errors import ConflictError, ForbiddenError, NotFoundError
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.privacy import privacy_erase
from tanggap.inbox.privacy.privacy_certificate import digest_of, list_backups
from tanggap.inbox.privacy_places import PLACES
from tanggap.inbox.search.search import Filter, list_conversations
from tanggap.inbox.services import Services
from tanggap.sdk import PostEdited
from tanggap.store.accounts import Account
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import Base, utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.deliveries import DONE, PENDING, Delivery
from tanggap.store.posts import Author, Post, VerdictRow
from tanggap.store.privacy import Erasure, Suppression
from tanggap.store.replies import QUEUED, UNDONE, ReplyRow
from tanggap.store.rules import NamedList
from tanggap.store.sight import Sight, limited_to

SECRET = "rahasia7391"
HANDLE = "budihilang"
PLATFORM_ID = "u-99887766"
_MADE = ("users", "teams", "accounts", "authors", "conversations", "posts", "deliveries")


def fill(session: Session, ids: dict[str, int]) -> None:
    """Put a row with the secret into every place there is, whatever tables there will be."""
    for table in Base.metadata.sorted_tables:
        if table.name in _MADE or table.name in ("suppressions", "erasures"):
            continue
        first = next(iter(table.primary_key.columns))
        row = insert(table).values(_values(table, ids)).returning(first)
        ids[table.name] = session.scalars(row).one()


def _values(table: Table, ids: dict[str, int]) -> dict[str, Any]:
    place = PLACES.get(table.name)
    values: dict[str, Any] = {}
    for column in table.c:
        target = next((key.column.table.name for key in column.foreign_keys), "")
        goes = place is not None and (
            column.name in (*place.blank, *place.hashed) or (place.drop and not column.foreign_keys)
        )
        if target:
            values[column.name] = None if target == table.name else ids.get(target)
        elif column.name == "id" and column.primary_key and column.autoincrement is not False:
            continue
        else:
            values[column.name] = _value(column, goes=goes)
    if table.name == "audit_entries":
        values |= {"object_type": "conversation", "object_id": str(ids["conversations"])}
    return values


def _value(column: Any, *, goes: bool) -> Any:
    kind = getattr(column.type, "impl_instance", column.type)
    if isinstance(kind, JSON):
        many = column.default is not None and column.default.arg(None) == []
        return ([SECRET] if many else {"a": f"kata {SECRET}"}) if goes else ([] if many else {})
    for known, plain, secret in (
        (String, "x", SECRET[: getattr(kind, "length", None)]),
        (LargeBinary, b"x", SECRET.encode()),
        (Date, date(2026, 1, 1), None),
        (Boolean, False, None),
        (DateTime, utcnow(), None),
    ):
        if isinstance(kind, known):
            return secret if goes and secret is not None else plain
    return 1


def make_person(services: Services, session: Session) -> dict[str, int]:
    make_app(services, session)
    account = make_account(session, services)
    author = make_author(session, external_id=PLATFORM_ID, name=f"Budi {SECRET}", handle=HANDLE)
    case = make_conversation(session, account, author, thread_id=f"dm:{PLATFORM_ID}")
    case.snippet = SECRET
    delivery = Delivery(
        channel="fake", body=f"{SECRET} {PLATFORM_ID}".encode(), body_hash="h", state=DONE
    )
    session.add(delivery)
    session.flush()
    post = make_post(
        session,
        case,
        f"internet mati {SECRET}",
        external_id=f"p-{SECRET}",
        url=f"https://fake.example/{SECRET}",
        mentions=[SECRET],
        attachments=[{"kind": "image", "url": SECRET}],
        delivery_id=delivery.id,
    )
    make_post(session, case, f"Halo Budi {SECRET}", from_us=True, author_id=make_author(session).id)
    return {
        "users": make_user(session).id,
        "teams": 1,
        "accounts": account.id,
        "authors": author.id,
        "conversations": case.id,
        "posts": post.id,
        "deliveries": delivery.id,
    }


@pytest.fixture
def person(services: Services) -> int:
    with services.database.write() as session:
        return make_person(services, session)["authors"]


def erase(services: Services, author_id: int, typed: str = HANDLE) -> Erasure:
    number = privacy_erase.request(services, author_id, typed=typed, user_id=None, reason="diminta")
    assert privacy_erase.due(services) == [number]
    privacy_erase.work_on(services, number)
    with services.database.read() as session:
        return privacy_erase.erasure_by_id(session, number)


def everything(services: Services) -> str:
    """Write every value of every table down."""
    with services.database.read() as session:
        rows = [
            f"{table.name}.{column}: {value!r}"
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table)).mappings()
            for column, value in row.items()
        ]
    return "\n".join(rows)


def test_nothing_is_left_of_a_person_in_any_table(services: Services) -> None:
    with services.database.write() as session:
        ids = make_person(services, session)
        fill(session, ids)
        lists = session.get_one(NamedList, ids["named_lists"])
        lists.entries = [f"@{HANDLE.upper()}", "@lain"]
        stranger = make_conversation(session, session.get_one(Account, ids["accounts"]))
        make_post(session, stranger, "saya orang lain")
    row = erase(services, ids["authors"])
    assert (row.state, row.left, row.error) == ("done", {}, "")
    found = [line for line in everything(services).splitlines() if SECRET in line]
    assert found == []
    for word in (HANDLE, HANDLE.upper(), PLATFORM_ID, "Budi"):
        assert word not in everything(services).replace(row.reason, "")
    with services.database.read() as session:
        assert session.get_one(NamedList, ids["named_lists"]).entries == ["@lain"]
        assert "saya orang lain" in set(session.scalars(select(Post.text)))
        assert session.scalar(select(VerdictRow.label)) == "x"
        page = list_conversations(session, Filter(state="any", words=SECRET))
        assert list(page.rows) == []
        missing = {name for name, place in PLACES.items() if place.drop or place.blank}
        assert missing <= set(row.counts), missing - set(row.counts)


def test_no_byte_of_it_stays_in_the_database_file(services: Services, person: int) -> None:
    if not services.database.is_sqlite:
        pytest.skip("PostgreSQL's vacuum clears what rows leave behind")
    path = services.settings.data_dir / "tanggap.db"
    erase(services, person)
    for file in path.parent.glob("tanggap.db*"):
        assert SECRET.encode() not in file.read_bytes(), file.name


def test_preview_counts_by_place_and_wants_the_handle_typed(
    services: Services, person: int
) -> None:
    with services.database.read() as session:
        found = privacy_erase.preview(session, person)
    assert found.phrase == HANDLE
    assert found.counts["posts"] == 2
    assert found.counts["deliveries"] == 1
    with pytest.raises(ConflictError, match="type budihilang exactly"):
        privacy_erase.request(services, person, typed="budi", user_id=None)
    with services.database.read() as session:
        assert session.scalar(select(Erasure.id)) is None


def test_certificate_says_what_when_and_by_whom_and_names_nobody(
    services: Services, person: int
) -> None:
    with services.database.write() as session:
        user = make_user(session, "Wulan").id
    number = privacy_erase.request(services, person, typed=f"@{HANDLE}", user_id=user)
    with pytest.raises(ConflictError, match="already"):
        privacy_erase.request(services, person, typed=HANDLE, user_id=user)
    privacy_erase.work_on(services, number)
    with services.database.read() as session:
        row = privacy_erase.erasure_by_id(session, number)
    said = json.loads(row.certificate)
    assert row.digest == digest_of(row.certificate)
    assert said["complete"] is True
    assert "Wulan" in said["asked_by"]
    assert said["rows_erased"]["posts"] == 2
    assert said["backups"]["kept_for_days"] == 30
    assert HANDLE not in row.certificate
    assert PLATFORM_ID not in row.certificate


def test_linked_identities_go_together(services: Services, person: int) -> None:
    with services.database.write() as session:
        other = make_author(session, "other", external_id="second", name=SECRET, handle=SECRET)
        session.add_all(AuthorCard(author_id=id_, person_id=person) for id_ in (person, other.id))
    row = erase(services, person)
    assert len(row.author_ids) == 2
    assert SECRET not in everything(services)


def test_erased_posts_never_come_back_and_new_ones_come_under_a_pseudonym(
    services: Services, person: int
) -> None:
    erase(services, person)
    again = incoming(f"p-{SECRET}", "internet mati", author_id=PLATFORM_ID, author_handle=HANDLE)
    new = incoming(
        "p-new",
        "saya lagi",
        author_id=PLATFORM_ID,
        author_handle=HANDLE,
        author_name="Budi",
        thread_id=f"dm:{PLATFORM_ID}",
    )
    edit = PostEdited(
        account_id=ACCOUNT_ID, external_id=f"p-{SECRET}", text=SECRET, edited_at=utcnow()
    )
    for _ in range(2):
        with services.database.write() as session:
            account = session.scalars(select(Account)).one()
            record_events(session, account, [again, new, edit], source="webhook")
    with services.database.read() as session:
        post = session.scalars(select(Post).where(Post.external_id == "p-new")).one()
        assert post.text == "saya lagi"
        assert post.author_id == person
        assert session.get_one(Author, person).name == ""
        cases = session.scalars(select(Conversation.id).where(Conversation.author_id == person))
        assert len(list(cases)) == 1
    left = everything(services)
    for word in (SECRET, HANDLE, PLATFORM_ID, "Budi"):
        assert word not in left


def test_new_posts_are_dropped_where_the_settings_say_so(services: Services, person: int) -> None:
    erase(services, person)
    with services.database.write() as session:
        session.info["erasure_drops"] = True
        account = session.scalars(select(Account)).one()
        record_events(
            session, account, [incoming("p-new", "lagi", author_id=PLATFORM_ID)], source="poll"
        )
        session.info.pop("erasure_drops")
    with services.database.read() as session:
        assert session.scalar(select(Post.id).where(Post.text == "lagi")) is None


def test_answers_on_their_way_are_called_off_and_never_sent_empty(
    services: Services, person: int
) -> None:
    with services.database.write() as session:
        post = session.scalars(select(Post).where(~Post.from_us)).one()
        session.add(
            ReplyRow(
                conversation_id=post.conversation_id,
                in_reply_to_id=post.id,
                user_id=make_user(session).id,
                text=f"Kak Budi {SECRET}",
                idempotency_key="k",
                state=QUEUED,
            )
        )
    erase(services, person)
    with services.database.read() as session:
        reply = session.scalars(select(ReplyRow)).one()
    assert (reply.state, reply.text) == (UNDONE, "")


def test_dead_letter_and_other_payload_that_hold_the_id_are_emptied(
    services: Services, person: int
) -> None:
    with services.database.write() as session:
        for number, (body, state) in enumerate(
            [(PLATFORM_ID, "dead"), ("somebody else", "dead"), (PLATFORM_ID, PENDING)]
        ):
            session.add(
                Delivery(channel="fake", body=body.encode(), body_hash=str(number), state=state)
            )
    row = erase(services, person)
    assert row.counts["deliveries"] == 3
    with services.database.read() as session:
        bodies = sorted(session.scalars(select(Delivery.body)))
    assert bodies == [b"", b"", b"", b"somebody else"]


def test_worker_that_dies_leaves_the_rest_to_the_next(
    services: Services, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = privacy_erase.request(services, person, typed=HANDLE, user_id=None)
    with monkeypatch.context() as patch:
        patch.setattr(privacy_erase, "erase_traces", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            privacy_erase.work_on(services, number)
    with services.database.read() as session:
        assert "ZeroDivisionError" in privacy_erase.erasure_by_id(session, number).error
    assert privacy_erase.due(services) == [number]
    privacy_erase.work_on(services, number)
    privacy_erase.work_on(services, number)
    with services.database.read() as session:
        row = privacy_erase.erasure_by_id(session, number)
        assert (row.state, row.error, row.counts["posts"]) == ("done", "", 2)
        assert len(session.scalars(select(Suppression)).all()) == 1


def test_who_sees_only_some_teams_erases_nobody_and_our_own_account_is_nobody(
    services: Services, person: int
) -> None:
    with limited_to(Sight(team_ids=(1,))), pytest.raises(ForbiddenError):
        privacy_erase.request(services, person, typed=HANDLE, user_id=None)
    with services.database.write() as session:
        ours = make_author(session, external_id=ACCOUNT_ID).id
    with pytest.raises(NotFoundError):
        privacy_erase.request(services, ours, typed="x", user_id=None)


def test_certificate_lists_the_backups_with_their_end(services: Services, tmp_path: Path) -> None:
    tmp_path = tmp_path / "backups"
    tmp_path.mkdir()
    (tmp_path / "malam.dump").write_bytes(b"x")
    (tmp_path / ".part").write_bytes(b"x")
    settings = replace(services.settings, backup_dir=str(tmp_path), backup_days=7)
    (found,) = list_backups(settings)
    assert (found.name, found.ends - found.made_at) == ("malam.dump", timedelta(days=7))
    assert list_backups(replace(settings, backup_dir=str(tmp_path / "nowhere"))) == []

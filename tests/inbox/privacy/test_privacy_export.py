"""What a person is given: everything there is, readable, safe in a spreadsheet, once."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from tanggap.errors import ConflictError, ForbiddenError
from tanggap.inbox.privacy import privacy_export
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CallBack
from tanggap.store.notes import Note
from tanggap.store.posts import PostRevision
from tanggap.store.privacy import PersonExport
from tanggap.store.sight import Sight, limited_to


@pytest.fixture
def person(services: Services) -> int:
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        author = make_author(session, name="Budi <b>", handle="budi")
        other = make_author(session, name="Budi lagi", handle="budi2")
        session.add_all(AuthorCard(author_id=a.id, person_id=author.id) for a in (author, other))
        case = make_conversation(session, account, author)
        post = make_post(session, case, "=HYPERLINK(1) <script>alert(1)</script>")
        session.add(PostRevision(post_id=post.id, revision=1, text="isi sebelum disunting"))
        ours = make_author(session).id
        make_post(session, case, "jawaban kami", from_us=True, author_id=ours)
        make_post(session, make_conversation(session, account, other), "dari akun kedua")
        make_post(session, make_conversation(session, account), "orang lain")
        user = make_user(session)
        session.add(Note(conversation_id=case.id, user_id=user.id, text="catatan tentang Budi"))
        session.add(
            CallBack(
                conversation_id=case.id,
                sealed_phone=services.vault.seal({"phone": "+62811223344"}),
                phone_hint="+62…44",
                zone="Asia/Jakarta",
                starts_at=utcnow(),
                ends_at=utcnow(),
                created_by_id=user.id,
            )
        )
        audit.record(session, "conversation.claimed", "conversation", case.id, user_id=user.id)
        return author.id


def opened(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        return {name: zipped.read(name).decode("utf-8", "replace") for name in zipped.namelist()}


def export(services: Services, author_id: int) -> dict[str, str]:
    with services.database.read() as session:
        data, _ = privacy_export.archive(services, session, author_id)
    return opened(data)


def test_export_holds_everything_of_all_identities_and_nothing_of_others(
    services: Services, person: int
) -> None:
    files = export(services, person)
    whole = "\n".join(files.values())
    for text in (
        *("budi2", "isi sebelum disunting", "jawaban kami", "dari akun kedua"),
        *("catatan tentang Budi", "+62811223344", "conversation.claimed"),
    ):
        assert text in whole, text
    assert "orang lain" not in whole
    said = json.loads(files["data.json"])
    assert len(said["posts"]) == 3
    assert "idempotency_key" not in files["data.json"]


def test_page_shows_text_as_text_and_tables_hold_no_formula(
    services: Services, person: int
) -> None:
    files = export(services, person)
    assert "<script" not in files["index.html"]
    assert "&lt;script&gt;" in files["index.html"]
    assert "'=HYPERLINK" in files["tables/posts.csv"]
    for name, text in files.items():
        if name.endswith(".csv"):
            cells = text.replace("\ufeff", "").replace("\r\n", ",").split(",")
            assert not [c for c in cells if c.strip('"').startswith(("=", "+", "@"))], name


def test_export_is_sealed_given_once_and_noted(services: Services, person: int) -> None:
    with services.database.write() as session:
        user = make_user(session).id
    number = privacy_export.make_export(services, person, user_id=user)
    with services.database.read() as session:
        row = session.get_one(PersonExport, number)
        assert row.sealed is not None
        assert b"budi2" not in row.sealed
        assert row.counts["posts"] == 3
    data = privacy_export.take_export(services, number, user_id=user)
    assert "data.json" in opened(data)
    with pytest.raises(ConflictError):
        privacy_export.take_export(services, number, user_id=user)
    with services.database.read() as session:
        actions = set(session.scalars(select(audit.AuditEntry.action)))
    assert {"privacy.exported", "privacy.downloaded"} <= actions


def test_export_whose_time_is_over_is_not_given_and_dropped(
    services: Services, person: int
) -> None:
    number = privacy_export.make_export(services, person, user_id=None)
    with services.database.write() as session:
        session.execute(update(PersonExport).values(expires_at=utcnow() - timedelta(hours=1)))
        user = make_user(session).id
    with pytest.raises(ConflictError):
        privacy_export.take_export(services, number, user_id=user)
    with services.database.write() as session:
        privacy_export.forget_expired(session)
    with services.database.read() as session:
        assert privacy_export.recent_exports(session) == []


def test_who_sees_only_some_accounts_exports_nobody(services: Services, person: int) -> None:
    with limited_to(Sight(account_ids=(1,))), pytest.raises(ForbiddenError):
        privacy_export.make_export(services, person, user_id=None)

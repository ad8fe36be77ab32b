"""Words of plugins keep their languages through the database."""

from __future__ import annotations

from factories import make_account
from tanggap.inbox.services import Services
from tanggap.sdk.words import Words
from tanggap.store.accounts import Account
from tanggap.web.i18n import told


def test_words_come_back_in_every_language_and_read_as_english(services: Services) -> None:
    said = Words({"en": "connect again", "id": "sambungkan lagi"})
    with services.database.write() as session:
        account_id = make_account(session, state_reason=said, health_detail="plain").id
    with services.database.read() as session:
        row = session.get_one(Account, account_id)
        assert isinstance(row.state_reason, Words)
        assert (row.state_reason, row.state_reason.texts["id"]) == (
            "connect again", "sambungkan lagi"
        )  # fmt: skip
        assert (row.health_detail, told(Words("plain"))) == ("plain", "plain")


def test_errors_say_english_where_they_are_text() -> None:
    said = Words({"id": "tanpa terjemahan"})
    assert f"{said}" == "tanpa terjemahan"
    assert Words(said) is said

"""Nobody adds a place for personal data without saying what becomes of it."""

from __future__ import annotations

from tanggap.inbox.privacy_person import generic_tables, ways
from tanggap.inbox.privacy_places import COMPANY, PLACES, empty_value, unclassified
from tanggap.store.base import Base

DECIDE = (
    "say in app/tanggap/inbox/privacy_places.py what becomes of these columns when the person they "
    "are about is erased (blank, hashed, kept or the whole row dropped), or why the table is about "
    "nobody outside the company"
)


def test_every_table_and_every_column_that_can_hold_words_is_classified() -> None:
    assert unclassified() == {}, DECIDE


def test_a_new_table_or_column_is_noticed() -> None:
    place = PLACES["notes"]
    kept = {"notes": type(place)(blank=("text",))}
    found = unclassified({**PLACES, **kept})
    assert found == {"notes": ["kind", "mentions"]}
    without = {name: one for name, one in PLACES.items() if name != "mails"}
    assert unclassified(without) == {"mails": ["(the table)"]}


def test_registry_names_no_table_or_column_that_is_gone() -> None:
    tables = Base.metadata.tables
    assert not set(PLACES) & set(COMPANY)
    assert not {*PLACES, *COMPANY} - set(tables)
    for name, place in PLACES.items():
        named = {*place.blank, *place.hashed, *place.kept}
        assert not named - {column.name for column in tables[name].c}, name
        for column in place.blank:
            empty_value(tables[name].c[column])


def test_every_place_is_reached_from_a_person() -> None:
    assert [table.name for table in generic_tables() if not ways(table)] == []

"""Where the words stand that somebody searched for: marked by the database, cut into parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_account, make_author, make_conversation, make_post
from tanggap.inbox.search.highlights import CLOSES, OPENS, Highlight, Part, highlights, parts
from tanggap.inbox.search.matching import search_words
from tanggap.store.accounts import Account
from tanggap.store.db import Database


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as session:
        return make_account(session)


def found(database: Database, account: Account, words: str, *texts: str) -> Highlight | None:
    with database.write() as session:
        rita = make_author(session, name="Rita Budiman", handle="rita_b")
        case = make_conversation(session, account, rita)
        for text in texts:
            make_post(session, case, text)
        return highlights(session, [case.id], search_words(words)).get(case.id)


def hits(marked: Highlight | None) -> tuple[list[str], list[str], list[str]]:
    assert marked is not None
    name, handle = marked.name, marked.handle
    whole = [[part.text for part in where if part.hit] for where in (marked.text, name, handle)]
    return whole[0], whole[1], whole[2]


def test_words_are_marked_in_text_and_names(database: Database, account: Account) -> None:
    marked = found(database, account, "paket rita", "Paket saya hilang!")
    assert hits(marked) == (["Paket"], ["Rita"], ["rita"])
    assert marked is not None
    assert marked.in_text
    assert "".join(part.text for part in marked.text) == "Paket saya hilang!"
    assert "".join(part.text for part in marked.name) == "Rita Budiman"


def test_beginning_of_the_last_word_is_marked(database: Database, account: Account) -> None:
    assert hits(found(database, account, "rusak terlam", "rusak dan terlambat"))[0] == [
        "rusak",
        "terlambat",
    ]


def test_newest_post_that_fits_is_the_one_shown(database: Database, account: Account) -> None:
    marked = found(database, account, "paket", "paket satu", "paket dua", "terima kasih")
    assert marked is not None
    assert "".join(part.text for part in marked.text) == "paket dua"


def test_only_the_surroundings_of_a_hit_in_a_long_text_are_shown(
    database: Database, account: Account
) -> None:
    marked = found(database, account, "jarum", "jerami " * 300 + "jarum " + "jerami " * 300)
    assert hits(marked)[0] == ["jarum"]
    assert marked is not None
    assert sum(len(part.text) for part in marked.text) < 300


def test_nothing_is_marked_without_words_or_hits(database: Database, account: Account) -> None:
    assert found(database, account, "", "halo") is None
    assert found(database, account, "refund", "halo") is None
    with database.read() as session:
        assert highlights(session, [], ["halo"]) == {}


@pytest.mark.parametrize("written", [f"{OPENS}paket", f"paket{CLOSES}{OPENS}", "<b>paket</b>"])
def test_text_that_looks_like_marks_or_markup_stays_text(
    database: Database, account: Account, written: str
) -> None:
    marked = found(database, account, "paket", written)
    assert marked is not None
    shown = "".join(part.text for part in marked.text)
    assert shown in written.replace(OPENS, "").replace(CLOSES, "")


@given(st.lists(st.tuples(st.text("abc <&", min_size=1), st.booleans())))
def test_parts_are_the_marked_text_in_pieces(pieces: list[tuple[str, bool]]) -> None:
    marked = "".join(f"{OPENS}{text}{CLOSES}" if hit else text for text, hit in pieces)
    cut = parts(marked)
    assert "".join(part.text for part in cut) == "".join(text for text, _ in pieces)
    assert [part for part in cut if part.hit] == [
        Part(text, hit=True) for text, hit in pieces if hit
    ]


@given(st.text(f"a{OPENS}{CLOSES}"))
def test_parts_of_any_text_hold_no_marks(marked: str) -> None:
    shown = "".join(part.text for part in parts(marked))
    assert shown == marked.replace(OPENS, "").replace(CLOSES, "")

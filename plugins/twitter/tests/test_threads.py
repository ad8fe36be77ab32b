from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.sdk import Account, Reply
from tanggap_twitter import reply as replying
from tanggap_twitter.emoji import emoji_sequences
from tanggap_twitter.limits import MAX_POST_LENGTH, weighted_length
from tanggap_twitter.links import find_links
from tanggap_twitter.threads import split

NUMBER = re.compile(r" \d+/\d+(?: \^\w+)?$")
SENTENCE = "Paket 4411 kini di gudang Semarang karena banjir di jalur pantura. "
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LINK = "https://nusakirim.co.id/lacak?resi=4411&bahasa=id"


def bare(parts: list[str]) -> list[str]:
    return [NUMBER.sub("", part) for part in parts]


@pytest.mark.parametrize("text", ["", "Baik kak ^AB", "a" * 280, f"{LINK} " * 11, " x "])
def test_text_that_fits_stays_as_it_is(text: str) -> None:
    assert list(split(text)) == [text]


def test_parts_end_after_sentences_and_say_which_they_are() -> None:
    parts = list(split(SENTENCE * 9 + "Terima kasih ^AB"))
    assert [part[-4:] for part in parts[:-1]] == [" 1/3", " 2/3"]
    assert parts[-1].endswith("Terima kasih 3/3 ^AB")
    assert all(part.endswith("pantura.") for part in bare(parts)[:-1])


def test_parts_end_between_words_where_a_sentence_is_long() -> None:
    parts = bare(list(split("kata " * 100)))
    assert {word for part in parts for word in part.split()} == {"kata"}
    assert all(weighted_length(part) > 260 for part in parts[:-1])


def test_paragraph_ends_a_part() -> None:
    first = "Halo kak " + "sabar ya " * 20
    parts = bare(list(split(f"{first.strip()}\n\n{'Kami cek dulu ' * 12}")))
    assert parts[0] == first.strip()


def test_links_and_emoji_are_never_cut() -> None:
    words = f"{FAMILY}{FAMILY} {LINK} \U0001f64f\U0001f3fd "
    parts = bare(list(split(words * 20)))
    assert len(parts) == 3
    assert {word for part in parts for word in part.split()} == set(words.split())


def test_script_without_spaces_is_cut_after_its_full_stops() -> None:
    sentence = "荷物はスマランの倉庫にあります。"
    parts = bare(list(split(sentence * 20 + " ^AB")))
    assert all(part.endswith("。") for part in parts)
    assert "".join(parts) == sentence * 20


def test_word_longer_than_a_post_is_cut_where_it_must_be() -> None:
    parts = list(split("Halo " + "a" * 600 + " ya"))
    assert "".join(bare(parts)).replace(" ", "") == "Halo" + "a" * 600 + "ya"
    assert weighted_length(parts[0]) == MAX_POST_LENGTH


def test_ten_parts_and_more_have_room_for_their_numbers() -> None:
    parts = list(split(SENTENCE * 60))
    assert len(parts) > 10
    assert parts[0].endswith(f" 1/{len(parts)}")
    assert max(map(weighted_length, parts)) <= MAX_POST_LENGTH


def test_initials_are_not_left_alone() -> None:
    """The last word goes with them where only they would not fit."""
    for length in range(250, 285):
        parts = list(split("a" * (length - 5) + " kata ^ABC"))
        assert parts[-1].endswith("^ABC")
        assert bare(parts)[-1].strip()


WORDS = st.sampled_from(
    [
        "halo",
        "kak,",
        "selesai.",
        "\n\n",
        LINK,
        "toko.id",
        "日本語の文です。",
        FAMILY,
        "1\ufe0f\u20e3",
        "#promo",
        "e\u0301",
        "a" * 300,
        "☕" * 200,
        "^AB",
        "1/2",
        "\u0e01\u0e33" * 90,
        "x" + "\u0301" * 400,
    ]
)


@settings(deadline=None, max_examples=40)
@given(st.lists(WORDS | st.text(max_size=12), min_size=20, max_size=60).map(" ".join))
def test_whatever_is_split_fits_and_loses_nothing(text: str) -> None:
    parts = list(split(text))
    assert all(part.strip() for part in parts) or not text.strip()
    if len(parts) == 1:
        return
    assert max(map(weighted_length, parts)) <= MAX_POST_LENGTH
    total = len(parts)
    numbers = [f" {number}/{total}" for number in range(1, total + 1)]
    assert all(number in part for number, part in zip(numbers, parts, strict=True))
    before = "".join(unicodedata.normalize("NFC", text).split())
    after = "".join("".join(parts).split())
    assert len(after) == len(before) + len("".join(numbers).replace(" ", ""))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(["kata", "selesai.", LINK, "toko.id/x", FAMILY, "\U0001f1ee\U0001f1e9"]),
        min_size=60,
        max_size=120,
    )
)
def test_every_link_and_emoji_is_found_again(words: list[str]) -> None:
    text = " ".join(words)
    parts = list(split(text))

    def links(part: str) -> list[str]:
        return [part[start:end] for start, end in find_links(part)]

    assert [link for part in parts for link in links(part)] == links(text)
    found = [emoji for part in parts for emoji in emoji_sequences().findall(part)]
    assert found == emoji_sequences().findall(text)


def test_thread_is_sent_part_by_part_to_the_simulator(
    nusakirim: Account, http: Any, write: Callable[..., str], x: Any
) -> None:
    asked = answered = write("@nusakirim kapan sampai?")
    parts = list(split(SENTENCE * 9 + "Terima kasih ^AB"))
    for number, part in enumerate(parts, 1):
        reply = Reply(
            to=answered,
            text=part,
            idempotency_key=f"k{number}",
            author_id="80001" if number == 1 else "70001",
            part=number,
            parts=len(parts),
        )
        answered = replying.send(nusakirim, reply, http).external_id
    thread = [post for post in x.world.posts() if post.ours]
    assert [post.text for post in thread] == parts
    assert {post.thread_id for post in thread} == {asked}
    assert thread[-1].parent is thread[-2]

"""The emoji that the picker offers: named in both languages, counted as the platform counts."""

from __future__ import annotations

import pytest

from tanggap.web.assets import STATIC
from tanggap_twitter.limits import EMOJI_LENGTH, weighted_length

TABLE = (STATIC / "js" / "emoji_data.js").read_text("utf-8").split("`")[1]
LINES = [line.split("|") for line in TABLE.strip().splitlines() if not line.startswith("# ")]


def test_every_emoji_stands_once_and_has_names_in_both_languages() -> None:
    signs = [line[0] for line in LINES]
    assert len(signs) == len(set(signs)) > 200
    for sign, *names in LINES:
        assert len(names) == 2, sign
        for words in names:
            assert all(name == name.strip() != "" for name in words.split(",")), (sign, words)


def test_names_tell_emoji_apart() -> None:
    for language in (1, 2):
        names = [line[language].split(",")[0] for line in LINES]
        assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("before", ["", "Terima kasih "])
def test_every_emoji_counts_as_one_on_x(before: str) -> None:
    for sign, *_ in LINES:
        assert weighted_length(before + sign) == len(before) + EMOJI_LENGTH, sign

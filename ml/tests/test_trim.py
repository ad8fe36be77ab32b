from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from tanggap_ml.errors import SourceError
from tanggap_ml.trim import choose_ids, count_pieces, is_indispensable, read_kept_ids, trim_cost
from tanggap_ml.vocabulary import (
    Document,
    document_from_pieces,
    keep_pieces,
    load_document,
    pieces_of,
    read_document,
    special_ids,
)

WORDS = ["▁internet", "▁mati", "▁bonjour", "▁привет", "▁lagi", "▁12345", "日本"]
CHARACTERS = ["▁", "a", "é", "م", "日", "я", "!", "🔥", "7", "▁2024", "...", "▁(", "\ue000"]
PIECES = ["<s>", "<pad>", "</s>", "<unk>", *WORDS, *CHARACTERS, "<mask>"]


@pytest.fixture
def unigram() -> Document:
    scores = [0.0] * 4 + [-float(n) for n in range(len(PIECES) - 5)] + [0.0]
    specials = {name: PIECES.index(name) for name in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")}
    return document_from_pieces(PIECES, scores, specials)


@pytest.fixture
def wordpiece() -> Document:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "inter", "##net", "mati", "a", "##a"]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    document = {
        "version": "1.0",
        "truncation": {
            "max_length": 5,
            "stride": 0,
            "strategy": "LongestFirst",
            "direction": "Right",
        },
        "padding": None,
        "added_tokens": [
            {"id": i, "content": pieces[i], "special": True, **flags} for i in range(5)
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {piece: place for place, piece in enumerate(pieces)},
        },
    }
    return read_document(json.dumps(document), "tokenizer.json")


def kept(document: Document, ids: list[int]) -> set[str]:
    return {pieces_of(document)[i] for i in ids}


@pytest.mark.parametrize(
    "piece", ["a", "▁é", "##z", "م", "!", "▁...", "🔥", "7", "▁2024", "▁", "¥"]
)
def test_specials_letters_marks_emoji_and_short_numbers_stay(piece: str) -> None:
    assert is_indispensable(piece)


@pytest.mark.parametrize("piece", ["▁mati", "日", "я", "▁12345", "ab", "\ue000", "\u0301", "c2"])
def test_words_foreign_letters_and_long_numbers_have_to_be_used(piece: str) -> None:
    assert not is_indispensable(piece)


def test_used_pieces_come_first_then_those_spelt_with_the_letters_of_the_posts(
    unigram: Document,
) -> None:
    indispensable = 5 + 10
    counts = count_pieces(load_document(unigram), ["internet mati lagi 日本"] * 3, lambda _: None)
    everything = kept(unigram, choose_ids(unigram, counts, indispensable + 5))
    assert {"▁internet", "▁mati", "▁lagi", "日本"} <= everything
    assert "▁12345" in everything  # has no letter that the posts lack
    assert not {"▁bonjour", "▁привет", "я"} & everything
    few = kept(unigram, choose_ids(unigram, counts, indispensable + 2))
    assert len(few) == indispensable + 2
    assert not {"▁12345", "▁bonjour"} & few


def test_the_oftener_used_piece_stays(unigram: Document) -> None:
    places = {piece: i for i, piece in enumerate(PIECES)}
    counts = Counter({places["▁привет"]: 9, places["▁mati"]: 2})
    assert "▁привет" in kept(unigram, choose_ids(unigram, counts, 16))
    assert "▁mati" not in kept(unigram, choose_ids(unigram, counts, 16))


def test_too_low_a_limit_is_refused(unigram: Document) -> None:
    with pytest.raises(SourceError, match=r"emoji and short numbers alone are 15\."):
        choose_ids(unigram, Counter(), 14)


@pytest.mark.parametrize("text", ["internet mati!", "a 日本 🔥 7", "bonjour internet"])
def test_a_cut_unigram_tokenizer_gives_the_same_pieces_where_it_has_them(
    unigram: Document, text: str
) -> None:
    ids = [i for i, piece in enumerate(PIECES) if piece != "▁привет"]
    cut = keep_pieces(unigram, ids)
    assert load_document(cut).encode(text).tokens == load_document(unigram).encode(text).tokens
    assert pieces_of(cut) == [PIECES[i] for i in ids]
    assert [token["id"] for token in cut["added_tokens"]] == [0, 1, 2, 3, len(ids) - 1]
    assert load_document(cut).encode(text).ids[-1] == 2


def test_berts_specials_are_called_as_text_cleaning_knows_them(wordpiece: Document) -> None:
    tokenizer = load_document(wordpiece)
    assert tokenizer.encode("Internet mati x").tokens == [
        "<s>",
        "inter",
        "##net",
        "mati",
        "<unk>",
        "</s>",
    ]
    assert tokenizer.token_to_id("<pad>") == 0
    assert tokenizer.truncation is None  # training and serving cut by themselves
    assert special_ids(wordpiece) == [0, 1, 2, 3, 4]


def test_a_cut_wordpiece_tokenizer_numbers_its_specials_anew(wordpiece: Document) -> None:
    cut = keep_pieces(wordpiece, [1, 2, 3, 4, 0, 7, 8][::-1])
    encoded = load_document(cut).encode("mati internet")
    assert encoded.tokens == ["<s>", "mati", "<unk>", "</s>"]
    assert encoded.ids == [
        load_document(cut).token_to_id(name) for name in ("<s>", "mati", "<unk>", "</s>")
    ]


def test_merges_are_not_cut(unigram: Document) -> None:
    pairs = {**unigram, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
    with pytest.raises(SourceError, match="leave out --pieces"):
        keep_pieces(pairs, [0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\n1\nx\n", "line 3: expected one id"),
        ("0\n-1\n", "line 2: expected one id"),
        ("0\n\n1", "line 2: expected one id"),
        ("0\n²\n", "line 2: expected one id"),
        ("0\n0\n", "line 2: 0 stands twice"),
        ("0\n99999\n", "line 2: 99999 stands twice or is no id"),
        ("9" * 20, "line 1: expected one id"),
        ("0\n1\n2\n3\n4", "lacks the special ids"),
        ("", "lacks the special ids"),
    ],
)
def test_a_list_of_ids_of_another_model_is_refused(
    unigram: Document, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "kept_ids.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_kept_ids(path, unigram)


def test_kept_ids_come_in_the_vocabularys_order(unigram: Document, tmp_path: Path) -> None:
    path = tmp_path / "kept_ids.txt"
    path.write_text("".join(f"{i}\n" for i in (24, 3, 2, 1, 0, 6)), encoding="utf-8")
    assert read_kept_ids(path, unigram) == [0, 1, 2, 3, 6, 24]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="cannot be read"):
        read_kept_ids(path, unigram)


def test_the_cost_of_a_cut_is_measured(unigram: Document) -> None:
    cut = keep_pieces(unigram, [i for i, piece in enumerate(PIECES) if piece != "▁mati"])
    cost = trim_cost(unigram, cut, ["internet mati", "internet"])
    assert cost["tokens_per_post_full"] == 3.5
    assert cost["unknown_share_full"] == 0
    assert cost["unknown_share_cut"] > 0


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model": {"type": "Unigram"}}', "\x00"])
def test_what_is_no_tokenizer_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"not a tokenizer\.json"):
        read_document(text, "x/tokenizer.json")


def test_ids_with_a_gap_are_refused(wordpiece: Document) -> None:
    model = {**wordpiece["model"], "vocab": {"<s>": 0, "a": 2}}
    with pytest.raises(SourceError, match="without a gap"):
        pieces_of({**wordpiece, "model": model})

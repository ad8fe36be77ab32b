# ruff: noqa: E402
from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from tanggap_ml.emoji_rows import add_emoji, emoji_names
from tanggap_ml.vocabulary import Document, document_from_pieces, load_document

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁fire", "▁api", "▁keren", "😀", "<mask>"]


@pytest.fixture
def unigram() -> Document:
    specials = {name: PIECES.index(name) for name in PIECES if name.startswith("<")}
    return document_from_pieces(PIECES, [0.0] * 4 + [-5.0] * 5 + [0.0], specials)


@pytest.fixture
def wordpiece() -> Document:
    pieces = [*PIECES[:4], "keren", "##nya", "fire", "api", "##🙏", "<mask>"]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "<unk>",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {piece: place for place, piece in enumerate(pieces)},
        },
    }


def test_names_are_english_and_indonesian_words() -> None:
    names = emoji_names()
    assert names["🔥"] == ["fire", "api"]
    assert "❤" in names  # whose usual form carries a variation selector
    assert all(len(character) == 1 for character in names)
    assert not any(character.isascii() for character in names)


def test_a_missing_emoji_gets_the_mean_row_of_its_names_words(unigram: Document) -> None:
    embeddings = torch.arange(len(PIECES) * 2, dtype=torch.float32).reshape(-1, 2)
    document, rows = add_emoji(unigram, embeddings)
    tokenizer = load_document(document)
    place = tokenizer.token_to_id("🔥")
    assert place >= len(PIECES)
    assert rows[place].tolist() == embeddings[[5, 6]].mean(0).tolist()
    assert torch.equal(rows[: len(PIECES)], embeddings)
    assert len(rows) == tokenizer.get_vocab_size()


def test_an_added_emoji_is_one_piece_wherever_it_stands(unigram: Document) -> None:
    document, _ = add_emoji(unigram, torch.zeros(len(PIECES), 2))
    tokens = load_document(document).encode("keren🔥🔥 🔥", add_special_tokens=False).tokens
    assert tokens == ["▁keren", "🔥", "🔥", "▁", "🔥"]


def test_an_emoji_the_vocabulary_has_is_not_added_again(unigram: Document) -> None:
    document, _ = add_emoji(unigram, torch.zeros(len(PIECES), 2))
    assert sum(piece == "😀" for piece, _ in document["model"]["vocab"]) == 1
    again, rows = add_emoji(document, torch.zeros(len(document["model"]["vocab"]), 2))
    assert again == document
    assert len(rows) == len(document["model"]["vocab"])


def test_the_given_document_stays_as_it_was(unigram: Document) -> None:
    add_emoji(unigram, torch.zeros(len(PIECES), 2))
    assert len(unigram["model"]["vocab"]) == len(PIECES)


def test_wordpiece_words_are_split_at_an_added_emoji(wordpiece: Document) -> None:
    document, rows = add_emoji(wordpiece, torch.ones(10, 2))
    tokenizer = load_document(document)
    assert tokenizer.encode("kerennya🔥keren").tokens == ["keren", "##nya", "🔥", "keren"]
    assert tokenizer.token_to_id("🔥") >= 10
    assert len(rows) == tokenizer.get_vocab_size()
    added = {token["content"] for token in document["added_tokens"]}
    assert "🙏" not in added  # stands in the vocabulary as the end of a word


def test_byte_pairs_spell_every_emoji_already(unigram: Document) -> None:
    pairs = {**unigram, "model": {"type": "BPE", "vocab": {}, "merges": []}}
    rows = torch.zeros(3, 2)
    assert add_emoji(pairs, rows) == (pairs, rows)

"""Give the emoji that a vocabulary lacks a row of their own, made from the words of their names."""

from __future__ import annotations

import copy
import re
from typing import Any

import emoji
import torch
from tokenizers import Tokenizer
from torch import Tensor

from tanggap_ml.vocabulary import Document, load_document, pieces_of

_SCORE = -12.0
"""Log-probability of an added Unigram piece.

The tokenizer charges an unknown character 10 more than its rarest piece (about -30 in XLM-R's
vocabulary) and no other piece holds the character, so any score above that lets the new piece win.
This one lies among the scores of the emoji that XLM-R has (-9 to -20).
"""

_LANGUAGES = ("en", "id")


def emoji_names() -> dict[str, list[str]]:
    """Return the CLDR names, English and Indonesian, of each emoji of one code point."""
    for language in _LANGUAGES:
        emoji.config.load_language(language)
    names: dict[str, list[str]] = {}
    for sequence, entry in emoji.EMOJI_DATA.items():
        character = sequence.replace("\ufe0f", "")  # serving drops variation selectors too
        if len(character) == 1 and not character.isascii():
            found = [entry[language] for language in _LANGUAGES if language in entry]
            names.setdefault(character, [re.sub(r"[\W_]+", " ", name).strip() for name in found])
    return names


def add_emoji(document: Document, embeddings: Tensor) -> tuple[Document, Tensor]:
    """Return the tokenizer with a piece for each missing emoji, and the embeddings' rows.

    `embeddings` is (pieces, hidden); a new row is the mean of the rows of the name's pieces. A
    vocabulary of byte-pair merges spells every emoji in bytes and comes back as it is.
    """
    if document["model"]["type"] not in {"Unigram", "WordPiece"}:
        return document, embeddings
    rows: dict[str, Tensor] = {}
    known = _known(document)
    tokenizer = load_document(document)
    for character, names in sorted(emoji_names().items()):
        if character not in known and (ids := _name_ids(tokenizer, names)):
            rows[character] = embeddings[ids].mean(dim=0)
    if not rows:
        return document, embeddings
    first = len(embeddings)
    return _with_pieces(document, list(rows), first), torch.cat(
        [embeddings, torch.stack(list(rows.values()))]
    )


def _known(document: Document) -> set[str]:
    tokens = [token["content"] for token in document["added_tokens"]]
    return {piece.removeprefix("▁").removeprefix("##") for piece in [*pieces_of(document), *tokens]}


def _name_ids(tokenizer: Tokenizer, names: list[str]) -> list[int]:
    unknown = tokenizer.token_to_id("<unk>")
    ids = [i for name in names for i in tokenizer.encode(name, add_special_tokens=False).ids]
    return [i for i in ids if i != unknown]


def _with_pieces(document: Document, characters: list[str], first: int) -> Document:
    """Add pieces from the id `first` on: to Unigram's list, beside WordPiece's words.

    WordPiece cannot split a word at an emoji ("keren🔥" would be unknown), an added token can.
    """
    extended = copy.copy(document)
    if document["model"]["type"] == "Unigram":
        pieces: list[Any] = [[character, _SCORE] for character in characters]
        model = document["model"]
        extended["model"] = {**model, "vocab": [*model["vocab"], *pieces]}
        return extended
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
    tokens = [
        {"id": place, "content": character, **flags}
        for place, character in enumerate(characters, start=first)
    ]
    extended["added_tokens"] = [*document["added_tokens"], *tokens]
    return extended

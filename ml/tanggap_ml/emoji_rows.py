"""Give the emoji that a vocabulary lacks a row of their own, made from the words of their names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import emoji
import torch
from tokenizers import Tokenizer
from torch import Tensor

_SCORE = -12.0
"""Log-probability of an added piece: above an unknown character's, below any usual word's."""

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


def add_emoji(tokenizer_file: Path, embeddings: Tensor) -> tuple[dict[str, Any], Tensor]:
    """Return the tokenizer's JSON with a piece for each missing emoji, and the embeddings' rows.

    `embeddings` is (pieces, hidden); a new row is the mean of the rows of the name's pieces. Only
    Unigram vocabularies are extended; others come back as they are.
    """
    document: dict[str, Any] = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    if document["model"]["type"] != "Unigram":
        return document, embeddings
    vocabulary: list[list[Any]] = document["model"]["vocab"]
    known = {piece for piece, _ in vocabulary}
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    unknown = document["model"]["unk_id"]
    rows: list[Tensor] = []
    for character, names in sorted(emoji_names().items()):
        ids = [i for name in names for i in tokenizer.encode(name, add_special_tokens=False).ids]
        ids = [i for i in ids if i != unknown]
        if not ids or character in known or f"▁{character}" in known:
            continue
        vocabulary.append([character, _SCORE])
        rows.append(embeddings[ids].mean(dim=0))
    return document, torch.cat([embeddings, torch.stack(rows)]) if rows else embeddings

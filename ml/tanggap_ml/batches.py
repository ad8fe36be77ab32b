"""Tokenise posts and put those of similar length into one batch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from tanggap_ml.errors import RunError

_BUCKET = 50
"""Batches whose posts are sorted together: long enough to waste no padding, short enough to mix."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded token ids, their mask, and the positions of the posts in the list they came from."""

    input_ids: Tensor
    attention_mask: Tensor
    positions: Tensor


def load_tokenizer(path: Path, max_length: int) -> Tokenizer:
    """Load a tokenizer.json that cuts at `max_length` tokens and does not pad."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(max_length)
    tokenizer.no_padding()
    return tokenizer


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the token ids of each text."""
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]


def hide_words(
    tokenizer: Tokenizer, encoded: Sequence[list[int]], rate: float, chance: random.Random
) -> Sequence[list[int]]:
    """Mask a share of the tokens between the specials, so that no single word decides."""
    mask = tokenizer.token_to_id("<mask>")
    if not rate or mask is None:
        return encoded
    return [
        [ids[0], *(mask if chance.random() < rate else i for i in ids[1:-1]), *ids[-1:]]
        for ids in encoded
    ]


def training_batches(
    encoded: Sequence[Sequence[int]], *, size: int, seed: int, pad: int
) -> list[Batch]:
    """Shuffle, sort within buckets of batches, shuffle the batches; the seed decides all."""
    shuffler = random.Random(seed)  # noqa: S311  # order of training, nothing secret
    order = list(range(len(encoded)))
    shuffler.shuffle(order)
    groups: list[list[int]] = []
    for start in range(0, len(order), size * _BUCKET):
        bucket = sorted(order[start : start + size * _BUCKET], key=lambda i: len(encoded[i]))
        groups += [bucket[at : at + size] for at in range(0, len(bucket), size)]
    shuffler.shuffle(groups)
    return [_batch(encoded, group, pad) for group in groups]


def evaluation_batches(encoded: Sequence[Sequence[int]], *, size: int, pad: int) -> list[Batch]:
    """Sort all posts by length and cut them into batches."""
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))
    return [_batch(encoded, order[at : at + size], pad) for at in range(0, len(order), size)]


def pad_id(tokenizer: Tokenizer) -> int:
    """Return the id of the padding token."""
    found = tokenizer.token_to_id("<pad>")
    if found is None:
        raise RunError("The tokenizer has no <pad> token.")
    return int(found)


def _batch(encoded: Sequence[Sequence[int]], positions: list[int], pad: int) -> Batch:
    width = max(len(encoded[position]) for position in positions)
    ids = torch.full((len(positions), width), pad, dtype=torch.long)
    mask = torch.zeros((len(positions), width), dtype=torch.long)
    for row, position in enumerate(positions):
        length = len(encoded[position])
        ids[row, :length] = torch.tensor(encoded[position], dtype=torch.long)
        mask[row, :length] = 1
    return Batch(ids, mask, torch.tensor(positions))

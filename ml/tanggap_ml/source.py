"""What a base is made from: a pretrained encoder and its tokenizer, wherever they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from tanggap_ml.vocabulary import Document

WORDS = "embeddings.word_embeddings.weight"
POSITIONS = "embeddings.position_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Source:
    """A pretrained encoder before anything was done to it.

    `weights` are those of a BertModel but for the word embedding, of which `rows` gives the rows
    of some ids; `settings` are those of a BertConfig but for the vocabulary's. `files` holds the
    sha256 of each file that was read.
    """

    kind: str
    name: str
    files: Mapping[str, str]
    settings: Mapping[str, Any]
    document: Document
    vocabulary: int
    weights: Mapping[str, Tensor]
    rows: Callable[[Sequence[int]], Tensor]


def first_line(err: Exception) -> str:
    """Return what an error of another library says, in one short line."""
    lines = str(err).strip().splitlines()
    return lines[0][:160] if lines else type(err).__name__

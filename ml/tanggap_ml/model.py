"""The student: an encoder cut from the base, mean pooling, a label head and a language head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from tanggap_ml.errors import RunError

LANGUAGES = ("id", "en")
_HEADS = 20
"""What the heads are drawn with."""


class PostClassifier(nn.Module):
    """Map token ids to label logits and language logits."""

    def __init__(self, encoder: BertModel, labels: int, languages: int = len(LANGUAGES)) -> None:
        super().__init__()
        self.encoder = encoder
        hidden = encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.label_head = nn.Linear(hidden, labels)
        self.language_head = nn.Linear(hidden, languages)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return (label logits, language logits), one row a post."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        pooled = self.dropout(mean_pool(states, attention_mask))
        return self.label_head(pooled), self.language_head(pooled)


def mean_pool(states: Tensor, attention_mask: Tensor) -> Tensor:
    """Return the mean of each post's token states, padding left out."""
    mask = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1)


def load_encoder(base: Path, dropout: float = 0.0) -> BertModel:
    """Load a base's encoder in fp32, with the same dropout of states and attention.

    Eager attention trains 2.5 times as fast on a CPU as torch's fused one, whose backward pass is
    slow for posts of thirty tokens; `benchmarks/training.py` measures both.
    """
    if not (base / "model.safetensors").is_file():
        raise RunError(f"{base}: no model.safetensors. Give a folder with a BERT encoder.")
    encoder: BertModel = BertModel.from_pretrained(
        base,
        add_pooling_layer=False,
        dtype=torch.float32,
        attn_implementation="eager",
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    return encoder


def student_from(
    base: Path, layers: Sequence[int], labels: int, dropout: float = 0.0
) -> PostClassifier:
    """Build a student of the given layers of the base, weights included.

    Its heads begin alike whatever the seed: heads that began apart end apart, and the mean of such
    runs (`merge`) says less than each of them.
    """
    encoder = load_encoder(base, dropout)
    available = len(encoder.encoder.layer)
    if not layers or max(layers) >= available or min(layers) < 0:
        raise RunError(f"{base}: has layers 0 to {available - 1}, asked for {list(layers)}.")
    encoder.encoder.layer = nn.ModuleList([encoder.encoder.layer[index] for index in layers])
    encoder.config.num_hidden_layers = len(layers)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(_HEADS)  # the CPU's alone: a GPU's keeps the seed
        return PostClassifier(encoder, labels)


def student_of_shape(config: BertConfig, labels: int) -> PostClassifier:
    """Build a student with random weights, to load trained ones into."""
    return PostClassifier(BertModel(config, add_pooling_layer=False), labels)

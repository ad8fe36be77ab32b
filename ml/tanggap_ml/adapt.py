"""Teach an encoder the language of posts: masked words, and the polarity their sources gave.

The masked-word head shares the embedding and is made only for the masked places, which keeps a
vocabulary of 32,000 affordable on a CPU.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from tanggap_ml.batches import Batch, encode, load_tokenizer, pad_id, training_batches
from tanggap_ml.errors import RunError
from tanggap_ml.loop import WEIGHTS_FILE, Loop, LoopConfig, device, prepare
from tanggap_ml.model import load_encoder, mean_pool
from tanggap_ml.posts import Post
from tanggap_ml.weak import POLARITIES, polarity

_IGNORED = -100
_VALIDATION_POSTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptConfig(LoopConfig):
    """Say how an encoder is adapted; `mask_rate` is the share of tokens to be guessed."""

    base: str
    posts: tuple[str, ...]
    max_length: int = 64
    mask_rate: float = 0.2
    polarity_weight: float = 0.5
    epochs: int = 1
    learning_rate: float = 2e-4
    checkpoints_per_epoch: int = 4


class MaskedEncoder(nn.Module):
    """An encoder with a masked-word head and a polarity head."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        hidden, words = encoder.config.hidden_size, encoder.config.vocab_size
        self.encoder = encoder
        self.word_head = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.bias_head = nn.ParameterDict({"words": nn.Parameter(torch.zeros(words))})
        self.polarity_head = nn.Linear(hidden, len(POLARITIES))

    def forward(self, ids: Tensor, mask: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return (word logits of the chosen places, polarity logits of the posts)."""
        states = self.encoder(input_ids=ids, attention_mask=mask)[0]
        words = self.encoder.embeddings.word_embeddings.weight
        guesses = self.word_head(states[chosen]) @ words.T + self.bias_head["words"]
        return guesses, self.polarity_head(mean_pool(states, mask))


class AdaptTask:
    """Masked words and polarity over posts; the last thousand are only measured."""

    def __init__(self, config: AdaptConfig, posts: Sequence[Post]) -> None:
        base = Path(config.base)
        self.config = config
        self.model = MaskedEncoder(load_encoder(base)).to(device())
        self.tokenizer = load_tokenizer(base / "tokenizer.json", config.max_length)
        shuffled = list(posts)
        random.Random(config.seed).shuffle(shuffled)  # noqa: S311  # order, nothing secret
        held_out = min(_VALIDATION_POSTS, len(shuffled) // 10)
        self._train, self._validation = shuffled[held_out:], shuffled[:held_out]
        self._encoded = encode(self.tokenizer, [post.text for post in self._train])
        self._polarities = _polarities(self._train)
        self._held_out = training_batches(
            encode(self.tokenizer, [post.text for post in self._validation]),
            size=config.batch_size,
            seed=0,
            pad=pad_id(self.tokenizer),
        )
        self._mask_id = _mask_id(self.tokenizer)
        self.steps_per_epoch = -(-len(self._train) // config.batch_size)

    def batches(self, epoch: int) -> Sequence[Batch]:
        """Return the shuffled batches of an epoch."""
        return training_batches(
            self._encoded,
            size=self.config.batch_size,
            seed=self.config.seed + epoch,
            pad=pad_id(self.tokenizer),
        )

    def loss(self, batch: Batch) -> Tensor:
        """Return the masked-word loss plus the weighted polarity loss."""
        ids, chosen = self._masked(batch, torch.default_generator)
        words, opinions = self._forward(batch, ids, chosen)
        loss = nn.functional.cross_entropy(words.float(), batch.input_ids.to(device())[chosen])
        gold = self._polarities[batch.positions].to(device())
        if bool((gold != _IGNORED).any()):
            loss = loss + self.config.polarity_weight * nn.functional.cross_entropy(
                opinions.float(), gold, ignore_index=_IGNORED
            )
        return loss

    def measure(self) -> dict[str, float]:
        """Return how many masked words of the held-out posts are guessed, and the loss."""
        generator = torch.Generator().manual_seed(0)
        right, loss, places = 0, 0.0, 0
        for batch in self._held_out:
            ids, chosen = self._masked(batch, generator)
            words, _ = self._forward(batch, ids, chosen)
            gold = batch.input_ids.to(device())[chosen]
            loss += float(nn.functional.cross_entropy(words.float(), gold, reduction="sum"))
            right += int((words.argmax(1) == gold).sum())
            places += len(gold)
        return {
            "words_guessed": round(right / places, 4),
            "word_loss": round(loss / places, 4),
        }

    def _forward(self, batch: Batch, ids: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        mask = batch.attention_mask.to(device())
        words, opinions = self.model(ids.to(device()), mask, chosen.to(device()))
        return words, opinions

    def _masked(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Hide tokens as BERT does: of the chosen, 80 % masked, 10 % changed, 10 % left."""
        ids = batch.input_ids.clone()
        draw = torch.rand(ids.shape, generator=generator)
        inner = batch.attention_mask.bool().clone()
        inner[:, 0] = False
        ends = batch.attention_mask.sum(1, keepdim=True) - 1
        inner.scatter_(1, ends, False)  # torch takes it by position
        chosen = inner & (draw < self.config.mask_rate)
        if not bool(chosen.any()):
            chosen[0, min(1, ids.shape[1] - 1)] = True
        share = draw / self.config.mask_rate
        ids[chosen & (share < 0.8)] = self._mask_id
        changed = chosen & (share >= 0.8) & (share < 0.9)
        words = self.model.encoder.config.vocab_size
        ids[changed] = torch.randint(words, (int(changed.sum()),), generator=generator)
        return ids, chosen


def adapt(config: AdaptConfig, run: Path, posts: Sequence[Post]) -> list[dict[str, float]]:
    """Adapt in the folder `run`, which becomes a base for `train`; returns the history."""
    prepare(config, run / "work")
    task = AdaptTask(config, posts)
    loop = Loop(config, run / "work", task)
    loop.resume()
    loop.fit("adapting")
    _write_base(run, Path(config.base))
    return loop.history


def _write_base(run: Path, base: Path) -> None:
    weights = load_file(run / "work" / WEIGHTS_FILE)
    encoder = BertModel(BertConfig.from_pretrained(base), add_pooling_layer=False)
    prefix = "encoder."
    encoder.load_state_dict(
        {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    )
    encoder.save_pretrained(run)
    shutil.copyfile(base / "tokenizer.json", run / "tokenizer.json")


def _polarities(posts: Sequence[Post]) -> Tensor:
    found = [polarity(post.weak) for post in posts]
    return torch.tensor([_IGNORED if place is None else place for place in found])


def _mask_id(tokenizer: Tokenizer) -> int:
    found = tokenizer.token_to_id("<mask>")
    if found is None:
        raise RunError("The tokenizer has no <mask> token, which adaptation hides words with.")
    return int(found)

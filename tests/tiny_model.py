"""Train a tiny classifier of invented posts, the whole way, in seconds."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

FILLERS = [f"kata{n}" for n in range(80)]
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
PHRASES = {
    "internet mati terus": "complaint",
    "app keeps crashing": "complaint",
    "cara daftar gimana": "question",
    "how do i sign up": "question",
    "tolong tambah menu baru": "feedback",
    "makasih mantap sekali": "praise",
    "wkwk iya bro": "none",
    "laba perusahaan naik": "none",
}


def invented(count: int, phrases: Mapping[str, str], seed: int) -> list[dict[str, str]]:
    """Invent posts whose label follows from a phrase among other words."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        phrase = list(phrases)[number % len(phrases)]
        words = chance.sample(FILLERS, 5)
        text = f"{words[0]} {words[1]} {phrase} {' '.join(words[2:])}"
        rows.append({"id": f"{seed}-{number}", "text": text, "label": phrases[phrase]})
    chance.shuffle(rows)
    return rows


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def train_bundle(folder: Path) -> tuple[Path, Path]:
    """Train a first bundle; returns its folder and the file it learnt from."""
    pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")
    from tanggap_ml.config import TrainConfig
    from tanggap_ml.pack import PackOptions, pack
    from tanggap_ml.train import train

    data = write_rows(folder / "data.jsonl", invented(600, PHRASES, 1))
    config = TrainConfig(
        data=str(data),
        base=str(_base(folder / "base", data)),
        layers=(0, 1),
        max_length=24,
        validation=0.15,
        test=0.15,
        epochs=4,
        learning_rate=3e-3,
        head_learning_rate=1e-2,
        batch_size=32,
        hide_rate=0.0,
        threads=1,
    )
    train(config, folder / "run")
    pack(folder / "run", folder / "first", PackOptions(base_name="tiny", baseline=False))
    return folder / "first", data


def _base(folder: Path, data: Path) -> Path:
    """Make an encoder of random weights and a tokenizer of the data's words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel

    folder.mkdir()
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(
        [json.loads(line)["text"] for line in data.read_text("utf-8").splitlines()],
        trainers.WordLevelTrainer(special_tokens=SPECIALS, show_progress=False),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder

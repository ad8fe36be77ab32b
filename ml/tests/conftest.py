"""A tiny base model and tiny labelled data, made in the test."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tanggap_ml.config import TrainConfig

PHRASES = {
    "complaint": ["internet mati terus", "app keeps crashing", "paket belum sampai", "lemot parah"],
    "question": [
        "cara daftar gimana",
        "how do i sign up",
        "jadwal jam berapa",
        "where is the shop",
    ],
    "feedback": ["tolong tambah menu baru", "please add dark mode", "sudah dm ya", "lumayan saja"],
    "praise": ["makasih mantap sekali", "great crew thank you", "bagus banget", "love this app"],
    "none": ["wkwk iya bro", "laba perusahaan naik", "good morning friends", "followback ya kak"],
}
ENGLISH = {"app", "how", "where", "please", "great", "love", "good"}
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
FILLERS = [f"kata{n}" for n in range(60)]


@pytest.fixture(scope="session")
def data_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 600 invented posts whose label follows from their words."""
    chance = random.Random(7)
    path = tmp_path_factory.mktemp("data") / "posts.jsonl"
    rows = []
    for number in range(600):
        label = chance.choice(sorted(PHRASES))
        phrase = chance.choice(PHRASES[label])
        words = chance.sample(FILLERS, 5)
        rows.append(
            {
                "id": str(number),
                "text": f"@user {words[0]} {words[1]} {phrase} {' '.join(words[2:])}",
                "label": label,
                "lang": "en" if phrase.split()[0] in ENGLISH else "id",
                "source": "invented",
            }
        )
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, data_file: Path) -> Path:
    """Make a four-layer encoder of random weights and a tokenizer of the data's words."""
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")
    from tokenizers import (  # only where torch is
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
        trainers,
    )
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(
        [json.loads(line)["text"] for line in data_file.read_text("utf-8").splitlines()],
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
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def config(base: Path, data_file: Path) -> TrainConfig:
    from tanggap_ml.config import TrainConfig

    return TrainConfig(
        data=str(data_file),
        base=str(base),
        layers=(1, 3),
        max_length=24,
        validation=0.15,
        test=0.15,
        epochs=4,
        learning_rate=3e-3,
        head_learning_rate=1e-2,
        batch_size=32,
        vary_rate=0.0,
        hide_rate=0.0,
        threads=1,
    )


@pytest.fixture(scope="session")
def run(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    from tanggap_ml.train import train

    train(config, folder)
    return folder


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory, data_file: Path) -> Path:
    """Write unlabelled posts, the labelled ones among them; sources rate some of them."""
    path = tmp_path_factory.mktemp("pool") / "pool.jsonl.gz"
    seen = [json.loads(line)["text"] for line in data_file.read_text("utf-8").splitlines()]
    more = [text.replace("kata1", "kata9").replace("@user", "") for text in seen if "kata1" in text]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number, text in enumerate([*seen, *more]):
            weak = "rating=1" if "mati" in text else f"rating={number % 2 + 4}"
            file.write(json.dumps({"text": text, "lang": "id", "weak": weak}) + "\n")
    return path

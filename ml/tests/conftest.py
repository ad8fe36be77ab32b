"""A tiny base model and tiny labelled data, made in the test."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

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

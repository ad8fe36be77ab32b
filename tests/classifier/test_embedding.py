"""Vectors of posts: read out of a bundle, and made of words where there is none."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tanggap.classifier import Embedder, HashingEmbedder, OnnxEmbedder
from tanggap.classifier.graph import outputs_of, with_output

SHIPPED = Path(__file__).parents[2] / "models" / "default"

TOPICS = {
    "outage": (
        "min internet rumah saya mati dari tadi pagi, kapan nyala lagi?",
        "wifi di tempat saya mati total sejak semalam, tolong dicek",
        "internet mati lagi nih, teknisinya kapan datang?",
    ),
    "parcel": (
        "paket saya belum sampai padahal statusnya sudah dikirim seminggu",
        "kurirnya bilang paket sudah sampai, tapi saya tidak terima apa-apa",
        "resi saya tidak bergerak, paketnya nyangkut di gudang ya?",
    ),
    "bill": (
        "kok tagihan bulan ini naik dua kali lipat?",
        "saya ditagih dobel bulan ini, tolong tagihannya dibetulkan",
        "kenapa tagihan saya beda dengan harga paket yang saya pilih?",
    ),
}


def share_of_same_topic(embedder: Embedder) -> float:
    """Tell how often the nearest post is about the same."""
    texts = [(topic, text) for topic, some in TOPICS.items() for text in some]
    vectors = embedder.embed([text for _, text in texts])
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -1)
    nearest = scores.argmax(axis=1)
    return sum(texts[at][0] == texts[near][0] for at, near in enumerate(nearest.tolist())) / len(
        texts
    )


@pytest.mark.skipif(not SHIPPED.exists(), reason="no bundle is shipped here")
def test_shipped_bundle_finds_posts_about_the_same_matter() -> None:
    embedder = OnnxEmbedder(SHIPPED, threads=1)
    assert embedder.version.endswith("/half")
    assert share_of_same_topic(embedder) >= 0.5
    [row, empty] = embedder.embed(["halo min", ""])
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)
    assert not empty.any()


def test_words_find_posts_that_share_them() -> None:
    assert share_of_same_topic(HashingEmbedder()) >= 0.7


def test_words_stay_near_when_case_and_signs_differ() -> None:
    first, second, other = HashingEmbedder().embed(
        ["Internet MATI!!!", "internet mati", "terima kasih"]
    )
    assert first @ second > 0.99
    assert first @ other < 0.5


def test_graph_is_read_and_extended_without_its_library() -> None:
    node = b"\x0a\x01x\x12\x01y\x22\x04Relu"
    graph = b"\x0a" + bytes([len(node)]) + node
    model = b"\x08\x07\x3a" + bytes([len(graph)]) + graph
    assert outputs_of(model, "Relu") == ["y"]
    assert outputs_of(model, "Add") == []
    assert with_output(model, "y") == model + b"\x3a\x05\x62\x03\x0a\x01y"


def test_nonsense_is_no_model() -> None:
    with pytest.raises((ValueError, IndexError)):
        list(itertools.chain(outputs_of(b"\xff\xff\xff", "Relu")))

# ruff: noqa: E402
"""The ONNX graph: it computes what torch computes, and gives its weights back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

import onnx
import onnxruntime
from tokenizers import Tokenizer

from tanggap_ml.data import read_examples
from tanggap_ml.errors import RunError
from tanggap_ml.export import export_float, export_onnx, load_student
from tanggap_ml.graph import build_graph, read_graph
from tanggap_ml.model import PostClassifier
from tanggap_ml.quantise import Seen, activation_of, observe
from tanggap_ml.train import predict_logits

Loaded = tuple[PostClassifier, Tokenizer]


@pytest.fixture(scope="module")
def loaded(run: Path) -> Loaded:
    return load_student(run, 5)


@pytest.fixture(scope="module")
def texts(data_file: Path) -> list[str]:
    return [e.text for e in read_examples(data_file)][:80]


@pytest.fixture(scope="module")
def int8(loaded: Loaded, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "int8.onnx"
    export_onnx(*loaded, texts, path)
    return path


def answers(
    model: Path, tokenizer: Tokenizer, texts: list[str], padding: int = 0
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the label logits of the texts, one by one or padded by some tokens."""
    session = onnxruntime.InferenceSession(str(model), disabled_optimizers=["SkipLayerNormFusion"])
    rows = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        feed = {
            "input_ids": np.array([ids + [1] * padding, ids + [1] * padding]),
            "attention_mask": np.array([[1] * len(ids) + [0] * padding] * 2),
        }
        rows.append(session.run(["label_logits"], feed)[0][0])
    return np.stack(rows).astype(np.float64)


def test_the_float_graph_gives_the_logits_of_torch(
    loaded: Loaded, texts: list[str], tmp_path: Path
) -> None:
    export_float(loaded[0], tmp_path / "float.onnx")
    expected = predict_logits(*loaded, texts)[0]
    assert answers(tmp_path / "float.onnx", loaded[1], texts) == pytest.approx(expected, abs=1e-4)


def test_the_int8_graph_stays_close_to_torch(loaded: Loaded, texts: list[str], int8: Path) -> None:
    expected = predict_logits(*loaded, texts)[0]
    given = answers(int8, loaded[1], texts)
    assert np.abs(given - expected).mean() < 0.1 * np.abs(expected).mean()
    assert (given.argmax(1) == expected.argmax(1)).mean() >= 0.95


def test_padding_and_company_do_not_change_a_verdict(
    loaded: Loaded, texts: list[str], int8: Path
) -> None:
    alone = answers(int8, loaded[1], texts[:20])
    padded = answers(int8, loaded[1], texts[:20], padding=7)
    assert padded == pytest.approx(alone, abs=1e-3)


def test_weights_read_back_compute_what_the_graph_computes(
    loaded: Loaded, texts: list[str], int8: Path
) -> None:
    model = build_graph(loaded[0])
    weights = read_graph(model)
    assert set(weights) == set(loaded[0].state_dict())
    fresh, tokenizer = load_student_again(loaded)
    for graph, distance in ((model, 1e-4), (onnx.load(str(int8)), 0.2)):
        fresh.load_state_dict({k: torch.from_numpy(v) for k, v in read_graph(graph).items()})
        given, expected = (predict_logits(m, tokenizer, texts)[0] for m in (fresh, loaded[0]))
        assert given == pytest.approx(expected, abs=distance)


def load_student_again(loaded: Loaded) -> Loaded:
    import copy

    return copy.deepcopy(loaded[0]), loaded[1]


def test_ranges_come_from_real_tokens_only(loaded: Loaded) -> None:
    short, mixed = ["kata1 mati"], ["kata1 mati", "kata1 mati " * 5]
    name = "encoder.encoder.layer.0.attention.self.query"
    alone, together = observe(*loaded, short)[name], observe(*loaded, mixed)[name]
    assert (together.low <= alone.low + 1e-6).all()
    assert (together.high >= alone.high - 1e-6).all()
    assert len(alone.low) == 32


def test_a_large_channel_leaves_the_others_more_room_when_smoothed() -> None:
    seen = Seen(np.array([-1.0, -30.0], "f4"), np.array([1.0, 30.0], "f4"))
    weights = np.ones((2, 3), "f4")
    plain, smoothed = (activation_of(seen, weights, smooth=smooth) for smooth in (False, True))
    steps = [1.0 * a.factors[0] / a.scale for a in (plain, smoothed)]
    assert steps[1] > 5 * steps[0]
    assert np.prod(smoothed.factors) == pytest.approx(1.0, rel=1e-3)


def test_an_encoder_with_another_activation_is_refused(loaded: Loaded) -> None:
    other, _ = load_student_again(loaded)
    other.encoder.config.hidden_act = "relu"
    with pytest.raises(RunError, match="only gelu"):
        build_graph(other)

"""Place posts in the space in which a bundle decides, or in that of their letters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from tanggap.classifier import read_manifest
from tanggap.classifier.bundle import MODEL_FILE, TOKENIZER_FILE, read_verified

_PRODUCTS = frozenset({"MatMul", "MatMulInteger", "Gemm"})
_BATCH = 32
_STEPS = 8

Points = Any
"""A matrix with a row a text, dense or sparse; scipy is not typed."""


def embed(bundle: Path, texts: Sequence[str]) -> Points:
    """Return a unit vector a text: what the label head sees, else TF-IDF of letters.

    The texts are cleaned ones. A bundle whose graph shows no label head offers no vectors.
    """
    name = _pooled(bundle)
    return _of_letters(texts) if name is None else _of_bundle(bundle, name, texts)


def offers_embedding(bundle: Path) -> bool:
    """Tell whether the bundle's graph shows what its label head sees."""
    return _pooled(bundle) is not None


def _of_letters(texts: Sequence[str]) -> Points:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=50_000)
    return vectorizer.fit_transform(texts)


def _of_bundle(bundle: Path, name: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    manifest = read_manifest(bundle)
    model = onnx.load_from_string(read_verified(bundle, MODEL_FILE, manifest))
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    tokenizer = Tokenizer.from_str(read_verified(bundle, TOKENIZER_FILE, manifest).decode("utf-8"))
    tokenizer.enable_truncation(manifest.max_length)
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("<pad>"), pad_token="<pad>")  # noqa: S106  # no password
    parts = [
        _run(session, name, tokenizer.encode_batch(list(texts[at : at + _BATCH])))
        for at in range(0, len(texts), _BATCH)
    ]
    points = np.concatenate(parts)
    points -= points.mean(axis=0)  # what all posts share tells none of them apart
    return np.asarray(
        points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9), dtype=np.float32
    )


def _run(session: Any, name: str, encodings: Sequence[Any]) -> npt.NDArray[np.float32]:
    feed = {
        "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),
        "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
    }
    (points,) = session.run([name], feed)
    return np.asarray(points, dtype=np.float32)


def _pooled(bundle: Path) -> str | None:
    """Walk back from the label logits to what is multiplied by the label head."""
    graph = onnx.load(str(bundle / MODEL_FILE)).graph
    producers = {output: node for node in graph.node for output in node.output}
    name = graph.output[0].name
    for _ in range(_STEPS):
        node = producers.get(name)
        if node is None:
            return None
        if node.op_type in _PRODUCTS:
            source = producers.get(node.input[0])
            quantised = source is not None and source.op_type == "DynamicQuantizeLinear"
            return str(source.input[0] if quantised and source else node.input[0])
        name = next((i for i in node.input if i in producers), "")
    return None

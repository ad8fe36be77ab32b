"""Make tiny model bundles whose verdicts follow from words, served as any other bundle is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tanggap.classifier import LABELS

WORDS = {"mati": "complaint", "kapan": "question", "saran": "feedback", "makasih": "praise"}
SURE = 8.0
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")


def make_bundle(
    folder: Path,
    version: str = "tiny-1",
    labels: Sequence[str] = LABELS,
    words: Mapping[str, str] = WORDS,
    **changes: Any,
) -> Path:
    """Write a bundle that gives a post the label of the known words it holds, else the last one."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install -e ml")
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = [*SPECIALS, *words]
    weights = np.zeros((len(vocabulary), len(labels)), dtype=np.float32)
    weights[0, len(labels) - 1] = SURE / 4
    for row, word in enumerate(words, start=len(SPECIALS)):
        weights[row, list(labels).index(words[word])] = SURE
    onnx.save(_graph(onnx, weights), str(folder / "model.onnx"))
    (folder / "tokenizer.json").write_text(_tokenizer(vocabulary), "utf-8")
    manifest = {
        "format": 1,
        "version": version,
        "labels": list(labels),
        "fallback_label": labels[-1],
        "languages": [],
        "max_length": 64,
        "temperature": 1.0,
        "thresholds": dict.fromkeys(labels, 0.5),
        "metrics": {"macro_f1": {"all": 0.8}},
        "files": {
            name: {"sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
            for name in ("model.onnx", "tokenizer.json")
        },
    } | changes
    (folder / "bundle.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def write_comparison(candidate: Path, baseline: Path, /, **changes: Any) -> Path:
    """Write what `tanggap-ml` writes after it compared a candidate with the active bundle."""

    def sha256(folder: Path) -> str:
        return hashlib.sha256((folder / "bundle.json").read_bytes()).hexdigest()

    values = {
        "format": 1,
        "baseline": {"version": "a", "sha256": sha256(baseline)},
        "candidate": {"version": "b", "sha256": sha256(candidate)},
        "gate": {"file": "gate.jsonl", "sha256": "9" * 64, "posts": 400},
        "verdict": "better",
        "sentence": "The candidate is better.",
    } | changes
    path = candidate / "comparison.json"
    path.write_text(json.dumps(values), "utf-8")
    return path


def _graph(onnx: Any, weights: np.ndarray[Any, Any]) -> Any:
    h, kinds = onnx.helper, onnx.TensorProto
    nodes = [
        h.make_node("Gather", ["weights", "input_ids"], ["rows"]),
        h.make_node("Cast", ["attention_mask"], ["mask"], to=kinds.FLOAT),
        h.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        h.make_node("Mul", ["rows", "column"], ["kept"]),
        h.make_node("ReduceSum", ["kept", "middle"], ["label_logits"], keepdims=0),
    ]
    inputs = [
        h.make_tensor_value_info(name, kinds.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    output = h.make_tensor_value_info("label_logits", kinds.FLOAT, ["batch", weights.shape[1]])
    constants = [
        onnx.numpy_helper.from_array(weights, "weights"),
        onnx.numpy_helper.from_array(np.array([2], dtype=np.int64), "last"),
        onnx.numpy_helper.from_array(np.array([1], dtype=np.int64), "middle"),
    ]
    graph = h.make_graph(nodes, "tiny", inputs, [output], constants)
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=9)


def _tokenizer(vocabulary: Sequence[str]) -> str:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(
        models.WordLevel({word: row for row, word in enumerate(vocabulary)}, unk_token="<unk>")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return str(tokenizer.to_str())

"""Make the point from which retraining starts: a run's weights, or a bundle's read back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig

from tanggap.classifier import OnnxClassifier, fingerprint, load_bundle
from tanggap.classifier.bundle import MODEL_FILE, TOKENIZER_FILE
from tanggap.classifier.onnx import softmax
from tanggap_ml.batches import load_tokenizer
from tanggap_ml.errors import RunError
from tanggap_ml.export import load_student
from tanggap_ml.graph import PRODUCER, read_graph
from tanggap_ml.model import PostClassifier, student_from, student_of_shape
from tanggap_ml.train import FACTS_FILE, predict_logits

Array = npt.NDArray[np.float32]

START_FILE = "start.json"
HEADS_FILE = "heads.safetensors"
_HEADS = ("label_head.", "language_head.")
_PROBES = (
    "min dari pagi internet mati, kapan nyala?",
    "how do I change my plan",
    "makasih min, cepat sekali",
    "tolong tambah menu bahasa Inggris",
    "still waiting for my refund, third time I ask",
)
_FARTHEST = 0.1
"""How far probabilities may lie apart: int8 activations cost less, another model much more."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where training starts: the encoder of a bundle as a base, and its heads.

    `version` is the bundle's, `max_length` counts the tokens of a post that it reads at a time.
    """

    folder: Path
    version: str
    labels: tuple[str, ...]
    layers: int
    max_length: int

    def model(self, dropout: float = 0.0) -> PostClassifier:
        """Return a classifier of these weights, its outputs in the order of the labels."""
        model = student_from(self.folder, range(self.layers), len(self.labels), dropout)
        model.load_state_dict(load_file(self.folder / HEADS_FILE), strict=False)
        return model


def make_start(folder: Path, bundle: Path, run: Path | None) -> Start:
    """Write a bundle's weights into a folder, from its run or else from its model.onnx.

    What is there already for this bundle is used again. Raises RunError when the weights cannot
    be read back, and when the run is not the bundle's.
    """
    classifier = load_bundle(bundle, threads=1)
    mark = {"sha256": fingerprint(bundle), "labels": list(classifier.labels), "from_run": bool(run)}
    if (folder / START_FILE).is_file():
        known = json.loads((folder / START_FILE).read_text(encoding="utf-8"))
        if {key: known.get(key) for key in mark} == mark:
            return _start(folder, classifier, known["layers"])
        raise RunError(f"{folder}: belongs to another bundle; use a new run folder.")
    model = _from_onnx(bundle, classifier) if run is None else _from_run(run, classifier)
    return _start(folder, classifier, _write(folder, model, bundle, mark))


def _start(folder: Path, classifier: OnnxClassifier, layers: int) -> Start:
    length = classifier.manifest.max_length
    return Start(folder, classifier.version, classifier.labels, layers, length)


def _from_run(run: Path, classifier: OnnxClassifier) -> PostClassifier:
    path = run / FACTS_FILE
    if not path.is_file():
        raise RunError(f"{path}: no such file. Give the folder that `tanggap-ml train` wrote.")
    labels = json.loads(path.read_text(encoding="utf-8"))["labels"]
    if tuple(labels) != classifier.labels:
        raise RunError(f"{run}: was trained on other labels than the bundle has.")
    model, tokenizer = load_student(run, len(labels))
    if _distance(model, tokenizer, classifier) > _FARTHEST:
        raise RunError(
            f"{run}: says something else than the bundle {classifier.version}. Give the run it was "
            f"exported from, or none: then the weights are read back from the bundle."
        )
    return model


def _from_onnx(bundle: Path, classifier: OnnxClassifier) -> PostClassifier:
    model = _model(*_read(bundle / MODEL_FILE), bundle)
    tokenizer = load_tokenizer(bundle / TOKENIZER_FILE, classifier.manifest.max_length)
    if _distance(model, tokenizer, classifier) > _FARTHEST:
        raise RunError(
            f"{bundle / MODEL_FILE}: its weights were read, but they do not answer as the bundle "
            f"does. Give the run folder it was exported from with --run."
        )
    return model


def _read(path: Path) -> tuple[dict[str, Array], int]:
    """Return the weights of a graph and its number of attention heads."""
    graph = onnx.load(str(path))
    heads = [
        attribute.i
        for node in graph.graph.node
        for attribute in node.attribute
        if attribute.name == "num_heads"
    ]
    if graph.producer_name == PRODUCER and heads:
        try:
            return read_graph(graph), heads[0]
        except (KeyError, ValueError) as err:
            raise _unreadable(path) from err
    raise _unreadable(path)


def _unreadable(path: Path) -> RunError:
    return RunError(
        f"{path}: its weights cannot be read back; this release of `tanggap-ml export` did not "
        f"write it. Give the run folder it was exported from with --run."
    )


def _model(weights: Mapping[str, Array], heads: int, bundle: Path) -> PostClassifier:
    """Build a student of the shape the weights have."""
    words = weights["encoder.embeddings.word_embeddings.weight"]
    shape = BertConfig(
        vocab_size=words.shape[0],
        hidden_size=words.shape[1],
        num_hidden_layers=_layers(weights),
        num_attention_heads=heads,
        intermediate_size=weights["encoder.encoder.layer.0.intermediate.dense.bias"].shape[0],
        max_position_embeddings=len(weights["encoder.embeddings.position_embeddings.weight"]),
        type_vocab_size=len(weights["encoder.embeddings.token_type_embeddings.weight"]),
        pad_token_id=load_tokenizer(bundle / TOKENIZER_FILE, 8).token_to_id("<pad>"),
    )
    shape._attn_implementation = "eager"  # noqa: SLF001  # no public name
    labels = len(weights["label_head.bias"])
    model = student_of_shape(shape, labels)
    try:
        model.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    except RuntimeError as err:
        raise RunError(
            f"{bundle / MODEL_FILE}: its weights do not make up a student. Give the run folder it "
            f"was exported from with --run."
        ) from err
    return model.eval()


def _layers(weights: Mapping[str, Array]) -> int:
    stem = "encoder.encoder.layer."
    return len({name.split(".")[3] for name in weights if name.startswith(stem)})


def _distance(model: PostClassifier, tokenizer: Any, classifier: OnnxClassifier) -> float:
    """Return how far the probabilities of a few posts lie from the bundle's, in the mean."""
    served, _ = classifier.logits(_PROBES)
    mine = np.asarray(predict_logits(model, tokenizer, _PROBES)[0], dtype=np.float64)
    return float(np.abs(softmax(mine) - softmax(served)).sum(axis=1).mean())


def _write(folder: Path, model: PostClassifier, bundle: Path, mark: Mapping[str, Any]) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.encoder.save_pretrained(folder)
    heads = {k: v.contiguous() for k, v in model.state_dict().items() if k.startswith(_HEADS)}
    save_file(heads, folder / HEADS_FILE)
    shutil.copyfile(bundle / TOKENIZER_FILE, folder / TOKENIZER_FILE)
    layers = int(model.encoder.config.num_hidden_layers)
    text = json.dumps({**mark, "layers": layers}, indent=2) + "\n"
    (folder / START_FILE).write_text(text, encoding="utf-8")
    return layers

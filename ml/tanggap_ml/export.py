"""Turn a run's best weights into `model.onnx`, int8 or fp32."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import onnx
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig

from tanggap_ml.batches import load_tokenizer
from tanggap_ml.config import TrainConfig
from tanggap_ml.errors import RunError
from tanggap_ml.graph import build_graph
from tanggap_ml.loop import WEIGHTS_FILE
from tanggap_ml.model import PostClassifier, student_of_shape
from tanggap_ml.quantise import observe

_SAMPLE = 512
"""Posts on which the ranges of activations are found."""


def load_student(run: Path, labels: int) -> tuple[PostClassifier, Tokenizer]:
    """Return the run's best student and its tokenizer."""
    path = run / WEIGHTS_FILE
    if not path.is_file():
        raise RunError(
            f"{path}: no such file. `tanggap-ml train` writes it at its first checkpoint."
        )
    config = TrainConfig.load(run)
    base = Path(config.base)
    shape = BertConfig.from_pretrained(base)
    shape.num_hidden_layers = len(config.layers)
    shape._attn_implementation = "eager"  # noqa: SLF001  # no public name; needed by the exporter
    model = student_of_shape(shape, labels)
    model.load_state_dict(load_file(path))
    return model.float().eval(), load_tokenizer(base / "tokenizer.json", config.max_length)


def export_onnx(
    model: PostClassifier, tokenizer: Tokenizer, texts: Sequence[str], target: Path
) -> None:
    """Write the model in int8, its ranges found on a sample of the texts."""
    sample = list(texts)
    if len(sample) > _SAMPLE:
        sample = random.Random(_SAMPLE).sample(sample, _SAMPLE)  # noqa: S311  # nothing secret
    onnx.save(build_graph(model, observe(model, tokenizer, sample)), str(target))


def export_float(model: PostClassifier, target: Path) -> None:
    """Write the model in fp32, to compare with."""
    onnx.save(build_graph(model), str(target))

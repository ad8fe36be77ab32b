"""Turn a run's best weights into `model.onnx`: opset 18, dynamic batch and length, int8."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    QuantType,
    quantize_dynamic,
)
from onnxruntime.quantization.shape_inference import (  # type: ignore[import-untyped]
    quant_pre_process,
)
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig

from tanggap_ml.batches import load_tokenizer
from tanggap_ml.config import TrainConfig
from tanggap_ml.errors import RunError
from tanggap_ml.loop import WEIGHTS_FILE
from tanggap_ml.model import PostClassifier, student_of_shape

OPSET = 18


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


def export_onnx(model: PostClassifier, target: Path) -> None:
    """Write the model in fp32."""
    example = (torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]]), torch.tensor([[1] * 4, [1, 1, 1, 0]]))
    dynamic = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", min=2, max=512)}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        program = torch.onnx.export(
            model,
            example,
            input_names=["input_ids", "attention_mask"],
            output_names=["label_logits", "language_logits"],
            dynamic_shapes={"input_ids": dynamic, "attention_mask": dynamic},
            opset_version=OPSET,
            dynamo=True,
        )
    if program is None:
        raise RunError("torch gave no ONNX program; check the torch version in constraints.txt.")
    program.save(str(target))


def quantize(source: Path, target: Path) -> None:
    """Write the model with int8 weights per channel; activations are quantised at run time."""
    root = logging.getLogger()
    level = root.level
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        root.setLevel(logging.ERROR)  # onnxruntime advises a step that has just been done
        try:
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
            graph = onnx.load(str(prepared))
            del graph.graph.value_info[:]  # the exporter's shapes contradict the optimised graph
            quantize_dynamic(graph, str(target), per_channel=True, weight_type=QuantType.QInt8)
        finally:
            root.setLevel(level)
    onnx.checker.check_model(str(target))

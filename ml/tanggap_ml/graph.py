"""Write the classifier as an ONNX graph for onnxruntime, and read its weights back.

The graph is put together here instead of being traced: one product for query, key and value,
onnxruntime's own attention, eight-bit products with fixed ranges. The constants bear torch's names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from transformers import BertConfig

from tanggap_ml.errors import RunError
from tanggap_ml.model import PostClassifier
from tanggap_ml.quantise import Activation, Floats, Seen, activation_of, to_bytes, weights_of

PRODUCER = "tanggap-ml"
OPSET, IR_VERSION = 20, 9
ORT = "com.microsoft"
QKV, JOINED = ("query", "key", "value"), "qkv"
_EMBEDDINGS = "encoder.embeddings"


def build_graph(model: PostClassifier, seen: Mapping[str, Seen] | None = None) -> onnx.ModelProto:
    """Return the classifier as a graph: eight-bit where `seen` tells the ranges, else in fp32.

    Inputs are `input_ids` and `attention_mask`, outputs `label_logits` and `language_logits`.
    Raises RunError for an encoder whose parts the graph has no place for.
    """
    config = model.encoder.config
    if config.hidden_act != "gelu":
        raise RunError(f"The encoder uses {config.hidden_act}; only gelu can be exported.")
    writer = _Writer(weights_of(model), config, seen)
    states = writer.embeddings()
    for layer in range(config.num_hidden_layers):
        states = writer.layer(f"encoder.encoder.layer.{layer}", states)
    writer.heads(states)
    graph = helper.make_graph(
        writer.nodes,
        "post_classifier",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ],
        writer.outputs,
        writer.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ORT, 1)]
    built = helper.make_model(
        graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name=PRODUCER
    )
    onnx.checker.check_model(built)
    return built


class _Writer:
    """Collect nodes and constants; every method returns the name of what it computes."""

    def __init__(
        self, weights: Mapping[str, Floats], config: BertConfig, seen: Mapping[str, Seen] | None
    ) -> None:
        self._weights, self._config, self._seen = weights, config, seen
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.outputs: list[Any] = []
        self._lengths = self._node(
            "ReduceSum",
            [
                self._node("Cast", ["attention_mask"], to=TensorProto.INT32),
                self._constant("axis", np.array([1])),
            ],
            keepdims=0,
        )

    def embeddings(self) -> str:
        words = self._weights[f"{_EMBEDDINGS}.word_embeddings.weight"]
        name = f"{_EMBEDDINGS}.word_embeddings.weight"
        if self._seen is None:
            states = self._node("Gather", [self._constant(name, words), "input_ids"])
        else:
            rounded, scale = to_bytes(words, axis=1)
            pieces = [
                self._node("Gather", [self._constant(f"{name}{end}", part), "input_ids"])
                for end, part in (("_quantized", rounded), ("_scale", scale))
            ]
            whole = self._node("Cast", pieces[:1], to=TensorProto.FLOAT)
            states = self._node("Mul", [whole, pieces[1]])
        # Every token is of type 0, so that type's row is part of the place's.
        places = self._weights[f"{_EMBEDDINGS}.position_embeddings.weight"]
        places = places + self._weights[f"{_EMBEDDINGS}.token_type_embeddings.weight"][0]
        length = self._node("Shape", ["input_ids"], start=1, end=2)
        rows = self._node(
            "Slice",
            [
                self._constant(f"{_EMBEDDINGS}.position_embeddings.weight", places),
                self._constant("start", np.array([0])),
                length,
            ],
        )
        return self._normalised(f"{_EMBEDDINGS}.LayerNorm", self._node("Add", [states, rows]))

    def layer(self, name: str, states: str) -> str:
        attended = self._attention(f"{name}.attention", states)
        states = self._normalised(
            f"{name}.attention.output.LayerNorm", self._node("Add", [attended, states])
        )
        inner = self._node("Gelu", [self._dense(f"{name}.intermediate.dense", states)])
        outer = self._dense(f"{name}.output.dense", inner)
        return self._normalised(f"{name}.output.LayerNorm", self._node("Add", [outer, states]))

    def heads(self, states: str) -> None:
        """Average the states of the real tokens and add the two outputs."""
        mask = self._node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        row = self._node("Unsqueeze", [mask, "axis"])
        total = self._node("Squeeze", [self._node("MatMul", [row, states]), "axis"])
        pooled = self._node("Div", [total, self._node("ReduceSum", [mask, "axis"], keepdims=1)])
        for output, head in (("label_logits", "label_head"), ("language_logits", "language_head")):
            parts = [
                self._constant(f"{head}.{part}", self._weights[f"{head}.{part}"])
                for part in ("weight", "bias")
            ]
            self.nodes.append(helper.make_node("Gemm", [pooled, *parts], [output], transB=1))
            width = len(self._weights[f"{head}.bias"])
            self.outputs.append(
                helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])
            )

    def _attention(self, name: str, states: str) -> str:
        """Compute one product for query, key and value, the attention, and the product after it.

        The factors of that product's input are taken out of `value`, which costs nothing.
        """
        parts = [self._matrix(f"{name}.self.{part}") for part in QKV]
        biases = [self._weights[f"{name}.self.{part}.bias"] for part in QKV]
        after = self._matrix(f"{name}.output.dense")
        into_first = into_after = None
        if self._seen is not None:
            chosen = activation_of(self._seen[f"{name}.output.dense"], after, smooth=True)
            into_after = Activation(np.ones_like(chosen.factors), chosen.scale, chosen.zero)
            parts[2], biases[2] = parts[2] * chosen.factors, biases[2] * chosen.factors
            after = after / chosen.factors[:, None]
            into_first = activation_of(self._seen[f"{name}.self.query"], parts[0], smooth=False)
        weight, bias = np.concatenate(parts, axis=1), np.concatenate(biases)
        joined = self._linear(f"{name}.self.{JOINED}", states, weight, bias, into_first)
        sizes = self._constant(f"{name}.self.sizes", np.array([len(b) for b in biases]))
        context = self._node(
            "MultiHeadAttention",
            [*self._nodes("Split", [joined, sizes], len(QKV), axis=-1), "", self._lengths],
            domain=ORT,
            num_heads=self._config.num_attention_heads,
        )
        bias = self._weights[f"{name}.output.dense.bias"]
        return self._linear(f"{name}.output.dense", context, after, bias, into_after)

    def _dense(self, name: str, states: str) -> str:
        weight, activation = self._matrix(name), None
        if self._seen is not None:
            activation = activation_of(self._seen[name], weight, smooth=True)
            states = self._node(
                "Mul", [states, self._constant(f"{name}.factors", activation.factors)]
            )
            weight = weight / activation.factors[:, None]
        return self._linear(name, states, weight, self._weights[f"{name}.bias"], activation)

    def _linear(
        self, name: str, states: str, weight: Floats, bias: Floats, activation: Activation | None
    ) -> str:
        """Multiply by a matrix with a row for each channel and add the bias."""
        bias_name = self._constant(f"{name}.bias", bias)
        if activation is None:
            product = self._node("MatMul", [states, self._constant(f"{name}.weight", weight)])
            return self._node("Add", [product, bias_name])
        rounded, scale = to_bytes(weight, axis=0)
        into = [
            self._constant(f"{name}.input_scale", np.asarray(activation.scale)),
            self._constant(f"{name}.input_zero", np.asarray(activation.zero)),
        ]
        return self._node(
            "MatMulIntegerToFloat",
            [
                self._node("QuantizeLinear", [states, *into]),
                self._constant(f"{name}.weight_quantized", rounded),
                into[0],
                self._constant(f"{name}.weight_scale", scale[0]),
                into[1],
                "",
                bias_name,
            ],
            domain=ORT,
        )

    def _normalised(self, name: str, states: str) -> str:
        parts = [
            self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"])
            for part in ("weight", "bias")
        ]
        epsilon = self._config.layer_norm_eps
        return self._node("LayerNormalization", [states, *parts], axis=-1, epsilon=epsilon)

    def _matrix(self, name: str) -> Floats:
        return np.ascontiguousarray(self._weights[f"{name}.weight"].T)

    def _constant(self, name: str, values: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], domain: str = "", **settings: Any) -> str:
        return self._nodes(kind, inputs, 1, domain, **settings)[0]

    def _nodes(
        self, kind: str, inputs: Sequence[str], outputs: int, domain: str = "", **settings: Any
    ) -> list[str]:
        names = [f"{kind}_{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **settings))
        return names


def read_graph(graph: onnx.ModelProto) -> dict[str, Floats]:
    """Return the weights of a graph that `build_graph` wrote, as torch names them.

    An eight-bit graph gives rounded weights; with them torch computes what the graph computes.
    """
    constants = {c.name: numpy_helper.to_array(c) for c in graph.graph.initializer}
    found: dict[str, Floats] = {}
    for name, values in constants.items():
        stem, _, kind = name.rpartition(".")
        if kind in ("weight", "weight_quantized"):
            found[f"{stem}.weight"] = _weight(constants, stem)
        elif kind == "bias":
            found[name] = values
    places = found[f"{_EMBEDDINGS}.position_embeddings.weight"]
    found[f"{_EMBEDDINGS}.token_type_embeddings.weight"] = np.zeros((2, places.shape[1]), "f4")
    for name in [name for name in found if f".{JOINED}." in name]:
        stem, _, kind = name.partition(f".{JOINED}.")
        for part, values in zip(QKV, np.split(found.pop(name), len(QKV)), strict=True):
            found[f"{stem}.{part}.{kind}"] = values
    return {name: np.array(values, dtype=np.float32, order="C") for name, values in found.items()}


def _weight(constants: Mapping[str, Any], stem: str) -> Floats:
    """Return one weight as torch holds it: linear layers of the encoder are stored turned."""
    if f"{stem}.weight" in constants:
        values = constants[f"{stem}.weight"]
    else:
        rounded = constants[f"{stem}.weight_quantized"].astype(np.float32)
        values = rounded * constants[f"{stem}.weight_scale"]
    if f"{stem}.factors" in constants:
        values = values * constants[f"{stem}.factors"][:, None]
    turned = f"{stem}.bias" in constants and values.ndim == 2 and stem.startswith("encoder.")
    return np.asarray(values.T if turned else values, dtype=np.float32)

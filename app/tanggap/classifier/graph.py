"""Read and extend a stored ONNX graph without the `onnx` package.

The format is protocol buffers, in which two messages one after the other are one message with the
fields of both: an output is added by writing one more graph that holds nothing else.
Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_MODEL_GRAPH: Final = 7
_GRAPH_NODE: Final = 1
_GRAPH_OUTPUT: Final = 12
_NODE_OUTPUT: Final = 2
_NODE_OPERATOR: Final = 4
_VALUE_NAME: Final = 1
_VARINT, _EIGHT_BYTES, _DELIMITED, _FOUR_BYTES = 0, 1, 2, 5


def outputs_of(model: bytes, operator: str) -> list[str]:
    """Name the first outputs of all nodes of one operator, in the order of the graph."""
    view = memoryview(model)
    names: list[str] = []
    for number, graph in _fields(view):
        if number != _MODEL_GRAPH:
            continue
        for kind, node in _fields(graph):
            if kind == _GRAPH_NODE:
                fields = [(name, bytes(value)) for name, value in _fields(node)]
                given = [value for name, value in fields if name == _NODE_OUTPUT]
                if (_NODE_OPERATOR, operator.encode()) in fields and given:
                    names.append(given[0].decode())
    return names


def with_output(model: bytes, name: str) -> bytes:
    """Let a model give one more of its values as an output."""
    value = _written(_VALUE_NAME, name.encode())
    return model + _written(_MODEL_GRAPH, _written(_GRAPH_OUTPUT, value))


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Read the fields of a message; of numbers, only that they are there."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            at += 8 if kind == _EIGHT_BYTES else 4
        elif kind == _DELIMITED:
            size, at = _varint(message, at)
            yield number, message[at : at + size]
            at += size
        else:
            raise ValueError(f"a field of kind {kind} is no part of an ONNX model")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7


def _written(number: int, value: bytes) -> bytes:
    return _number(number << 3 | _DELIMITED) + _number(len(value)) + value


def _number(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])

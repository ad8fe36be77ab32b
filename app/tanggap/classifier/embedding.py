"""Turn posts into vectors whose nearness says that they are about the same matter.

The classifier's own end knows labels and little else. Halfway through its layers, the average over
a post's tokens knows best what the post is about (measured: `benchmarks/similar.py`), so that is
what is read out of the bundle, whatever its number of layers.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from tanggap.classifier.bundle import (
    MODEL_FILE,
    TOKENIZER_FILE,
    BundleError,
    Manifest,
    read_manifest,
    read_verified,
)
from tanggap.classifier.graph import outputs_of, with_output
from tanggap.classifier.text import clean_text

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

_METHOD: Final = "/half"
"""Stands after the bundle's version: vectors of another method are not comparable."""

_WIDTH: Final = 256
_WORD: Final = re.compile(r"\w+")


class Embedder(Protocol):
    """Make vectors of length one; safe to share between threads."""

    @property
    def version(self) -> str:
        """Return what made the vectors: those of two versions cannot be compared."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row a text; a text without words gives zeros."""
        ...


class HashingEmbedder:
    """The null twin: texts with the same words and word parts are near, no model needed."""

    version = "words-1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row a text."""
        rows = np.zeros((len(texts), _WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(clean_text(text).lower()):
                parts = {word, *(word[at : at + 4] for at in range(len(word) - 3))}
                for part in parts:
                    row[zlib.crc32(part.encode()) % _WIDTH] += 1
        return _unit(rows)


class OnnxEmbedder:
    """Read the vectors out of a model bundle, loaded at the first text."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self._folder, self._threads = folder, max(0, threads)
        self._manifest = read_manifest(folder)
        self._engine: tuple[InferenceSession, Tokenizer, str] | None = None
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """Return the bundle's version and how the vectors were read."""
        return self._manifest.version[: 64 - len(_METHOD)] + _METHOD

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row a text; of a long one its beginning. Raises `BundleError`."""
        session, tokenizer, name = self._loaded()
        from onnxruntime import RunOptions  # noqa: PLC0415  # loaded already

        options = RunOptions()
        options.only_execute_path_to_fetches = True
        rows: list[Any] = []
        for encoding in tokenizer.encode_batch_fast([clean_text(text) for text in texts]):
            ids = np.asarray([encoding.ids], dtype=np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            [layer] = session.run([name], feed, options)
            has_words = ids.shape[1] > 2
            rows.append(layer[0].mean(axis=0) if has_words else np.zeros(layer.shape[2]))
        return _unit(np.asarray(rows, dtype=np.float32))

    def _loaded(self) -> tuple[InferenceSession, Tokenizer, str]:
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = _load(self._folder, self._manifest, self._threads)
        return self._engine


def _load(
    folder: Path, manifest: Manifest, threads: int
) -> tuple[InferenceSession, Tokenizer, str]:
    import onnxruntime  # noqa: PLC0415  # as in `onnx.py`: most processes never need it
    from tokenizers import Tokenizer  # noqa: PLC0415

    model = read_verified(folder, MODEL_FILE, manifest)
    layers = outputs_of(model, "LayerNormalization")
    if len(layers) < 2:
        raise BundleError(f"{folder / MODEL_FILE}: has no layers that vectors could be read from.")
    name = layers[len(layers) // 2 - 1]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(
            with_output(model, name),
            options,
            ["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as err:  # onnxruntime's exceptions share no base class
        raise BundleError(f"{folder / MODEL_FILE}: cannot give vectors ({err}).") from err
    tokenizer = Tokenizer.from_str(read_verified(folder, TOKENIZER_FILE, manifest).decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(manifest.max_length)
    return session, tokenizer, name


def _unit(rows: Vectors) -> Vectors:
    """Scale rows to length one; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths == 0, 1, lengths), dtype=np.float32)

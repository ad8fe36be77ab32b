"""Serve a bundle with onnxruntime and tokenizers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from tanggap.classifier.base import Verdict
from tanggap.classifier.bundle import (
    MODEL_FILE,
    TOKENIZER_FILE,
    BundleError,
    Manifest,
    read_verified,
)
from tanggap.classifier.language import name_language
from tanggap.classifier.text import clean_text, has_content

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

MAX_WINDOWS: Final = 6
"""A post longer than this many windows is judged by its beginning."""

BATCH_TOKENS: Final = 320
"""What a batch may hold, padding included: larger ones no longer fit a core's own cache."""

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Engine:
    session: InferenceSession
    tokenizer: Tokenizer
    pad: int


class OnnxClassifier:
    """Classify with one shared session, loaded at the first use; 0 threads means one a core."""

    def __init__(
        self, folder: Path, manifest: Manifest, *, threads: int = 0, batch_size: int = 64
    ) -> None:
        self._folder, self._manifest = folder, manifest
        self._threads, self._batch_size = max(0, threads), max(1, batch_size)
        self._engine: _Engine | None = None
        self._lock = threading.Lock()

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the bundle, in the order of the model's outputs."""
        return self._manifest.labels

    @property
    def version(self) -> str:
        """Return the version of the bundle."""
        return self._manifest.version

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Return for each label the confidence below which a human decides."""
        return self._manifest.thresholds

    @property
    def manifest(self) -> Manifest:
        """Return what the bundle says of itself."""
        return self._manifest

    def warm_up(self) -> None:
        """Load the model now; raises BundleError when it cannot be served."""
        self._loaded()

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Return one verdict a text, in the order of the texts."""
        cleaned = [clean_text(text) for text in texts]
        asked = [index for index, text in enumerate(cleaned) if has_content(text)]
        verdicts = [self._fallback()] * len(cleaned)
        if asked:
            chosen = [cleaned[index] for index in asked]
            labels, languages = self._probabilities(chosen)
            for index, text, row, language in zip(asked, chosen, labels, languages, strict=True):
                verdicts[index] = self._verdict(text, row, language)
        return verdicts

    def logits(self, cleaned: Sequence[str]) -> tuple[Floats, Floats | None]:
        """Return the raw label and language logits of cleaned texts, windows averaged by length.

        For calibration and comparison; the language logits are None in a bundle without that head.
        """
        engine = self._loaded()
        rows, owners = _windows(engine.tokenizer, cleaned, self._manifest.max_length)
        outputs = _run(engine, rows, self._batch_size)
        weights = np.array([len(row) for row in rows], dtype=np.float64)
        sums = np.bincount(owners, weights, minlength=len(cleaned))[:, None]
        averaged: list[Floats] = []
        for output in outputs:
            total = np.zeros((len(cleaned), output.shape[1]))
            np.add.at(total, owners, output * weights[:, None])
            averaged.append(total / sums)
        return averaged[0], averaged[1] if len(averaged) > 1 else None

    def _probabilities(self, cleaned: Sequence[str]) -> tuple[Floats, list[float | None]]:
        labels, languages = self.logits(cleaned)
        probabilities = softmax(labels / self._manifest.temperature)
        if languages is None or "id" not in self._manifest.languages:
            return probabilities, [None] * len(cleaned)
        column = self._manifest.languages.index("id")
        return probabilities, softmax(languages)[:, column].tolist()

    def _verdict(self, text: str, row: Floats, indonesian: float | None) -> Verdict:
        values = row.tolist()
        best = int(row.argmax())
        return Verdict(
            label=self.labels[best],
            confidence=values[best],
            probabilities=dict(zip(self.labels, values, strict=True)),
            language=name_language(text, indonesian),
            model_version=self.version,
        )

    def _fallback(self) -> Verdict:
        label = self._manifest.fallback_label
        return Verdict(
            label=label,
            confidence=1.0,
            probabilities={other: float(other == label) for other in self.labels},
            language="other",
            model_version=self.version,
        )

    def _loaded(self) -> _Engine:
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = _load(self._folder, self._manifest, self._threads)
        return self._engine


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of each row of logits."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float64)


def _load(folder: Path, manifest: Manifest, threads: int) -> _Engine:
    import onnxruntime  # noqa: PLC0415  # 100 ms that a web page without posts need not pay
    from tokenizers import Tokenizer  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = read_verified(folder, MODEL_FILE, manifest)
    vocabulary = read_verified(folder, TOKENIZER_FILE, manifest)
    try:
        # onnxruntime's fused addition and normalisation takes four times as long as the two apart.
        session = onnxruntime.InferenceSession(
            model,
            options,
            ["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as err:  # onnxruntime's exceptions share no base class
        raise BundleError(f"{folder / MODEL_FILE}: onnxruntime cannot load it ({err}).") from err
    try:
        tokenizer = Tokenizer.from_str(vocabulary.decode("utf-8"))
    except Exception as err:  # tokenizers raises bare Exception
        raise BundleError(f"{folder / TOKENIZER_FILE}: cannot be loaded ({err}).") from err
    tokenizer.no_padding()
    tokenizer.enable_truncation(2 + MAX_WINDOWS * (manifest.max_length - 2))
    pad = tokenizer.token_to_id("<pad>")
    if pad is None:
        raise BundleError(f"{folder / TOKENIZER_FILE}: has no <pad> token.")
    _check_outputs(session, folder, manifest)
    return _Engine(session, tokenizer, pad)


def _check_outputs(session: InferenceSession, folder: Path, manifest: Manifest) -> None:
    wanted = [len(manifest.labels), len(manifest.languages)]
    shapes = [output.shape[-1] for output in session.get_outputs()]
    names = sorted(value.name for value in session.get_inputs())
    if names != ["attention_mask", "input_ids"] or shapes not in (wanted, wanted[:1]):
        raise BundleError(
            f"{folder / MODEL_FILE}: inputs {names} and outputs of width {shapes} do not fit the "
            f"labels and languages of bundle.json."
        )


def _windows(
    tokenizer: Tokenizer, texts: Sequence[str], max_length: int
) -> tuple[list[list[int]], Places]:
    """Return rows of token ids no longer than `max_length`, and the text each row belongs to."""
    rows: list[list[int]] = []
    owners: list[int] = []
    size = max_length - 2
    for owner, encoding in enumerate(tokenizer.encode_batch_fast(list(texts))):
        ids = encoding.ids
        if len(ids) <= max_length:
            rows.append(ids)
            owners.append(owner)
            continue
        first, content, last = ids[0], ids[1:-1], ids[-1]
        for start in range(0, len(content), size):
            rows.append([first, *content[start : start + size], last])
            owners.append(owner)
    return rows, np.asarray(owners, dtype=np.intp)


def _run(engine: _Engine, rows: list[list[int]], batch_size: int) -> list[Floats]:
    """Run the model over the rows, shortest first so that padding is rare."""
    lengths = np.fromiter(map(len, rows), dtype=np.intp, count=len(rows))
    outputs: list[Floats] = []
    for places in _batches(lengths, batch_size):
        results: list[Any] = engine.session.run(None, _feed(engine.pad, rows, places, lengths))
        if not outputs:
            outputs = [np.empty((len(rows), result.shape[1])) for result in results]
        for output, result in zip(outputs, results, strict=True):
            output[places] = result
    return outputs


def _batches(lengths: Places, batch_size: int) -> Iterator[Places]:
    """Cut the rows, sorted by length, into batches of no more than BATCH_TOKENS or `batch_size`."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    for end in range(1, len(order) + 1):
        posts = end - start + 1
        if end == len(order) or posts > batch_size or posts * lengths[order[end]] > BATCH_TOKENS:
            yield order[start:end]
            start = end


def _feed(pad: int, rows: list[list[int]], places: Places, lengths: Places) -> dict[str, Ids]:
    width = int(lengths[places].max())
    mask = np.arange(width) < lengths[places][:, None]
    ids = np.full(mask.shape, pad, dtype=np.int64)
    ids[mask] = np.concatenate([rows[place] for place in places])
    return {"input_ids": ids, "attention_mask": mask.astype(np.int64)}

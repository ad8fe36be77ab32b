"""Fit a bundle's temperature and thresholds on other posts; the weights stay as they are."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tanggap.classifier import load_bundle
from tanggap.classifier.bundle import MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE
from tanggap.classifier.onnx import softmax
from tanggap_ml.calibrate import fit, fit_temperature
from tanggap_ml.card import CARD_FILE
from tanggap_ml.data import file_hash, read_examples
from tanggap_ml.errors import DataError, RunError
from tanggap_ml.evaluate import bundle_logits
from tanggap_ml.metrics import Floats, expected_calibration_error
from tanggap_ml.pack import read_json, write_manifest

FEWEST = 100
"""With fewer posts the temperature is mostly chance."""

_FOLDS = 5


def recalibrate(bundle: Path, data: Path, out: Path, precision: float) -> dict[str, Any]:
    """Write a bundle of the same weights, with a version of its own, to the new folder `out`.

    `precision` is what the verdicts above a threshold aim at. The calibration error before and
    after is told by cross-fitting: each fifth of the posts is judged by what the others chose.
    Raises DataError for too few posts or labels the bundle does not know, RunError when `out`
    holds something already, BundleError when `bundle` is none. Returns the new manifest.
    """
    classifier = load_bundle(bundle)
    manifest: dict[str, Any] = read_json(bundle / MANIFEST_FILE)
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out}: holds something already; name a new folder.")
    examples = read_examples(data)
    labels: list[str] = manifest["labels"]
    if unknown := {e.label for e in examples} - set(labels):
        raise DataError(f"{data}: labels {sorted(unknown)} are not in {bundle / MANIFEST_FILE}.")
    if len(examples) < FEWEST:
        raise DataError(f"{data}: {len(examples)} labelled posts; {FEWEST} are the least.")
    logits, _ = bundle_logits(classifier, examples)
    gold = np.asarray([labels.index(e.label) for e in examples])
    before, after = _errors(logits, gold, manifest["temperature"])
    fitted = fit(labels, logits, list(gold), precision)
    now = datetime.now(UTC)
    values = {
        **manifest,
        **fitted,
        "created": now.isoformat(timespec="seconds"),
        "metrics": {**manifest["metrics"], "calibration_error": after},
        "recalibrated_from": {
            "version": manifest["version"],
            "data_sha256": file_hash(data),
            "posts": len(examples),
            "calibration_error": {"before": before, "after": after},
        },
    }
    return _write(bundle, out, values)


def _errors(logits: Floats, gold: np.ndarray[Any, Any], temperature: float) -> tuple[float, float]:
    """Return the calibration error with the old temperature, and cross-fitted with a new one."""
    order = np.random.default_rng(_FOLDS).permutation(len(gold))
    heats = np.empty(len(gold))
    for fold in np.array_split(order, _FOLDS):
        others = np.setdiff1d(order, fold)
        heats[fold] = fit_temperature(logits[others], gold[others].tolist())

    def error(probabilities: Floats) -> float:
        right = (probabilities.argmax(axis=1) == gold).astype(float)
        return round(expected_calibration_error(probabilities.max(axis=1), right), 4)

    return error(softmax(logits / temperature)), error(softmax(logits / heats[:, None]))


def _write(bundle: Path, out: Path, described: dict[str, Any]) -> dict[str, Any]:
    out.mkdir(parents=True, exist_ok=True)
    for name in (MODEL_FILE, TOKENIZER_FILE):
        shutil.copyfile(bundle / name, out / name)
    values = write_manifest(out, described)
    was = values["recalibrated_from"]
    errors = was["calibration_error"]
    note = (
        f"> **{values['version']}** is {was['version']} with temperature "
        f"{values['temperature']} and thresholds fitted anew on {was['posts']:,} posts "
        f"(calibration error {errors['before']:.3f} before, {errors['after']:.3f} after, "
        f"cross-fitted). What follows was measured on {was['version']}.\n\n"
    )
    card = bundle / CARD_FILE
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    (out / CARD_FILE).write_text(note + text, encoding="utf-8")
    return values

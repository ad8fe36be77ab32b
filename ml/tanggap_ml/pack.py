"""Build a bundle's folder from a run: export, parity, calibration, measurement, manifest, card."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tanggap.classifier import load_bundle
from tanggap.classifier.bundle import FORMAT, MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE
from tanggap_ml.baseline import score_baseline
from tanggap_ml.calibrate import fit
from tanggap_ml.card import CARD_FILE, INVARIANCE_FILE, write_card
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import Example
from tanggap_ml.errors import RunError
from tanggap_ml.evaluate import bundle_logits, evaluate
from tanggap_ml.export import export_onnx, load_student
from tanggap_ml.invariance import measure_invariance
from tanggap_ml.metrics import Floats, score_by
from tanggap_ml.model import LANGUAGES
from tanggap_ml.report import write_report
from tanggap_ml.split import Split
from tanggap_ml.train import FACTS_FILE, load_split, predict_logits

_APART = ("version", "created", "metrics")
"""What a version does not follow from: itself, the moment, and what is measured under its name."""

PARITY_FILE = "parity.json"
BASELINE_FILE = "baseline.json"


@dataclass(frozen=True, slots=True)
class PackOptions:
    """What the owner of the bundle decides; `precision` is what thresholds aim at.

    `kept` are values of the manifest that stand whatever would be fitted.
    """

    precision: float = 0.85
    base_name: str = ""
    licence: str = "unspecified"
    notes: str = ""
    baseline: bool = True
    kept: Mapping[str, Any] = field(default_factory=dict)


def pack(run: Path, out: Path, options: PackOptions) -> dict[str, Any]:
    """Write the bundle of a run to `out`, replacing a bundle that stands there.

    Everything measured is written into the run's folder first; the card is made from those files.
    Returns the report on the test part.
    """
    config, facts = TrainConfig.load(run), read_json(run / FACTS_FILE)
    split = load_split(config, run)
    staging = out.parent / f".{out.name}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    torch_logits = _export(run, staging, split, facts["labels"])
    write_manifest(staging, _manifest(config, facts, options))
    _calibrate(staging, split, torch_logits, run, options)
    manifest = read_json(staging / MANIFEST_FILE)
    created = _created_before(out, manifest["version"]) or manifest["created"]
    manifest = write_manifest(staging, {**manifest, "created": created})
    classifier = load_bundle(staging, threads=config.threads)
    measured = evaluate(classifier, split.test)
    write_report(measured, run, "the test part of its data")
    _write_json(run / INVARIANCE_FILE, measure_invariance(classifier, split.test))
    report: dict[str, Any] = dict(measured)
    if options.baseline and not (run / BASELINE_FILE).is_file():
        _write_json(run / BASELINE_FILE, score_baseline(split.train, split.test, facts["labels"]))
    write_manifest(staging, {**manifest, "metrics": _metrics(report)})
    write_card(run, staging, options.notes)
    _replace(staging, out)
    return report


def read_json(path: Path) -> Any:
    """Read a file of a run; raises RunError when it is missing."""
    if not path.is_file():
        raise RunError(f"{path}: no such file. Give the folder that `tanggap-ml train` wrote.")
    return json.loads(path.read_text(encoding="utf-8"))


def write_manifest(folder: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write bundle.json with the size and hash of the files that stand in the folder.

    The version is the day and a hash of what the bundle is and says, so that bundles that differ
    never bear the same one. Returns what was written.
    """
    files = {
        name: {
            "bytes": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in (MODEL_FILE, TOKENIZER_FILE)
    }
    described = {**values, "files": files}
    told = {name: value for name, value in described.items() if name not in _APART}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    described["version"] = f"{values['created'][:10].replace('-', '.')}-{digest[:8]}"
    _write_json(folder / MANIFEST_FILE, described)
    return described


def _export(run: Path, staging: Path, split: Split, labels: list[str]) -> Floats:
    model, tokenizer = load_student(run, len(labels))
    config = TrainConfig.load(run)
    torch.set_num_threads(config.threads)
    export_onnx(model, tokenizer, [e.text for e in split.train], staging / MODEL_FILE)
    shutil.copyfile(Path(config.base) / TOKENIZER_FILE, staging / TOKENIZER_FILE)
    (staging / TOKENIZER_FILE).chmod(0o644)
    return np.asarray(
        predict_logits(model, tokenizer, [e.text for e in split.validation])[0], dtype=np.float64
    )


def _calibrate(
    staging: Path, split: Split, torch_logits: Floats, run: Path, options: PackOptions
) -> None:
    manifest = read_json(staging / MANIFEST_FILE)
    labels: list[str] = manifest["labels"]
    logits, _ = bundle_logits(load_bundle(staging), split.validation)
    gold = [labels.index(e.label) for e in split.validation]
    fitted = fit(labels, logits, gold, options.precision)
    write_manifest(staging, {**manifest, **fitted, **options.kept})
    _write_json(run / PARITY_FILE, _parity(split.validation, labels, torch_logits, logits))


def _parity(
    examples: list[Example], labels: list[str], left: Floats, right: Floats
) -> dict[str, Any]:
    gold = [e.label for e in examples]
    languages = [e.language for e in examples]

    def figures(logits: Floats) -> dict[str, float]:
        predicted = [labels[i] for i in logits.argmax(axis=1)]
        scores = score_by(gold, predicted, languages, labels)
        return {key: value["macro_f1"] for key, value in scores.items()}

    return {
        "posts": len(examples),
        "same_label": round(float((left.argmax(1) == right.argmax(1)).mean()), 4),
        "macro_f1_torch": figures(left),
        "macro_f1_int8": figures(right),
    }


def _manifest(
    config: TrainConfig, facts: Mapping[str, Any], options: PackOptions
) -> dict[str, Any]:
    labels: list[str] = facts["labels"]
    return {
        "format": FORMAT,
        "version": "",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "labels": labels,
        "fallback_label": "none" if "none" in labels else labels[-1],
        "languages": list(LANGUAGES),
        "max_length": config.max_length,
        "temperature": 1.0,
        "thresholds": dict.fromkeys(labels, 0.5),
        "metrics": {},
        "data": {"sha256": facts["data_sha256"], "posts": facts["posts"]},
        "base_model": options.base_name or Path(config.base).name,
        "licence": options.licence,
    }


def _metrics(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "macro_f1": {key: value["macro_f1"] for key, value in report["by_language"].items()},
        "accuracy": {key: value["accuracy"] for key, value in report["by_language"].items()},
        "calibration_error": report["calibration_error"],
        "accuracy_of_80_percent": report["accuracy_of_80_percent"],
        "test_posts": report["by_language"]["all"]["posts"],
    }


def _created_before(out: Path, version: str) -> str:
    """Return when the same bundle in `out` was made, be it on another day: it stays one file."""
    try:
        before = json.loads((out / MANIFEST_FILE).read_text(encoding="utf-8"))
        same = before["version"].rpartition("-")[2] == version.rpartition("-")[2]
        return str(before["created"]) if same else ""
    except (AttributeError, OSError, ValueError, KeyError, TypeError):
        return ""


def _replace(staging: Path, out: Path) -> None:
    """Put the finished folder in place; files that are not the bundle's own are left alone."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (MODEL_FILE, TOKENIZER_FILE, MANIFEST_FILE, CARD_FILE):
        (staging / name).replace(out / name)
    shutil.rmtree(staging)


def _write_json(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

"""Write MODEL_CARD.md; every figure in it is read from the files of the run and the bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tanggap_ml.loop import CONFIG_FILE

CARD_FILE = "MODEL_CARD.md"


def write_card(run: Path, bundle: Path, notes: str) -> None:
    """Write the card into the bundle's folder; `notes` is the owner's text on data and use."""
    config, facts, report, parity, history = (
        _read(run / name)
        for name in (CONFIG_FILE, "facts.json", "report.json", "parity.json", "history.json")
    )
    manifest = _read(bundle / "bundle.json")
    baseline = _read(run / "baseline.json") if (run / "baseline.json").is_file() else {}
    parts = [
        _heading(manifest),
        notes.strip() + "\n" if notes.strip() else "",
        _training(config, facts, history, manifest),
        _figures(report, baseline),
        _labels(report),
        _calibration(report, manifest),
        _parity(parity, bundle),
    ]
    (bundle / CARD_FILE).write_text("\n".join(p for p in parts if p), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _heading(manifest: Mapping[str, Any]) -> str:
    return (
        f"# Model card: {manifest['version']}\n\n"
        f"Labels: {', '.join(manifest['labels'])}. Base: {manifest['base_model']}. "
        f"Licence: {manifest['licence']}.\n"
    )


def _training(
    config: Mapping[str, Any],
    facts: Mapping[str, Any],
    history: list[Mapping[str, Any]],
    manifest: Mapping[str, Any],
) -> str:
    posts = facts["posts"]
    best = max(history, key=lambda entry: entry["macro_f1"])
    layers = ", ".join(str(layer) for layer in config["layers"])
    return (
        "## Training\n\n"
        f"Layers {layers} of the base (counted from 0), mean pooling, "
        f"{facts['parameters'] / 1e6:.1f} million parameters. Weights of epoch {best['epoch']} of "
        f"{config['epochs']}, the best on validation. Learning rate {config['learning_rate']}, "
        f"batch {config['batch_size']}, at most {config['max_length']} tokens, label smoothing "
        f"{config['label_smoothing']}, class weights to the power {config['class_weight_power']}, "
        f"{config['precision']}, seed {config['seed']}.\n\n"
        f"The data (sha256 `{manifest['data']['sha256'][:16]}…`) was split by groups of "
        f"near-duplicates: {posts['train']} posts to train, {posts['validation']} to choose the "
        f"checkpoint, temperature and thresholds, {posts['test']} only to measure.\n"
    )


def _figures(report: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    rows = ["## Figures of the int8 bundle on the test part\n"]
    rows.append("| posts | n | macro-F1 | accuracy | macro-F1 of TF-IDF + logistic regression |")
    rows.append("|---|---|---|---|---|")
    for key, scores in report["by_language"].items():
        plain = f"{baseline[key]['macro_f1']:.3f}" if key in baseline else "not measured"
        rows.append(
            f"| {key} | {scores['posts']} | {scores['macro_f1']:.3f} | {scores['accuracy']:.3f} "
            f"| {plain} |"
        )
    return "\n".join(rows) + "\n"


def _labels(report: Mapping[str, Any]) -> str:
    rows = ["### Per label (precision / recall / F1)\n"]
    languages = list(report["by_language"])
    rows.append("| label | " + " | ".join(languages) + " |")
    rows.append("|---|" + "---|" * len(languages))
    for label in report["by_language"]["all"]["labels"]:
        cells = [report["by_language"][language]["labels"][label] for language in languages]
        rows.append(
            f"| {label} | "
            + " | ".join(f"{c['precision']:.2f} / {c['recall']:.2f} / {c['f1']:.2f}" for c in cells)
            + " |"
        )
    return "\n".join(rows) + "\n"


def _calibration(report: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    thresholds = ", ".join(f"{k} {v:.2f}" for k, v in manifest["thresholds"].items())
    language = report["language_accuracy"]
    told = f" The language head is right on {language:.1%} of the posts." if language else ""
    return (
        "## Calibration\n\n"
        f"Temperature {manifest['temperature']}. Expected calibration error on the test part "
        f"{report['calibration_error']:.3f}; accuracy on the 80 % most confident posts "
        f"{report['accuracy_of_80_percent']:.3f}. Thresholds below which a human decides: "
        f"{thresholds}; they send {report['sent_to_a_human']:.1%} of the test posts to a human and "
        f"the rest is right in {report['accuracy_above_threshold']:.1%}.{told}\n"
    )


def _parity(parity: Mapping[str, Any], bundle: Path) -> str:
    size = sum(path.stat().st_size for path in bundle.iterdir()) / 1e6
    f1 = ", ".join(
        f"{key} {parity['macro_f1_torch'][key]:.3f} / {value:.3f}"
        for key, value in parity["macro_f1_int8"].items()
    )
    return (
        "## What quantisation costs\n\n"
        f"On the {parity['posts']} validation posts the int8 file gives the same label as torch in "
        f"{parity['same_label']:.1%}; macro-F1 torch / int8: {f1}. "
        f"The bundle takes {size:.1f} MB.\n"
    )

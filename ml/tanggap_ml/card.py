"""Write MODEL_CARD.md; every figure in it is read from the files of the run and the bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tanggap_ml.finished import MERGED
from tanggap_ml.loop import CONFIG_FILE
from tanggap_ml.published_report import REPORT_FILE as PUBLISHED_FILE
from tanggap_ml.published_report import as_markdown as published_tables
from tanggap_ml.report import coverage_table, label_table, score_table

CARD_FILE = "MODEL_CARD.md"
INVARIANCE_FILE = "invariance.json"
_NEEDED = (CONFIG_FILE, "facts.json", "history.json", "report.json", "parity.json")
_OPTIONAL = ("baseline.json", INVARIANCE_FILE, PUBLISHED_FILE)


def write_card(run: Path, bundle: Path, notes: str) -> None:
    """Write the card into the bundle's folder; `notes` is the owner's text on data and use."""
    files = {name: _read(run / name) for name in _NEEDED}
    files |= {name: _read(run / name) for name in _OPTIONAL if (run / name).is_file()}
    manifest = _read(bundle / "bundle.json")
    report = files["report.json"]
    parts = [
        _heading(manifest),
        notes.strip() + "\n" if notes.strip() else "",
        _training(files[CONFIG_FILE], files["facts.json"], files["history.json"], manifest),
        _figures(report, files.get("baseline.json", {})),
        "### Per label\n\n" + label_table(report["by_language"], report["labels"]),
        _calibration(report, manifest),
        _invariance(files[INVARIANCE_FILE]) if INVARIANCE_FILE in files else "",
        _parity(files["parity.json"], bundle),
        _published(files[PUBLISHED_FILE]) if PUBLISHED_FILE in files else "",
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
    return (
        f"## Training\n\n{_origin(config)}, mean pooling, {facts['parameters'] / 1e6:.1f} million "
        f"parameters. {_weights(config, history)}. Learning rate {config['learning_rate']}, batch "
        f"{config['batch_size']}, at most {config['max_length']} tokens, label smoothing "
        f"{config['label_smoothing']}, class weights to the power {config['class_weight_power']}, "
        f"{config['precision']}, seed {config['seed']}.\n\n"
        f"The data (sha256 `{manifest['data']['sha256'][:16]}…`) was split by groups of "
        f"near-duplicates: {posts['train']:,} posts to train, {posts['validation']:,} to choose "
        f"the checkpoint, temperature and thresholds, {posts['test']:,} only to measure.\n"
    )


def _weights(config: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> str:
    if merged := config.get(MERGED):
        return (
            f"The mean of the weights of {len(merged)} runs ({', '.join(merged)}), each as it was "
            "best on validation; the settings are those of the first"
        )
    best = max(history, key=lambda entry: entry["macro_f1"])
    return f"Weights of epoch {best['epoch']:.2f} of {config['epochs']}, the best on validation"


def _origin(config: Mapping[str, Any]) -> str:
    layers = ", ".join(str(layer) for layer in config["layers"])
    teachers: Sequence[str] = config.get("teachers", ())
    if not teachers:
        return f"Layers {layers} of the base (counted from 0)"
    student = f"A student of layers {layers} (counted from 0), which learnt"
    if config.get("start"):
        student = f"The {len(config['layers'])} layers of {config['start']}, which went on learning"
    said = "one teacher" if len(teachers) == 1 else f"{len(teachers)} teachers"
    said += " and a linear model over words" if config.get("linear") else ""
    return f"{student} what {said} said of labelled and unlabelled posts"


def _figures(report: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    return (
        "## Figures of the int8 bundle on the test part\n\n"
        "In brackets: where the figure lies in 95 of 100 draws of the posts.\n\n"
        + score_table(report["by_language"], baseline)
    )


def _calibration(report: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    thresholds = ", ".join(f"{k} {v:.2f}" for k, v in manifest["thresholds"].items())
    language = report["language_accuracy"]
    told = f" The language head is right on {language:.1%} of the posts." if language else ""
    apart = "; ".join(
        f"{key}: {trust['calibration_error']:.3f} and {trust['accuracy_of_80_percent']:.3f}"
        for key, trust in report["trust_by_language"].items()
    )
    return (
        "## Calibration\n\n"
        f"Temperature {manifest['temperature']}. Expected calibration error on the test part "
        f"{report['calibration_error']:.3f}; accuracy on the 80 % most confident posts "
        f"{report['accuracy_of_80_percent']:.3f}"
        + (f" ({apart}). " if apart else ". ")
        + f"Thresholds below which a human decides: {thresholds}; they send "
        f"{report['sent_to_a_human']:.1%} of the test posts to a human and the rest is right in "
        f"{report['accuracy_above_threshold']:.1%}.{told}\n\n" + coverage_table(report["coverage"])
    )


def _invariance(invariance: Mapping[str, Any]) -> str:
    rows = ["| written with | posts | label kept |", "|---|---|---|"]
    rows += [
        f"| {name} | {effect['posts']:,} | {effect['unchanged']:.1%} |"
        for name, effect in invariance["perturbations"].items()
    ]
    return (
        "## What does not change a label\n\n"
        f"Of {invariance['posts']:,} test posts {invariance['surface']['unchanged']:.1%} keep "
        "their label when only the surface changes (case, mentions, links, neutral emoji, names, "
        f"end marks, spaces), {invariance['noise']['unchanged']:.1%} with slips of the finger.\n\n"
        + "\n".join(rows)
        + "\n"
    )


def _published(results: Mapping[str, Any]) -> str:
    return (
        "## The base on published benchmarks\n\n"
        "A base with all its layers, and what it reaches when it is fine-tuned as said "
        "at each benchmark.\n\n" + published_tables(results)
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

"""Write what was measured: report.json, pictures, and report.md to read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tanggap_ml.evaluate import MeasuredScores, Mistake, Report
from tanggap_ml.intervals import Interval
from tanggap_ml.metrics import Point, Scores

REPORT_FILE = "report.json"
_LISTED = 20
_COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def write_report(report: Report, folder: Path, data: str) -> None:
    """Write the report into a folder; `data` names the posts it was measured on."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")
    pictures = write_pictures(report, folder)
    (folder / "report.md").write_text(as_markdown(report, data, pictures), encoding="utf-8")


def write_pictures(report: Report, folder: Path) -> dict[str, str]:
    """Draw the confusion matrices, the reliability diagram and the coverage curve.

    Returns their captions by file name.
    """
    from tanggap_ml.pictures import (  # noqa: PLC0415  # the renderer takes half a second to load
        confusion_picture,
        coverage_picture,
        reliability_picture,
        save_picture,
    )

    posts = f"{report['by_language']['all']['posts']:,} posts"
    drawn = {
        f"confusion-{key}.png": (
            confusion_picture(
                scores["confusion"], report["labels"], f"{key}, {scores['posts']:,} posts"
            ),
            f"Confusion matrix, {key}",
        )
        for key, scores in report["by_language"].items()
    }
    error = f"{posts}, expected calibration error {report['calibration_error']:.3f}"
    drawn["reliability.png"] = (
        reliability_picture(report["reliability"], error),
        "Reliability diagram",
    )
    surest = f"{posts}; the surest 80 %: {report['accuracy_of_80_percent']:.1%} right"
    drawn["coverage.png"] = (coverage_picture(report["coverage"], surest), "Coverage curve")
    for name, (picture, _) in drawn.items():
        save_picture(picture, folder / name)
    return {name: caption for name, (_, caption) in drawn.items()}


def as_markdown(report: Report, data: str, pictures: Mapping[str, str]) -> str:
    """Return the report as text with tables, the pictures linked by file name."""
    opening = (
        f"# {report['version']} on {data}\n\n"
        "In brackets: where the figure lies in 95 of 100 draws of the posts.\n"
    )
    parts = [
        opening,
        "## Scores\n\n" + score_table(report["by_language"]),
        "## Per label\n\n" + label_table(report["by_language"], report["labels"]),
        _confidence(report),
    ]
    if report["by_source"].keys() - {"all"}:
        ranked = sorted(report["by_source"].items(), key=lambda item: -item[1]["posts"])
        apart = score_table({key: scores for key, scores in ranked if key != "all"})
        parts.append("## Per source\n\n" + apart)
    if pictures:
        links = [f"![{caption}]({name})" for name, caption in pictures.items()]
        parts.append("## Pictures\n\n" + "\n\n".join(links) + "\n")
    parts.append(_mistakes(report["hardest"]))
    return "\n".join(parts)


def score_table(
    scores: Mapping[str, MeasuredScores], baseline: Mapping[str, Scores] | None = None
) -> str:
    """Return a Markdown table of macro-F1 and accuracy with their intervals.

    A baseline's macro-F1 on the same posts stands in a column of its own.
    """
    rows = ["| posts | n | macro-F1 | accuracy |", "|---|---|---|---|"]
    if baseline:
        rows = [rows[0] + " macro-F1 of TF-IDF + logistic regression |", rows[1] + "---|"]
    for key, one in scores.items():
        row = (
            f"| {key} | {one['posts']} "
            f"| {_with(one['macro_f1'], one['macro_f1_interval'])} "
            f"| {_with(one['accuracy'], one['accuracy_interval'])} |"
        )
        if baseline:
            row += f" {baseline[key]['macro_f1']:.3f} |" if key in baseline else " not measured |"
        rows.append(row)
    return "\n".join(rows) + "\n"


def label_table(scores: Mapping[str, MeasuredScores], labels: list[str]) -> str:
    """Return a Markdown table of precision, recall and F1 per label and language."""
    rows = ["| label | posts | n | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    for label in labels:
        for key, one in scores.items():
            cell = one["labels"][label]
            if cell["support"]:
                rows.append(
                    f"| {label} | {key} | {cell['support']} | {cell['precision']:.2f} "
                    f"| {cell['recall']:.2f} | {_with(cell['f1'], one['f1_intervals'][label], 2)} |"
                )
    return "\n".join(rows) + "\n"


def coverage_table(curve: Sequence[Point]) -> str:
    """Return a Markdown table of the accuracy on the surest half, on more, and on all posts."""
    rows = ["| surest posts | right |", "|---|---|"]
    for share in _COVERAGES:
        point = min(curve, key=lambda p: abs(p["coverage"] - share))
        rows.append(f"| {share:.0%} | {point['accuracy']:.1%} |")
    return "\n".join(rows) + "\n"


def _with(value: float, interval: Interval, digits: int = 3) -> str:
    low, high = interval
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _confidence(report: Report) -> str:
    apart = "; ".join(
        f"{key}: {trust['calibration_error']:.3f} and {trust['accuracy_of_80_percent']:.1%}"
        for key, trust in report["trust_by_language"].items()
    )
    return (
        "## Confidence\n\n"
        f"Expected calibration error {report['calibration_error']:.3f}; the surest 80 % are right "
        f"in {report['accuracy_of_80_percent']:.1%}" + (f" ({apart}). " if apart else ". ") + "The "
        f"thresholds send {report['sent_to_a_human']:.1%} of the posts to a person; of the others "
        f"{report['accuracy_above_threshold']:.1%} are right.\n\n"
        + coverage_table(report["coverage"])
    )


def _mistakes(mistakes: list[Mistake]) -> str:
    if not mistakes:
        return "## Hardest errors\n\nNone.\n"
    rows = ["| sure of | gold | given | language | text |", "|---|---|---|---|---|"]
    rows += [
        f"| {m['confidence']:.2f} | {m['gold']} | {m['given']} | {m['language']} "
        f"| {_in_a_cell(m['text'])} |"
        for m in mistakes[:_LISTED]
    ]
    listed = len(rows) - 2
    return (
        f"## Hardest errors\n\nThe {listed} wrong verdicts the bundle was surest of: read them "
        "first, a wrong gold label is often among them.\n\n" + "\n".join(rows) + "\n"
    )


def _in_a_cell(text: str) -> str:
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text

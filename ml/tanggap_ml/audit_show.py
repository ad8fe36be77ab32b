"""Show an audit: as tables for the terminal, as a file, as a picture of the labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tanggap_ml.audit import Audit
from tanggap_ml.pictures import bar_picture, save_picture

_SHOWN, _JOINED = 20, 6
_LEAK_COUNTS: Final[tuple[Literal["exact", "near", "short"], ...]] = ("exact", "near", "short")


def print_audit(report: Audit, console: Console) -> None:
    """Print what a data team acts on: bad rows, leaks, copies, doubtful labels, personal data."""
    tables = (_files, _labels, _lengths, _copies, _leaks, _suspected, _personal)
    for table in (make(report) for make in tables):
        if table.row_count:
            console.print(table)
    for file, found in report["files"].items():
        rows = [f"line {row['line']}: {row['reason']}" for row in found["bad_rows"]]
        _list(console, f"{file}: rows that cannot be read", rows)
        lines = [f"line {line}" for line in found["repeated_ids"]]
        _list(console, f"{file}: rows with an id that stands twice", lines)
    for leak in report["leaks"]:
        pairs = [f"{ours} = {theirs}" for ours, theirs in leak["pairs"]]
        _list(console, f"{leak['split']}: posts that also stand in {leak['also_in']}", pairs)
    contradicting = [_joined(group) for group in report["copies"]["contradicting"]]
    _list(console, "copies with different labels", contradicting)


def write_audit(report: Audit, folder: Path) -> None:
    """Write `report.json`, and `labels.png` if there are labels."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(as_json(report), encoding="utf-8")
    if report["labels"]:
        rows = [
            {"group": language, "part": label, "amount": count}
            for language, counts in report["labels"].items()
            for label, count in sorted(counts.items())
        ]
        title = "Labels in each language"
        save_picture(bar_picture(rows, title, f"{report['posts']:,} posts"), folder / "labels.png")


def as_json(report: Audit) -> str:
    """Return the whole report, every line number included."""
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _files(report: Audit) -> Table:
    table = Table("file", "posts", "bad rows", "ids twice", "no content", "cut", title="files")
    for file, found in report["files"].items():
        counts = [
            found["posts"],
            *(len(found[name]) for name in ("bad_rows", "repeated_ids", "empty", "cut")),
        ]
        table.add_row(escape(file), *(f"{count:,}" for count in counts))
    return table


def _labels(report: Audit) -> Table:
    names = sorted({label for counts in report["labels"].values() for label in counts})
    table = Table("language", "posts", *map(escape, names), title="labels in each language")
    for language, counts in report["labels"].items():
        total = sum(counts.values())
        shares = (f"{counts.get(n, 0):,} ({counts.get(n, 0) / total:.0%})" for n in names)
        table.add_row(escape(language), f"{total:,}", *shares)
    if doubtful := len(report["languages"]["doubtful"]):
        table.caption = f"{doubtful:,} posts have words of the other language"
    return table


def _lengths(report: Audit) -> Table:
    table = Table("length in", "mean", "median", "90 %", "99 %", "longest", title="lengths")
    for unit in ("characters", "tokens"):
        if found := report["lengths"].get(unit):
            figures = (found[name] for name in ("mean", "p50", "p90", "p99", "p100"))
            table.add_row(unit, *(f"{figure:,.0f}" for figure in figures))
    if "longer" in report["lengths"]:
        longer = len(report["lengths"]["longer"])
        table.caption = f"{longer:,} posts are longer than {report['lengths']['max_tokens']} tokens"
    return table


def _copies(report: Audit) -> Table:
    copies = report["copies"]
    table = Table("split", "posts", "that repeat another", title="copies within splits")
    for split, posts in report["splits"].items():
        table.add_row(escape(split), f"{posts:,}", f"{copies['by_split'][split]:,}")
    table.caption = (
        f"{copies['exact']:,} exact, {copies['near']:,} near; "
        f"{len(copies['contradicting']):,} groups bear different labels"
    )
    return table


def _leaks(report: Audit) -> Table:
    table = Table(
        "split", "posts", "also in", "exact", "near", "short", title="leakage between splits"
    )
    for leak in report["leaks"]:
        counts = (f"{leak[name]:,}" for name in _LEAK_COUNTS)
        table.add_row(escape(leak["split"]), f"{leak['of']:,}", escape(leak["also_in"]), *counts)
    return table


def _suspected(report: Audit) -> Table:
    found = report["labels_suspected"]
    table = Table("place", "given", "suggested", "quality", "post", title="labels to look at again")
    for row in found.get("worst", ()):
        cells = row["place"], row["given"], row["suggested"], f"{row['quality']:.4f}", row["text"]
        table.add_row(*map(escape, cells))
    if found:
        table.caption = (
            f"{found['suspected']:,} of {found['judged']:,} labels suspected; a plain model agrees "
            f"with {found['agreement']:.0%} of them all"
        )
    return table


def _personal(report: Audit) -> Table:
    table = Table("kind", "posts", "left by cleaning", "places", title="personal data")
    for kind, found in report["personal"]["kinds"].items():
        if found["posts"]:
            places = ", ".join(found["places"][:3]) + (" …" if found["posts"] > 3 else "")
            counts = f"{found['posts']:,}", f"{found['left_by_cleaning']:,}"
            table.add_row(kind, *counts, escape(places))
    if brands := report["personal"]["taken_for_brands"]:
        table.caption = f"{len(brands):,} handles stand so often that they are taken for brands"
    return table


def _joined(places: Sequence[str]) -> str:
    more = f" and {len(places) - _JOINED:,} more" if len(places) > _JOINED else ""
    return " = ".join(places[:_JOINED]) + more


def _list(console: Console, title: str, items: Sequence[str]) -> None:
    if not items:
        return
    console.print(f"[bold]{escape(title)}[/bold] ({len(items):,})")
    for item in items[:_SHOWN]:
        console.print(f"  {escape(item)}", highlight=False, soft_wrap=True)
    if len(items) > _SHOWN:
        console.print(f"  and {len(items) - _SHOWN:,} more; --json and --out list them all")

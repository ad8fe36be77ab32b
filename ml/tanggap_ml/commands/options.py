"""Option types and tables that several commands share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
ANY = click.Path(path_type=Path)


class Number(click.FloatRange):
    """A number in a range; "nan" is refused too, which no comparison finds out of range."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; fails with the usage text for anything else."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


SHARE = Number(0, 1)
PART = Number(0, 1, min_open=True)
"""A share that cannot be nothing."""

SEED = click.IntRange(0, 2**32 - 1)
"""What all generators of random numbers take."""

LENGTH = click.IntRange(8, 512)
"""Tokens of a post, as bundles allow them."""


def print_report(report: Mapping[str, Any]) -> None:
    """Print the scores per language and per source, and how far the verdicts can be trusted."""
    table = Table("posts", "n", "macro-F1 (95 %)", "accuracy (95 %)", title="by language")
    for key, scores in report["by_language"].items():
        figures = [
            f"{scores[name]:.3f} ({low:.3f} to {high:.3f})"
            for name in ("macro_f1", "accuracy")
            for low, high in [scores[f"{name}_interval"]]
        ]
        table.add_row(key, str(scores["posts"]), *figures)
    Console().print(table)
    table = Table("posts", "n", "macro-F1", "accuracy", title="by source")
    for key, scores in largest_first(report["by_source"]):
        figures = [f"{scores['macro_f1']:.3f}", f"{scores['accuracy']:.3f}"]
        table.add_row(key, str(scores["posts"]), *figures)
    Console().print(table)
    click.echo(
        f"Calibration error {report['calibration_error']:.3f}; the surest 80 % are right in "
        f"{report['accuracy_of_80_percent']:.1%}; {report['sent_to_a_human']:.1%} go to a human."
    )


def print_invariance(report: Mapping[str, Any]) -> None:
    """Print for each way of writing how many posts keep their label, per language."""
    languages = list(report["by_language"])
    table = Table("written with", "posts", "label kept", *languages, "accuracy before → after")
    for name, effect in report["perturbations"].items():
        apart = [effect["by_language"].get(key) for key in languages]
        table.add_row(
            name,
            str(effect["posts"]),
            f"{effect['unchanged']:.1%}",
            *(f"{kept['unchanged']:.1%}" if kept else "" for kept in apart),
            f"{effect['accuracy_before']:.1%} → {effect['accuracy_after']:.1%}",
        )
    Console().print(table)
    click.echo(
        f"Of {report['posts']} posts {report['surface']['unchanged']:.1%} keep their label when "
        f"only the surface changes, {report['noise']['unchanged']:.1%} with slips of the finger."
    )


def largest_first(groups: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the groups of posts, those that say most first."""
    return sorted(groups.items(), key=lambda item: -int(item[1]["posts"]))

"""What `published` found, as a table for each benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

REPORT_FILE = "published.json"


class SeedResult(TypedDict):
    """Macro-F1 of one fine-tuning, in percent; `test_unseen` leaves the leaked test texts out."""

    seed: int
    validation: float
    test: float
    test_unseen: float


class Summary(TypedDict):
    """Mean and standard deviation over the seeds, in percent."""

    mean: float
    spread: float


class Result(TypedDict):
    """One benchmark; `leaked` counts the test texts that the base or a train part holds.

    `training` says how the base was trained, `train_posts` counts all posts it was trained on.
    """

    title: str
    training: str
    train_posts: int
    test_posts: int
    leaked: int
    seeds: list[SeedResult]
    test: Summary
    test_unseen: Summary
    published: dict[str, float]


def as_markdown(results: Mapping[str, Result]) -> str:
    """Return a table for each benchmark, this base among the published models."""
    parts = []
    for result in results.values():
        rows = [(value, name, f"{value:.1f}") for name, value in result["published"].items()]
        rows.append(_own_row("this base", result["test"]))
        if result["leaked"]:
            rows.append(_own_row("this base, unseen texts only", result["test_unseen"]))
        lines = [f"| {name} | {text} |" for _, name, text in sorted(rows, reverse=True)]
        parts.append(
            f"### {result['title']}\n\n"
            f"{result['training']} {len(result['seeds'])} seeds, measured "
            f"on {result['test_posts']} posts, {result['leaked']} of which the base or a "
            "train part holds.\n\n| model | test macro-F1 |\n|---|---|\n" + "\n".join(lines) + "\n"
        )
    return "\n".join(parts)


def _own_row(name: str, summary: Summary) -> tuple[float, str, str]:
    text = f"**{summary['mean']:.1f}** ± {summary['spread']:.1f}"
    return summary["mean"], f"**{name}**", text

"""Measure whether cases that are called similar are: how often neighbours share their topic.

Run `python benchmarks/similar.py`, for the posts of the demo by their label, or
`python benchmarks/similar.py FILE --by topic` with a file of JSON lines, plain or gzipped, that
hold a `text` and, in a field of that name or in one called `weak` as `topic=…`, what it is about.
Of every sampled post the five nearest are looked at; how often posts share their topic by chance
stands beside. Near-duplicates are left out: they would find each other whatever the method.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from tanggap.classifier import HashingEmbedder, OnnxEmbedder

NEIGHBOURS = 5
SHORTEST = 25
ROOT = Path(__file__).parent.parent
BUNDLE = ROOT / "models" / "default"
DEMO = ROOT / "demo" / "day.jsonl"


def read(path: Path, by: str) -> Iterator[tuple[str, str]]:
    """Give each text with what it is about."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            weak = str(row.get("weak") or "").split(";")
            found = row.get(by) or dict(part.split("=", 1) for part in weak if "=" in part).get(by)
            if found and len(row.get("text") or "") >= SHORTEST:
                yield row["text"], str(found)


def sample(path: Path, by: str, most: int) -> list[tuple[str, str]]:
    """Choose posts that do not begin alike."""
    rows = list(read(path, by))
    random.Random(1).shuffle(rows)
    return list({text.lower()[:40]: (text, about) for text, about in rows}.values())[:most]


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--by", default="expect", help="the field that says what a post is about")
    parser.add_argument("--most", type=int, default=2_000, help="posts to look at")
    arguments = parser.parse_args()
    rows = sample(arguments.file, arguments.by, arguments.most)
    abouts = np.array([about for _, about in rows])
    counts = Counter(abouts)
    chance = sum((count / len(rows)) ** 2 for count in counts.values())
    title = f"{len(rows):,} posts, {len(counts)} kinds of {arguments.by}; by chance {chance:.1%}"
    table = Table(title=title, title_justify="left")
    for name in ("", "same of 5", "nearness of the 5", "of any two"):
        table.add_column(name, justify="right" if name else "left")
    for name, embedder in (("model", OnnxEmbedder(BUNDLE)), ("words", HashingEmbedder())):
        vectors = embedder.embed([text for text, _ in rows])
        scores = vectors @ vectors.T
        pairs = scores[np.triu_indices(len(rows), 1)]
        np.fill_diagonal(scores, -1)
        best = np.argsort(-scores, axis=1)[:, :NEIGHBOURS]
        same = (abouts[best] == abouts[:, None]).mean()
        near = np.quantile(np.take_along_axis(scores, best, axis=1), [0.1, 0.5, 0.9])
        usual = np.quantile(pairs, [0.1, 0.5, 0.9])
        cells = (" / ".join(f"{one:.2f}" for one in figures) for figures in (near, usual))
        table.add_row(name, f"{same:.1%}", *cells)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

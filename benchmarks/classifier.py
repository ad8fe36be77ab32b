"""Measure the shipped bundle beside a BERT of IndoBERT-base's shape, in one run.

    python benchmarks/classifier.py [--data posts.jsonl] [--posts 1024] [--threads 2]

Each contender lives in a process of its own; the parent asks them in turn, round by round, so that
a busy machine slows both, and the ratios are taken within a round. Tokenising is included. The
baseline is what one would do otherwise, `transformers.pipeline` in fp32, at the better of its
default batch size and 32; its weights are random, which speed does not depend on, and it is lent
the bundle's tokenizer. It needs torch and transformers; without them the bundle is measured alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
SINGLES = 10
"""Single posts a round."""
STARTS = 5
BASELINE_SHARE = 8
"""The baseline gets every eighth post of a round."""
BASELINE_BATCHES = (None, 32)
TARGETS = {
    "times the posts in batches": 12.0,
    "of the time for one post": 1 / 8,
    "MB resident": 350.0,
    "s to import and first verdict": 2.0,
}
FIRST_VERDICT = """
import sys
from tanggap.classifier import load_bundle
load_bundle(sys.argv[1], threads=int(sys.argv[2])).classify(["min, kapan paket saya dikirim?"])
"""


class Answer(NamedTuple):
    """What one call took, and the highest memory of the process so far."""

    seconds: float
    megabytes: float


def posts_of(path: Path, count: int) -> list[str]:
    """Return the texts of a JSONL file, repeated until there are `count`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [text for line in lines if line.strip() and (text := json.loads(line).get("text"))]
    return (texts * -(-count // len(texts)))[:count]


def open_bundle(folder: str, threads: int) -> Callable[[Sequence[str], int | None], object]:
    from tanggap.classifier import load_bundle  # noqa: PLC0415

    classifier = load_bundle(folder, threads=threads)
    return lambda texts, _: classifier.classify(texts)


def open_baseline(folder: str, threads: int) -> Callable[[Sequence[str], int | None], object]:
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    torch.set_num_threads(threads)
    transformers.logging.set_verbosity_error()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(Path(folder) / "tokenizer.json"),
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        model_max_length=512,
    )
    shape = transformers.BertConfig(vocab_size=50_000, num_labels=5)
    model = transformers.BertForSequenceClassification(shape).eval()
    classify = transformers.pipeline(
        "text-classification", model=model, tokenizer=tokenizer, device="cpu"
    )
    return lambda texts, batch: classify(list(texts), batch_size=batch, truncation=True)


def work(pipe: Connection, kind: str, folder: str, threads: int) -> None:
    """Serve one contender until it is sent None."""
    try:
        classify = (open_bundle if kind == "bundle" else open_baseline)(folder, threads)
    except ImportError as err:
        pipe.send(str(err))
        return
    classify(["halo"], None)
    pipe.send(None)
    while (asked := pipe.recv()) is not None:
        started = time.perf_counter()
        classify(*asked)
        pipe.send(Answer(time.perf_counter() - started, _peak_megabytes()))


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024


class Contender:
    """A process that classifies."""

    def __init__(self, kind: str, folder: str, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(
            target=work, args=(there, kind, folder, threads), daemon=True
        )
        self._process.start()
        self.missing: str | None = self._pipe.recv()
        self.megabytes = 0.0

    def seconds(self, texts: Sequence[str], batch: int | None = None) -> float:
        """Return how long a call takes."""
        self._pipe.send((list(texts), batch))
        answer: Answer = self._pipe.recv()
        self.megabytes = answer.megabytes
        return answer.seconds

    def close(self) -> None:
        """End the process."""
        if not self.missing:
            self._pipe.send(None)
        self._process.join()


class Round(NamedTuple):
    """Posts a second in batches and seconds for each single post; the baseline's by batch size."""

    bundle: float
    baseline: dict[int | None, float]
    bundle_singles: list[float]
    baseline_singles: list[float]


def measure_round(
    bundle: Contender, baseline: Contender | None, posts: Sequence[str], number: int
) -> Round:
    """Ask both in turn."""
    rate = len(posts) / bundle.seconds(posts)
    share = posts[number % BASELINE_SHARE :: BASELINE_SHARE]
    rates = (
        {size: len(share) / baseline.seconds(share, size) for size in BASELINE_BATCHES}
        if baseline
        else {}
    )
    ours, theirs = [], []
    for at in range(number * SINGLES, (number + 1) * SINGLES):
        post = [posts[at % len(posts)]]
        ours.append(bundle.seconds(post))
        if baseline:
            theirs.append(baseline.seconds(post))
    return Round(rate, rates, ours, theirs)


def start_seconds(folder: str, threads: int) -> float:
    """Return the median time of a new process to its first verdict, the interpreter included."""
    times = []
    for _ in range(STARTS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", FIRST_VERDICT, folder, str(threads)], check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def summarise(rounds: Sequence[Round]) -> dict[str, Any]:
    """Return medians over the rounds; ratios are taken within each."""
    figures: dict[str, Any] = {
        "bundle": {
            "posts_per_second": statistics.median(r.bundle for r in rounds),
            "single_ms": statistics.median(s for r in rounds for s in r.bundle_singles) * 1000,
        }
    }
    if rounds[0].baseline:
        size = max(
            BASELINE_BATCHES, key=lambda size: statistics.median(r.baseline[size] for r in rounds)
        )
        figures["baseline"] = {
            "batch_size": size or "default",
            "posts_per_second": statistics.median(r.baseline[size] for r in rounds),
            "single_ms": statistics.median(s for r in rounds for s in r.baseline_singles) * 1000,
        }
        figures["batch_ratio"] = statistics.median(r.bundle / r.baseline[size] for r in rounds)
        figures["single_ratio"] = statistics.median(
            ours / theirs
            for r in rounds
            for ours, theirs in zip(r.bundle_singles, r.baseline_singles, strict=True)
        )
    return figures


def print_figures(figures: dict[str, Any]) -> None:
    """Print what was measured, and each target beside it."""
    for kind in ("bundle", "baseline"):
        if kind in figures:
            one = figures[kind]
            batch = f", batches of {one['batch_size']}" if "batch_size" in one else ""
            print(
                f"{kind:9} {one['posts_per_second']:7.0f} posts/s in batches, "
                f"{one['single_ms']:6.1f} ms a single post, {one['peak_mb']:5.0f} MB{batch}"
            )
    measured = {
        "times the posts in batches": figures.get("batch_ratio"),
        "of the time for one post": figures.get("single_ratio"),
        "MB resident": figures["bundle"]["peak_mb"],
        "s to import and first verdict": figures["start_seconds"],
    }
    for name, value in measured.items():
        if value is None:
            continue
        target = TARGETS[name]
        at_least = name == "times the posts in batches"
        reached = value >= target if at_least else value <= target
        print(
            f"  {value:8.3g} {name} ({'at least' if at_least else 'at most'} {target:g}: "
            f"{'reached' if reached else 'NOT reached'})"
        )


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default=str(ROOT / "models" / "default"))
    parser.add_argument("--data", type=Path, default=ROOT / "demo" / "day.jsonl", help="JSONL")
    parser.add_argument("--posts", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    posts = posts_of(options.data, options.posts)
    bundle = Contender("bundle", options.bundle, options.threads)
    baseline: Contender | None = Contender("baseline", options.bundle, options.threads)
    if baseline and baseline.missing:
        print(f"No baseline ({baseline.missing}): pip install -e ml brings torch and transformers.")
        baseline = None
    rounds = [measure_round(bundle, baseline, posts, n) for n in range(options.rounds)]
    figures = summarise(rounds)
    for kind, contender in (("bundle", bundle), ("baseline", baseline)):
        if contender:
            figures[kind]["peak_mb"] = contender.megabytes
            contender.close()
    figures["start_seconds"] = start_seconds(options.bundle, options.threads)
    print(f"{len(posts)} posts of {options.data.name}, {options.threads} threads:")
    print_figures(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

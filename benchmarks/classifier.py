"""Measure the shipped bundle beside a BERT of IndoBERT-base's shape, in one run.

    python benchmarks/classifier.py [--posts 1024] [--threads 2] [--file posts.txt]

Each contender lives in a process of its own; the parent asks them in turn, round by round, so that
a busy machine slows both. Tokenising is included. The baseline is what one would do otherwise,
`transformers.pipeline` in fp32, with random weights: speed does not depend on them. Where torch is
not installed it is left out.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROUNDS = 5
SINGLES = 40
PHRASES = (
    "min dari tadi pagi internet mati terus, kapan nyala lagi",
    "udah lapor lewat aplikasi tapi belum ada teknisi yang datang",
    "kak mau tanya jadwal kereta ke Bandung besok jam berapa ya",
    "makasih banyak, responnya cepat dan petugasnya ramah",
    "aplikasinya lemot banget sejak update kemarin, gak bisa login",
    "tolong tambahin fitur simpan alamat dong biar gak ngetik terus",
    "saldo kepotong tapi tiketnya belum keluar, udah 3 hari nunggu",
    "@user iya bener, punyaku juga putus nyambung dari semalam",
    "my flight was delayed again and nobody at the desk could help",
    "do you ship to Padang and how long does it take?",
    "best crew ever, thank you for the quick answer",
    "it would be great to have a dark mode in the app",
    "you charged me twice for the same order, please refund",
    "still waiting for the parcel since last week https://t.co/x1y2z3",
)


def invented_posts(count: int) -> list[str]:
    """Return posts of one to three phrases, about as long as real ones."""
    chance = random.Random(20)
    return [" ".join(chance.sample(PHRASES, chance.choice((1, 1, 2, 2, 3)))) for _ in range(count)]


def posts_of(path: Path, count: int) -> list[str]:
    """Return the first posts of a file: one a line, or JSONL with a `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()[:count]
    return [json.loads(x)["text"] if path.suffix == ".jsonl" else x for x in lines if x.strip()]


def open_bundle(folder: str, threads: int) -> Callable[[Sequence[str]], object]:
    from tanggap.classifier import load_bundle  # noqa: PLC0415

    return load_bundle(folder, threads=threads).classify


def open_baseline(folder: str, threads: int) -> Callable[[Sequence[str]], object]:
    import torch  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
        pipeline,
    )

    torch.set_num_threads(threads)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(Path(folder) / "tokenizer.json"),
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        model_max_length=512,
    )
    model = BertForSequenceClassification(BertConfig(vocab_size=50_000, num_labels=5)).eval()
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    return lambda texts: classify(list(texts), batch_size=32, truncation=True)


def work(pipe: Connection, kind: str, folder: str, threads: int) -> None:
    """Serve one contender: the first answer is the time to the first verdict, cold start."""
    started = time.perf_counter()
    try:
        classify = (open_bundle if kind == "bundle" else open_baseline)(folder, threads)
    except ImportError as err:
        pipe.send(str(err))
        return
    classify(["halo"])
    pipe.send(time.perf_counter() - started)
    while (texts := pipe.recv()) is not None:
        started = time.perf_counter()
        classify(texts)
        pipe.send((time.perf_counter() - started, _peak_megabytes()))


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024


def start(kind: str, folder: str, threads: int) -> tuple[Connection, float] | None:
    """Start a contender; None when a package it needs is missing."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    context.Process(target=work, args=(there, kind, folder, threads), daemon=True).start()
    answer = here.recv()
    return None if isinstance(answer, str) else (here, answer)


def ask(pipe: Connection, texts: Sequence[str]) -> tuple[float, float]:
    """Return the seconds and the peak memory in megabytes of one call."""
    pipe.send(list(texts))
    seconds, memory = pipe.recv()
    return seconds, memory


def measure(pipes: dict[str, Connection], posts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Ask the contenders in turn; the baseline gets an eighth of the posts."""
    figures: dict[str, dict[str, Any]] = {k: {"batch": [], "single": []} for k in pipes}
    for round_ in range(ROUNDS):
        for kind, pipe in pipes.items():
            share = posts if kind == "bundle" else posts[: max(32, len(posts) // 8)]
            seconds, figures[kind]["memory"] = ask(pipe, share)
            figures[kind]["batch"].append(len(share) / seconds)
        for post in posts[round_ * SINGLES // ROUNDS : (round_ + 1) * SINGLES // ROUNDS]:
            for kind, pipe in pipes.items():
                figures[kind]["single"].append(ask(pipe, [post])[0] * 1000)
    return figures


def main() -> None:
    """Parse the arguments, measure, print."""
    default = Path(__file__).parents[1] / "models" / "default"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default=str(default))
    parser.add_argument("--posts", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--file", type=Path, help="real posts, one a line or .jsonl with a text")
    options = parser.parse_args()
    posts = posts_of(options.file, options.posts) if options.file else invented_posts(options.posts)
    started = {
        kind: contender
        for kind in ("bundle", "baseline")
        if (contender := start(kind, options.bundle, options.threads))
    }
    figures = measure({kind: pipe for kind, (pipe, _) in started.items()}, posts)
    table = Table(title=f"{len(posts)} posts, {options.threads} threads, {ROUNDS} rounds")
    for heading in ("", "posts/s in batches", "ms a single post", "first verdict s", "peak MB"):
        table.add_column(heading, justify="right" if heading else "left")
    for kind, (pipe, cold) in started.items():
        batch = statistics.median(figures[kind]["batch"])
        single = statistics.median(figures[kind]["single"])
        memory = figures[kind]["memory"]
        table.add_row(kind, f"{batch:.0f}", f"{single:.1f}", f"{cold:.2f}", f"{memory:.0f}")
        pipe.send(None)
    Console().print(table)
    if len(started) == 2:
        rates = [statistics.median(figures[k]["batch"]) for k in ("bundle", "baseline")]
        times = [statistics.median(figures[k]["single"]) for k in ("bundle", "baseline")]
        print(
            f"bundle / baseline: {rates[0] / rates[1]:.1f} times the posts, "
            f"1/{times[1] / times[0]:.1f} of the time for one post"
        )
    else:
        print("The baseline needs torch and transformers: pip install -e ml")


if __name__ == "__main__":
    main()

"""Measure the desk at size: list, search, open, counters and send, by pages and by fragments.

Run `python benchmarks/desk.py`, or with `--small` for a try. It writes a history of 100,000
conversations with 1,000,000 posts into an empty database first, which takes minutes; with `--keep
FOLDER` a copy of it stays for the next run, until `--keep FOLDER --forget` removes it. Each page is
asked for in this process through the whole application, so that processor time and statements can
be counted; a bare Flask page asked for in the same way, in turns with ours, stands beside. What
PostgreSQL's server works is printed too, when TANGGAP_TEST_POSTGRES_URL and
TANGGAP_TEST_REDIS_URL are set.
"""

from __future__ import annotations

import argparse
import time
from base64 import urlsafe_b64encode
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from flask import Flask
from rich.console import Console
from rich.table import Table
from rig.kept import Kept
from rig.places import Place, places
from rig.seed import Size, seed
from rig.visits import Desk, Measured, bare_client, measure

from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.store.db import open_database
from tanggap.store.migrate import upgrade
from tanggap.store.secrets import Vault, load_keys
from tanggap.web.logs import configure_logging

FULL = Size(100_000, 1_000_000)
SMALL = Size(2_000, 20_000)
KEYS = {"secret_key": "benchmark", "encryption_key": urlsafe_b64encode(bytes(32)).decode()}
"""A kept history is sealed with them."""


def fill(place: Place, size: Size, kept: Kept | None) -> float:
    """Write the history, or take the kept one; tells how long that took, in seconds."""
    begun = time.perf_counter()
    if kept is not None and kept.restore(place):
        return time.perf_counter() - begun
    database = open_database(place.settings)
    upgrade(database)
    with database.write() as session:
        ensure_defaults(session)
    seed(database, Vault(load_keys(place.settings)), size)
    database.close()
    if kept is not None:
        kept.store(place)
    return time.perf_counter() - begun


def show(place: Place, size: Size, seconds: float, found: dict[str, Measured]) -> None:
    """Print one table of a place."""
    what = f"{size.conversations:,} conversations, {size.posts:,} posts, written in {seconds:.0f} s"
    table = Table(title=f"{place.name}: {what}", title_justify="left")
    names = ("", "p50 ms", "p95 ms", "core-ms", "p95", "server", "x bare", "queries")
    for name in names:
        table.add_column(name, justify="right" if name else "left")
    bare = found["bare Flask page"].core
    for name, one in found.items():
        figures = (one.p50, one.p95, one.core, one.core95, one.server)
        cells = (*(f"{figure:.1f}" for figure in figures), f"{one.core / bare:.0f}")
        table.add_row(name, *cells, str(one.queries))
    Console(width=100).print(table)


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="2,000 conversations, 20,000 posts")
    parser.add_argument("--conversations", type=int, help="how many, with ten posts each")
    parser.add_argument("--rounds", type=int, default=40, help="times that each page is asked for")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database alone")
    parser.add_argument("--plans", action="store_true", help="show plans of the slowest statements")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the history there")
    parser.add_argument("--forget", action="store_true", help="remove what --keep kept, and end")
    arguments = parser.parse_args()
    size = SMALL if arguments.small else FULL
    if arguments.conversations:
        size = Size(arguments.conversations, 10 * arguments.conversations)
    if arguments.forget and not arguments.keep:
        parser.error("--forget needs --keep FOLDER: what is kept there?")
    kept = Kept(arguments.keep, size) if arguments.keep else None
    with ExitStack() as stack:
        for place in places(stack):
            if arguments.only and not place.name.lower().startswith(arguments.only):
                continue
            if kept is not None and arguments.forget:
                kept.forget(place)
                continue
            configure_logging(replace(place.settings, log_level="ERROR"))
            place.settings = replace(place.settings, **KEYS)
            print(f"{place.name}:", flush=True)
            seconds = fill(place, size, kept)
            with Desk(place, size) as desk:
                found = measure(desk, bare_client(Flask("bare")), arguments.rounds)
                show(place, size, seconds, found)
                if arguments.plans:
                    desk.show_slowest()


if __name__ == "__main__":
    main()

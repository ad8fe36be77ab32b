"""The table that the way of a post is printed as."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from rig.places import Place

RATES = (
    ("bare Flask, deliveries/s", "bare", "0f"),
    ("accepted deliveries/s", "accepted", "0f"),
    ("  share of bare", "accepted: share", "2f"),
    ("  p99, ms", "p99", "1f"),
    ("classifier alone, posts/s", "alone", "0f"),
    ("backlog to routed, posts/s", "backlog", "0f"),
    ("  share of the classifier", "backlog: share", "2f"),
    ("delivery to routed, posts/s", "through", "0f"),
    ("  share of the classifier", "through: share", "2f"),
    ("  cores at work", "through: cores", "2f"),
    ("{batch} posts a delivery, posts/s", "batches", "0f"),
    ("  share of the classifier", "batches: share", "2f"),
    ("  cores at work", "batches: cores", "2f"),
    ("web, MiB resident", "web_mib", "0f"),
    ("worker with model, MiB resident", "worker_mib", "0f"),
)
COSTS = (
    ("bare Flask: server", "bare: web"),
    ("accepting: client", "accept: client"),
    ("accepting: web", "accept: web"),
    ("accepting: database server", "accept: server"),
    ("delivery to routed: client", "through: client"),
    ("delivery to routed: web", "through: web"),
    ("delivery to routed: worker", "through: worker"),
    ("delivery to routed: database server", "through: server"),
    ("{batch} posts a delivery: web", "batches: web"),
    ("{batch} posts a delivery: worker", "batches: worker"),
    ("{batch} posts a delivery: database server", "batches: server"),
    ("step accept", "step: accept"),
    ("step receive and route, without the model", "step: receive"),
    ("step classify", "step: classify"),
    ("step accept, database server", "step: accept, server"),
    ("step receive and route, database server", "step: receive, server"),
)


def show(tested: list[Place], batch: int) -> None:
    """Print rates with their shares, then the processor time that a post takes of each process."""
    table = Table(title="The way of a post", title_justify="left")
    table.add_column("")
    for place in tested:
        table.add_column(place.name, justify="right")
    for label, key, form in RATES:
        cells = (format(place.figures[key], f".{form}") for place in tested)
        table.add_row(label.format(batch=batch), *cells)
    table.add_section()
    table.add_row("Core-milliseconds a post")
    for label, key in COSTS:
        cells = (format(place.figures[key], ".2f") for place in tested)
        table.add_row(f"  {label.format(batch=batch)}", *cells)
    Console().print(table)

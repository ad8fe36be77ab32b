"""Run the web server and the worker."""

from __future__ import annotations

import os
import sys

import click

from tanggap.cli.common import opened_services, require_schema, shipped
from tanggap.cli.db import upgrade_database
from tanggap.settings import read_settings


@click.command()
@click.option("--migrate", is_flag=True, help="Upgrade the database first.")
def serve(migrate: bool) -> None:
    """Run the web server under gunicorn.

    Refuses to start on a database of another release, unless --migrate upgrades it.
    """
    _prepare(migrate)
    config = str(shipped("gunicorn.conf.py"))
    # The server takes this process over, so that signals reach it directly.
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--config", config])  # noqa: S606


@click.command()
@click.option("--migrate", is_flag=True, help="Upgrade the database first.")
def worker(migrate: bool) -> None:
    """Run the worker: it receives, labels, routes and sends until it is told to stop."""
    from tanggap import worker as worker_process  # noqa: PLC0415 - loads the classifier
    from tanggap.web.logs import configure_logging  # noqa: PLC0415

    _prepare(migrate)
    settings = read_settings()
    configure_logging(settings)
    worker_process.run(settings)


def _prepare(migrate: bool) -> None:
    with opened_services() as services:
        if migrate:
            upgrade_database(services)
        require_schema(services)


COMMANDS = {"serve": serve, "worker": worker}

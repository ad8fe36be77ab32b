"""Run the web server and the worker."""

from __future__ import annotations

import os
import sys

import click

from tanggap.cli.common import opened_services, require_schema, shipped
from tanggap.cli.db import upgrade_database
from tanggap.cli.first_run import invite_owner
from tanggap.settings import Settings


@click.command()
@click.option("--migrate", is_flag=True, help="Upgrade the database first.")
def serve(migrate: bool) -> None:
    """Run the web server under gunicorn.

    Refuses to start on a database of another release, unless --migrate upgrades it.
    """
    _prepare(migrate)
    with opened_services() as services:
        invite_owner(services)
    _become("gunicorn", "--config", str(shipped("gunicorn.conf.py")))


@click.command()
@click.option("--migrate", is_flag=True, help="Upgrade the database first.")
def worker(migrate: bool) -> None:
    """Run the worker: it receives, labels, routes and sends until it is told to stop."""
    settings = _prepare(migrate)
    several = settings.effective_worker_processes > 1
    _become("tanggap.cli.workers" if several else "tanggap.worker")


def _prepare(migrate: bool) -> Settings:
    with opened_services() as services:
        if migrate:
            upgrade_database(services)
        require_schema(services)
        return services.settings


def _become(module: str, *arguments: str) -> None:
    """Let the process be taken over, so that signals reach what runs without a go-between."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606


COMMANDS = {"serve": serve, "worker": worker}

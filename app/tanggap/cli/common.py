"""What several commands share: the console, open services, files that ship with the code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from rich.console import Console
from sqlalchemy.exc import OperationalError

import tanggap
from tanggap.errors import TanggapError
from tanggap.inbox.services import Services, open_services
from tanggap.settings import Settings, read_settings
from tanggap.store import migrate

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

UPGRADE = "run `tanggap db upgrade` first"


def say(text: str) -> None:
    """Print a line as it is, however long."""
    console.print(text, markup=False, soft_wrap=True)


@contextmanager
def opened_services(
    settings: Settings | None = None, *, log_level: int = logging.WARNING
) -> Iterator[Services]:
    """Open the services of the environment's settings for one command.

    What is at least as severe as `log_level` is logged to stderr; a command prints its own words.
    Raises `TanggapError` when the database does not answer or cannot be written.
    """
    _quiet_logs(log_level)
    services = open_services(settings or read_settings())
    try:
        yield services
    except OperationalError as error:
        raise TanggapError(f"the database cannot be used: {error.orig}") from error
    finally:
        services.close()


def require_schema(services: Services) -> None:
    """Raise `TanggapError` with the way out unless the database has this release's schema."""
    if not migrate.is_current(services.database):
        raise TanggapError(f"the database is not at the schema of this release: {UPGRADE}")


def shipped(name: str, in_wheel: str | None = None) -> Path:
    """Find a file or folder of the repository, else its copy inside the wheel."""
    package = Path(tanggap.__file__).parent
    repository = package.parent.parent / name
    return repository if repository.exists() else package / f"_{in_wheel or name}"


def _quiet_logs(level: int) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            # The default shows local variables, secrets among them.
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
    )

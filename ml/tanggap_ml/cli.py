"""The command `tanggap-ml`."""

from __future__ import annotations

import logging
from typing import Any

import click

from tanggap.errors import TanggapError
from tanggap_ml import __version__
from tanggap_ml.commands import benchmarking, chain, learning, measuring, preparing, training
from tanggap_ml.errors import MlError

COMMANDS = (
    *preparing.COMMANDS,
    *training.COMMANDS,
    *measuring.COMMANDS,
    *benchmarking.COMMANDS,
    *chain.COMMANDS,
    *learning.COMMANDS,
)


class _Commands(click.Group):
    """Turn a mistake that the user can mend into a message without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (MlError, TanggapError) as err:
            raise click.ClickException(str(err)) from err
        except BrokenPipeError:  # click ends quietly when a pager was closed
            raise
        except OSError as err:
            told = f"{err.filename}: {err.strerror}." if err.filename else str(err)
            raise click.ClickException(told) from err


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="tanggap-ml")
def main() -> None:
    """Train, export and evaluate model bundles for Tanggap."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # says nothing to a data team


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()

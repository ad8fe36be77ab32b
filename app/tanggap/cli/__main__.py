"""Run the command as `python -m tanggap.cli`, for processes that start others."""

from __future__ import annotations

from tanggap.cli import main

main(prog_name="tanggap")

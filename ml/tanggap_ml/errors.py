"""Errors that a data team can act on; the commands print them without a traceback."""

from __future__ import annotations


class MlError(Exception):
    """Say what was wrong, in which file, and what to do next."""


class DataError(MlError):
    """A data file cannot be used as it is."""


class RunError(MlError):
    """A run folder lacks a file or does not fit the command."""


class SourceError(MlError):
    """A pretrained model or its tokenizer cannot be made into a base."""

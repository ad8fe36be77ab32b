"""The rules and teams that a new installation begins with."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from tanggap.rules.model import RuleSet
from tanggap.rules.yaml_io import load_rules


@cache
def load_default_rules() -> RuleSet:
    """Load the shipped `defaults.yaml`."""
    return load_rules(files("tanggap.rules").joinpath("defaults.yaml").read_text("utf-8"))

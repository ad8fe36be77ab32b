"""Values that no command could do anything sensible with are refused before it begins."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from tanggap_ml.cli import main

LOOPS = ("adapt", "train", "distill")
WRONG = [
    ("suggest", "--random-share", "3"),
    ("suggest", "--random-share", "-1"),
    ("suggest", "--limit", "-3"),
    ("suggest", "--days", "0"),
    ("suggest", "--days", "999999999"),
    ("export-corrections", "--per-day", "0"),
    ("export-corrections", "--max-share", "50"),
    ("export-corrections", "--always", "-1"),
    ("retrain", "--replay", "-1"),
    ("retrain", "--epochs", "0"),
    ("retrain", "--learning-rate", "0"),
    ("retrain", "--seed", "-1"),
    ("retrain", "--threads", "0"),
    ("data", "--max-tokens", "0"),
    ("data", "--suspicious", "-1"),
    ("weak", "--seed", "-1"),
    ("export", "--precision", "85"),
    ("export", "--precision", "0"),
    ("calibrate", "--precision", "85"),
    ("published", "--max-length", "513"),
    *((loop, "--learning-rate", rate) for loop in LOOPS for rate in ("-1", "0", "2")),
    *((loop, "--seed", seed) for loop in LOOPS for seed in ("-1", "4294967296")),
    *((loop, "--max-length", "513") for loop in LOOPS),
    *(("train", "--layers", layers) for layers in ("1,1", "0-3,2", "5-3", "1-3-9", "1,", "-1")),
]


def _fractions() -> list[tuple[str, str]]:
    return [
        (name, option.opts[0])
        for name, command in main.commands.items()
        for option in command.params
        if isinstance(option.type, click.types.FloatParamType)
    ]


def refused(command: str, option: str, value: str) -> bool:
    done = CliRunner().invoke(main, [command, option, value])
    return done.exit_code == 2 and f"Invalid value for '{option}'" in done.output


@pytest.mark.parametrize(("command", "option", "value"), WRONG)
def test_a_value_out_of_range_is_refused(command: str, option: str, value: str) -> None:
    assert refused(command, option, value)


@pytest.mark.parametrize(("command", "option"), _fractions())
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_refused(command: str, option: str, value: str) -> None:
    assert refused(command, option, value)


def test_every_whole_number_has_a_least_value() -> None:
    free = [
        (name, option.opts[0])
        for name, command in main.commands.items()
        for option in command.params
        if isinstance(option.type, click.types.IntParamType)
        and not isinstance(option.type, click.IntRange)
    ]
    assert free == []

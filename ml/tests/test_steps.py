from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tanggap_ml.chain import Step, read_chain
from tanggap_ml.cli import main
from tanggap_ml.errors import RunError
from tanggap_ml.steps import Runner

CHAIN = """
state = "{work}"

[variables]
data = ""
work = "work"
words = "2"

[[step]]
name = "count"
command = "count --words {words} --out {work}/count"
inputs = ["{data}"]
outputs = ["{work}/count/total"]
folder = "{work}/count"

[[step]]
name = "double"
command = "double"
inputs = ["{work}/count/total"]
outputs = ["{work}/doubled"]
"""


TINY_CHAIN = """
state = "work"
variables = { data = "", base = "" }

[[step]]
name = "train"
command = "train --data {data} --base {base} --run work/run --layers 1,3 --epochs 2 --threads 1"
inputs = ["{data}", "{base}"]
outputs = ["work/run/best.safetensors"]
folder = "work/run"

[[step]]
name = "export"
command = "export --run work/run --out work/bundle --no-baseline"
inputs = ["work/run/best.safetensors"]
outputs = ["work/bundle/bundle.json"]
"""
DEFAULT_CHAIN = Path(__file__).parents[1] / "steps.toml"


class Commands:
    """Stand in for the commands: each writes its step's outputs from the content of its inputs."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.broken = False

    def __call__(self, step: Step, log: Path, watch: Callable[[str], None]) -> None:
        self.called.append(step.name)
        log.write_text("counting\n", encoding="utf-8")
        if self.broken:
            raise RunError("broken")
        for path in step.outputs:
            path.parent.mkdir(parents=True, exist_ok=True)
            read = sum(len(file.read_text(encoding="utf-8").split()) for file in step.inputs)
            path.write_text("word " * read, encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "steps.toml").write_text(CHAIN, encoding="utf-8")
    (tmp_path / "my posts.txt").write_text("satu dua tiga", encoding="utf-8")
    return tmp_path


def run(commands: Commands, *, start: str | None = None, **settings: str) -> list[str]:
    """Do the chain; returns the steps that were done."""
    commands.called.clear()
    chain = read_chain(Path("steps.toml"), {"data": "my posts.txt", **settings})
    list(Runner(chain, call=commands).run(chain.place_of(start) if start else None))
    return list(commands.called)


def plans(commands: Commands, *, start: int | None = None, **settings: str) -> list[str]:
    chain = read_chain(Path("steps.toml"), {"data": "my posts.txt", **settings})
    return [plan for _, plan in Runner(chain, call=commands).plan(start)]


def test_unchanged_steps_are_skipped(place: Path) -> None:
    commands = Commands()
    assert run(commands) == ["count", "double"]
    assert run(commands) == []
    assert (place / "work" / "doubled").read_text(encoding="utf-8") == "word word word "


def test_a_changed_input_does_its_step_anew_and_the_later_ones_only_if_they_see_a_change(
    place: Path,
) -> None:
    commands = Commands()
    run(commands)
    (place / "my posts.txt").write_text("tiga lain lagi", encoding="utf-8")
    assert run(commands) == ["count"]
    (place / "my posts.txt").write_text("hanya dua", encoding="utf-8")
    assert run(commands) == ["count", "double"]


def test_another_setting_does_the_step_anew_in_an_empty_folder(place: Path) -> None:
    commands = Commands()
    run(commands)
    (place / "work" / "count" / "left over").touch()
    assert run(commands, words="3") == ["count"]
    assert not (place / "work" / "count" / "left over").exists()


def test_an_output_that_was_changed_by_hand_is_made_again(place: Path) -> None:
    commands = Commands()
    run(commands)
    (place / "work" / "count" / "total").write_text("x", encoding="utf-8")
    assert run(commands) == ["count"]


def test_an_interrupted_step_goes_on_in_its_folder(place: Path) -> None:
    commands = Commands()
    commands.broken = True
    with pytest.raises(RunError, match="broken"):
        run(commands)
    (place / "work" / "count").mkdir()
    (place / "work" / "count" / "checkpoint").touch()
    assert plans(commands) == ["resume", "after others"]
    commands.broken = False
    assert run(commands) == ["count", "double"]
    assert (place / "work" / "count" / "checkpoint").exists()


def test_from_a_step_on_everything_is_done_anew(place: Path) -> None:
    commands = Commands()
    run(commands)
    assert plans(commands, start=1) == ["unchanged", "run"]
    assert run(commands, start="double") == ["double"]
    assert run(commands, start="count") == ["count", "double"]


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(place: Path) -> None:
    done = CliRunner().invoke(
        main, ["run", "steps.toml", "--set", "data=my posts.txt", "--dry-run"]
    )
    assert done.exit_code == 0, done.output
    assert "run           count: tanggap-ml count --words 2 --out work/count" in done.output
    assert "after others  double" in done.output
    assert not (place / "work").exists()


def test_every_step_has_a_log_and_the_state_tells_what_was_done(place: Path) -> None:
    run(Commands())
    assert (place / "work" / "logs" / "count.log").read_text(encoding="utf-8") == "counting\n"
    state = json.loads((place / "work" / "steps.json").read_text(encoding="utf-8"))
    assert state["count"]["command"] == [
        "tanggap-ml",
        "count",
        "--words",
        "2",
        "--out",
        "work/count",
    ]
    assert state["double"]["finished"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs --set data="),
        (["--set", "dat=x"], "has no variable 'dat'; its variables are data, words, work"),
        (["--set", "data=nowhere.txt"], "Step count reads nowhere.txt, which is not there"),
        (["--set", "data=my posts.txt", "--from", "triple"], "the steps are count, double"),
        (["--set", "data=my posts.txt", "--set", "work=other"], "No such command 'count'"),
    ],
)
def test_a_mistake_is_told_in_words(place: Path, arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(main, ["run", "steps.toml", *arguments])
    assert (done.exit_code, message in done.output) == (1, True), done.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no steps"),
        ("[[step]]\nname = 'a'", "a step has name, command"),
        ("[[step]]\nname = 'a'\ncommand = 'x {y}'", "{y} is not among"),
        ("[[step]]\nname = 'a'\ncommand = 'x'\n" * 2, "two steps bear the same name"),
        ("[[step]]\nname = 'a'\ncommand = 'x'\nfolder = '..'", "is outside .steps"),
        ("step = [", "cannot be read"),
    ],
)
def test_a_broken_steps_file_is_refused(place: Path, text: str, message: str) -> None:
    (place / "steps.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RunError) as caught:
        read_chain(Path("steps.toml"), {})
    assert message in str(caught.value)


def test_a_step_that_does_not_write_its_output_is_an_error(place: Path) -> None:
    chain = read_chain(Path("steps.toml"), {"data": "my posts.txt"})
    with pytest.raises(RunError, match="did not write"):
        list(Runner(chain, call=lambda *_: None).run())


def test_the_chain_of_the_default_bundle_uses_options_that_exist() -> None:
    chosen = {"data": "train.jsonl", "pool": "my pool.jsonl.gz"}
    chain = read_chain(DEFAULT_CHAIN, chosen)
    written: set[Path] = {Path(path) for path in (*chosen.values(), "ml/notes/default-bundle.md")}
    for step in chain.steps:
        command = main.commands[step.command[0]]
        command.make_context(step.command[0], list(step.command[1:]))
        assert set(step.inputs) <= written
        written |= set(step.outputs)


@pytest.mark.slow
def test_a_tiny_chain_is_run_by_its_commands_and_then_skipped(
    base: Path, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    steps = tmp_path / "steps.toml"
    steps.write_text(TINY_CHAIN, encoding="utf-8")
    arguments = ["run", str(steps), "--set", f"data={data_file}", "--set", f"base={base}"]
    first = CliRunner().invoke(main, arguments)
    assert first.exit_code == 0, first.output
    assert "[2/2] export: done in" in first.output
    assert (tmp_path / "work" / "bundle" / "MODEL_CARD.md").is_file()
    assert "checkpoint" in (tmp_path / "work" / "logs" / "train.log").read_text(encoding="utf-8")
    second = CliRunner().invoke(main, arguments)
    assert second.output.count("unchanged, skipped") == 2


def test_a_failing_command_ends_with_the_end_of_its_log(place: Path) -> None:
    (place / "steps.toml").write_text(
        '[[step]]\nname = "evaluate"\ncommand = "evaluate nowhere --data x"', encoding="utf-8"
    )
    done = CliRunner().invoke(main, ["run", "steps.toml"])
    assert done.exit_code == 1
    assert "Step evaluate failed with exit code 1" in done.output
    assert "nowhere/bundle.json: cannot be read" in done.output

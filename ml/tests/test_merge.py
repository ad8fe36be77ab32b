# ruff: noqa: E402
"""Runs merged into one, with a tiny base."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from tanggap_ml.cli import main
from tanggap_ml.errors import RunError
from tanggap_ml.finished import as_base, learnt_before
from tanggap_ml.model import student_from
from tanggap_ml.split import held_out
from tanggap_ml.train import split_as, train

if TYPE_CHECKING:
    from tanggap_ml.config import TrainConfig


@pytest.fixture(scope="module")
def second(config: TrainConfig, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train once more on the split of the first run, in another order."""
    folder = tmp_path_factory.mktemp("runs") / "second"
    split_as(run, folder, Path(config.data))
    train(replace(config, seed=21), folder)
    return folder


@pytest.fixture(scope="module")
def merged(run: Path, second: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merged") / "both"
    assert _merge(run, second, folder).exit_code == 0
    return folder


def _merge(first: Path, second: Path, target: Path) -> Result:
    return CliRunner().invoke(main, ["merge", str(first), str(second), "--run", str(target)])


def _other(run: Path, folder: Path) -> Path:
    """Copy a run, to be changed."""
    shutil.copytree(run, folder)
    return folder


def test_the_weights_are_the_mean_of_those_of_the_runs(
    merged: Path, run: Path, second: Path
) -> None:
    one, other, both = (load_file(f / "best.safetensors") for f in (run, second, merged))
    assert not torch.equal(one["label_head.weight"], other["label_head.weight"])
    for name, value in both.items():
        torch.testing.assert_close(value, (one[name] + other[name]) / 2)


def test_runs_of_all_seeds_begin_with_the_same_heads_and_go_on_apart(base: Path) -> None:
    heads, drawn = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        heads.append(student_from(base, (1, 3), 5).label_head.weight)
        drawn.append(torch.rand(5))
    assert heads[0].any()
    assert torch.equal(*heads)
    assert not torch.equal(*drawn)


def test_what_each_run_and_the_mean_read_is_said(run: Path, second: Path, tmp_path: Path) -> None:
    done = _merge(run, second, tmp_path / "both")
    lines = done.output.splitlines()
    assert [line.split()[1] for line in lines[:3]] == [
        str(folder) for folder in (run, second, tmp_path / "both")
    ]
    history = json.loads((tmp_path / "both" / "history.json").read_text("utf-8"))
    assert lines[2].startswith(f"{history[0]['macro_f1']:.4f}  ")
    assert lines[-1].endswith(f"Wrote {tmp_path / 'both'}.")


def test_a_mean_that_reads_worse_is_pointed_out(run: Path, tmp_path: Path) -> None:
    other = _other(run, tmp_path / "other")
    weights = load_file(run / "best.safetensors")
    heads = {n: -2 * v if n.startswith("label_head") else v for n, v in weights.items()}
    save_file(heads, other / "best.safetensors")
    assert "reads worse here than the best" in _merge(run, other, tmp_path / "b").output


def test_a_merged_run_is_exported_with_a_card_that_says_so(merged: Path, tmp_path: Path) -> None:
    words = ["export", "--run", str(merged), "--out", str(tmp_path / "bundle"), "--no-baseline"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text("utf-8")
    assert "The mean of the weights of 2 runs (tiny, second), each as it was best" in card


def test_a_merged_run_is_a_base_to_go_on_from(merged: Path, run: Path, tmp_path: Path) -> None:
    told = learnt_before(as_base(merged, tmp_path / "base"))
    assert told.endswith(
        "posts labelled complaint, question, feedback, praise, none (the mean of 2 runs)"
    )
    assert "mean" not in learnt_before(as_base(run, tmp_path / "one"))


def test_what_the_bases_of_merged_runs_had_learnt_is_told(
    run: Path, second: Path, tmp_path: Path
) -> None:
    learnt = []
    for number, one in enumerate((run, second), start=1):
        first = as_base(one, tmp_path / f"base-{number}")
        origin = json.loads((first / "origin.json").read_text(encoding="utf-8"))
        (first / "origin.json").write_text(json.dumps({**origin, "posts": number}))
        settings = json.loads((one / "config.json").read_text(encoding="utf-8"))
        later = _other(one, tmp_path / f"later-{number}")
        (later / "config.json").write_text(json.dumps({**settings, "base": str(first)}))
        learnt.append(later)
    assert _merge(*learnt, tmp_path / "both").exit_code == 0
    told = learnt_before(as_base(tmp_path / "both", tmp_path / "base"))
    labels = "labelled complaint, question, feedback, praise, none"
    assert told.startswith(f"1 posts {labels} or 2 posts {labels}, then on ")
    assert told.endswith("(the mean of 2 runs)")


def test_another_seed_can_hold_out_what_a_run_did(
    run: Path, second: Path, base: Path, data_file: Path, tmp_path: Path
) -> None:
    assert held_out(second / "split.json") == held_out(run / "split.json")
    words = ["train", "--data", str(data_file), "--base", str(base), "--run", str(tmp_path / "t")]
    how = ["--seed", "5", "--epochs", "1", "--layers", "1,3", "--max-length", "24"]
    done = CliRunner().invoke(main, [*words, *how, "--split-of", str(run)])
    assert done.exit_code == 0, done.output
    assert held_out(tmp_path / "t" / "split.json") == held_out(run / "split.json")


def test_a_split_that_is_not_there_or_not_the_run_s_own_is_refused(
    run: Path, data_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"facts\.json: no such file"):
        split_as(tmp_path, tmp_path / "new", data_file)
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "split.json").write_text('{"validation": ["1"], "test": []}', encoding="utf-8")
    with pytest.raises(RunError, match="holds out other posts"):
        split_as(run, begun, data_file)


def test_a_split_is_not_taken_over_to_another_file_whose_posts_may_be_copies(
    run: Path, data_file: Path, base: Path, tmp_path: Path
) -> None:
    grown = tmp_path / "grown.jsonl"
    held = next(iter(held_out(run / "split.json")[1]))
    rows = data_file.read_text("utf-8").splitlines()
    copy = next(json.loads(row) for row in rows if json.loads(row)["id"] == held)
    grown.write_text("\n".join([*rows, json.dumps({**copy, "id": "new"})]), encoding="utf-8")
    words = ["train", "--data", str(grown), "--base", str(base), "--run", str(tmp_path / "t")]
    done = CliRunner().invoke(main, [*words, "--split-of", str(run)])
    assert (done.exit_code, "is not the file that" in done.output) == (1, True), done.output
    assert not (tmp_path / "t").exists()


def test_a_merged_run_is_not_trained_on_by_mistake(
    merged: Path, data_file: Path, base: Path
) -> None:
    words = ["train", "--data", str(data_file), "--base", str(base), "--run", str(merged)]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, "belongs to other settings" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("split.json", '{"validation": [], "test": []}', "its held-out posts differ"),
        ("history.json", '[{"epoch": 1.0, "macro_f1": 0.5}]', "stopped after epoch 1.0 of 4"),
    ],
)
def test_runs_that_do_not_belong_together_are_refused(
    run: Path, tmp_path: Path, name: str, content: str, told: str
) -> None:
    other = _other(run, tmp_path / "other")
    (other / name).write_text(content, encoding="utf-8")
    done = _merge(run, other, tmp_path / "both")
    assert (done.exit_code, told in done.output) == (1, True), done.output
    assert not (tmp_path / "both").exists()


@pytest.mark.parametrize("entry", ["labels", "data_sha256"])
def test_runs_of_other_labels_or_data_are_refused(run: Path, tmp_path: Path, entry: str) -> None:
    other = _other(run, tmp_path / "other")
    facts = json.loads((other / "facts.json").read_text("utf-8"))
    (other / "facts.json").write_text(json.dumps({**facts, entry: "x"}), encoding="utf-8")
    done = _merge(run, other, tmp_path / "both")
    assert (done.exit_code, " differ from those of " in done.output) == (1, True), done.output


def test_runs_of_another_shape_are_refused(run: Path, tmp_path: Path) -> None:
    other = _other(run, tmp_path / "other")
    weights = load_file(run / "best.safetensors")
    del weights["language_head.bias"]
    save_file(weights, other / "best.safetensors")
    done = _merge(run, other, tmp_path / "both")
    assert (done.exit_code, "of another shape" in done.output) == (1, True), done.output


def test_a_folder_that_is_there_is_not_overwritten(run: Path, second: Path) -> None:
    before = (second / "best.safetensors").read_bytes()
    done = _merge(run, second, second)
    assert (done.exit_code, "Give a new folder" in done.output) == (1, True)
    assert (second / "best.safetensors").read_bytes() == before


@pytest.mark.parametrize("number", [1, 2])
def test_one_run_or_the_same_twice_is_a_usage_error(run: Path, number: int, tmp_path: Path) -> None:
    words = ["merge", *[str(run)] * number, "--run", str(tmp_path / "both")]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, "two finished runs or more" in done.output) == (2, True)

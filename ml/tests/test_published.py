# ruff: noqa: E402
"""The published benchmarks on invented posts and a tiny base."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner
from safetensors.torch import load_file

from tanggap_ml.benchmarks import NUSAX_EN, NUSAX_ID, leaked_places, read_parts
from tanggap_ml.cli import main
from tanggap_ml.data import Example, read_examples
from tanggap_ml.errors import RunError
from tanggap_ml.finished import as_base, learnt_before
from tanggap_ml.loop import Loop, prepare
from tanggap_ml.model import load_encoder
from tanggap_ml.train import TrainTask, load_split, save_facts

if TYPE_CHECKING:
    from tanggap_ml.config import TrainConfig

SENTIMENT = {"complaint": "negative", "praise": "positive"}


@pytest.fixture(scope="module")
def benchmarks(data_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write invented benchmarks.

    Two test posts and a validation post of SmSA are in its train part; two test posts and a
    validation post of NusaX English are in the train part of NusaX Indonesian.
    """
    folder = tmp_path_factory.mktemp("benchmarks")
    rows = [
        json.dumps({"text": e.text, "lang": "id", "label": SENTIMENT.get(e.label, "neutral")})
        for e in read_examples(data_file)
    ]
    parts = {
        "smsa_train": rows[:100],
        "smsa_valid": rows[99:140],
        "smsa_test": [*rows[10:12], *rows[140:200]],
        "nusax_id_train": rows[200:280],
        "nusax_id_valid": rows[280:310],
        "nusax_id_test": rows[310:350],
        "nusax_en_train": rows[400:480],
        "nusax_en_valid": rows[279:280] + rows[480:510],
        "nusax_en_test": [*rows[200:202], *rows[510:550]],
    }
    for name, lines in parts.items():
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def published(benchmarks: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure the encoder of a finished run on all benchmarks."""
    folder = tmp_path_factory.mktemp("published")
    arguments = _arguments(benchmarks, run, folder)
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder


def _arguments(benchmarks: Path, base: Path, run: Path) -> list[str]:
    where = ["--base", str(base), "--benchmarks", str(benchmarks), "--run", str(run)]
    how = ["--seeds", "2", "--epochs", "2", "--max-length", "24", "--threads", "1"]
    return ["published", *where, *how]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_seed_is_run_and_summarised(published: Path) -> None:
    results = _read(published / "published.json")
    assert list(results) == ["smsa", "nusax_id", "nusax_en"]
    result = results["smsa"]
    assert [seed["seed"] for seed in result["seeds"]] == [1, 2]
    tests = [seed["test"] for seed in result["seeds"]]
    assert result["test"]["mean"] == pytest.approx(sum(tests) / 2, abs=0.01)
    assert (result["train_posts"], result["test_posts"], result["leaked"]) == (100, 62, 2)


def test_benchmarks_of_one_training_are_measured_apart(published: Path) -> None:
    results = _read(published / "published.json")
    both = [results[name] for name in ("nusax_id", "nusax_en")]
    assert [(r["train_posts"], r["test_posts"], r["leaked"]) for r in both] == [
        (160, 40, 0),
        (160, 42, 2),
    ]
    seed = _read(published / "nusax-1" / "result.json")
    assert [r["seeds"][0] for r in both] == [seed["nusax_id"], seed["nusax_en"]]


def test_a_validation_text_of_any_train_part_is_left_out(benchmarks: Path) -> None:
    parts = read_parts(benchmarks, (NUSAX_ID, NUSAX_EN))
    assert {name: len(split.validation) for name, split in parts.items()} == {
        "nusax_id": 30,
        "nusax_en": 30,
    }


def test_the_checkpoint_is_chosen_on_the_mean_of_the_validation_parts(published: Path) -> None:
    for entry in _read(published / "nusax-1" / "history.json"):
        mean = (entry["nusax_id"] + entry["nusax_en"]) / 2
        assert entry["macro_f1"] == pytest.approx(mean)


def test_the_table_puts_the_base_among_the_published_models(published: Path) -> None:
    text = (published / "published.md").read_text(encoding="utf-8")
    assert "| XLM-R base | 91.4 |" in text
    assert "**this base, unseen texts only**" in text
    assert "the 160 train posts of NusaX Indonesian and NusaX English together" in text
    assert "the 100 train posts of SmSA (batches of 32" in text
    assert text.count("every label weighing the same") == 1
    assert "posts labelled complaint, question, feedback, praise, none; then 2 epochs" in text


def test_finished_seeds_are_not_run_again_and_leave_no_weights(
    published: Path, benchmarks: Path, run: Path
) -> None:
    seed = published / "smsa-1" / "result.json"
    result = _read(seed)
    seed.write_text(json.dumps({"smsa": {**result["smsa"], "test": 12.0}}), encoding="utf-8")
    assert not list(published.glob("*-*/*.safetensors"))
    arguments = [*_arguments(benchmarks, run, published), "--only", "smsa"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    results = _read(published / "published.json")
    assert list(results) == ["smsa", "nusax_id", "nusax_en"], "a former call's results got lost"
    assert results["smsa"]["seeds"][0]["test"] == 12.0
    seed.write_text(json.dumps(result), encoding="utf-8")


@pytest.mark.parametrize(
    ("only", "keys"), [("nusax", ["nusax_id", "nusax_en"]), ("smsa", ["smsa"])]
)
def test_only_the_chosen_training_is_done(
    published: Path, benchmarks: Path, run: Path, only: str, keys: list[str]
) -> None:
    report = published / "published.json"
    before = {path: path.read_bytes() for path in published.glob("published.*")}
    report.unlink()
    arguments = [*_arguments(benchmarks, run, published), "--only", only]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert list(_read(report)) == keys
    for path, content in before.items():
        path.write_bytes(content)


def test_finished_seeds_of_other_settings_are_refused(
    published: Path, benchmarks: Path, run: Path
) -> None:
    done = CliRunner().invoke(main, [*_arguments(benchmarks, run, published), "--epochs", "3"])
    assert (done.exit_code, "belongs to other settings" in done.output) == (1, True)


def test_a_base_is_taken_as_it_is(base: Path, tmp_path: Path) -> None:
    assert as_base(base, tmp_path / "base") == base
    assert not (tmp_path / "base").exists()


def test_an_unfinished_run_is_no_base(
    config: TrainConfig, benchmarks: Path, data_file: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    prepare(config, run)
    split = load_split(config, run)
    loop = Loop(config, run, TrainTask(config, split))
    save_facts(run, split, ["a", "b"], loop.task.model, Path(config.data))
    with pytest.raises(RunError, match=r"stopped after epoch 0 of 4\. Repeat the command"):
        as_base(run, tmp_path / "base")
    loop.train_on(loop.task.batches(0)[0])
    loop.checkpoint()
    training = ["train", "--data", str(data_file), "--base", str(run), "--run", str(tmp_path / "t")]
    for arguments in (_arguments(benchmarks, run, tmp_path / "p"), training):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 1
        assert "its training stopped after epoch 0.077 of 4." in done.output
    assert not list(tmp_path.glob("*/base"))


def test_a_folder_without_an_encoder_is_no_base(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="neither a base"):
        as_base(tmp_path, tmp_path / "base")


def test_the_encoder_of_a_finished_run_keeps_what_it_learnt(run: Path, tmp_path: Path) -> None:
    target = as_base(run, tmp_path / "base")
    taken = load_encoder(target).state_dict()
    learnt = load_file(run / "best.safetensors")
    assert all(torch.equal(value, learnt[f"encoder.{name}"]) for name, value in taken.items())


def test_the_encoder_of_another_run_is_not_mixed_up(run: Path, tmp_path: Path) -> None:
    target = as_base(run, tmp_path / "base")
    assert as_base(run, target) == target
    origin = _read(target / "origin.json")
    (target / "origin.json").write_text(json.dumps({**origin, "posts": 1}), encoding="utf-8")
    with pytest.raises(RunError, match="another run"):
        as_base(run, target)


def test_what_a_base_learnt_is_told_in_order(run: Path, tmp_path: Path) -> None:
    first = as_base(run, tmp_path / "first")
    posts = _read(first / "origin.json")["posts"]
    later = shutil.copytree(run, tmp_path / "later")
    settings = _read(later / "config.json")
    (later / "config.json").write_text(json.dumps({**settings, "base": str(first)}))
    once = f"{posts} posts labelled {', '.join(_read(first / 'origin.json')['labels'])}"
    assert learnt_before(first) == once
    assert learnt_before(as_base(later, tmp_path / "second")) == f"{once}, then on {once}"


def test_a_leak_is_found_whatever_its_case_and_marks() -> None:
    test = [Example("1", "Makasih, mantap!", "x"), Example("2", "makasih ya", "x")]
    assert leaked_places(test, ["@user makasih mantap"]) == {0}


def test_a_benchmark_nobody_knows_is_a_usage_error(tmp_path: Path) -> None:
    where = ["--base", "b", "--benchmarks", "c", "--run", str(tmp_path)]
    done = CliRunner().invoke(main, ["published", *where, "--only", "imdb"])
    assert (done.exit_code, "choose from smsa" in done.output) == (2, True)

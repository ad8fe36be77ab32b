"""The published benchmarks on invented posts and a tiny base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner

from tanggap_ml.cli import main
from tanggap_ml.data import Example, read_examples
from tanggap_ml.published import leaked_places

SENTIMENT = {"complaint": "negative", "praise": "positive"}


@pytest.fixture(scope="module")
def benchmarks(data_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a SmSA of invented posts; two test posts and one validation post are in train."""
    folder = tmp_path_factory.mktemp("benchmarks")
    rows = [
        json.dumps({"text": e.text, "lang": "id", "label": SENTIMENT.get(e.label, "neutral")})
        for e in read_examples(data_file)
    ]
    parts = {"train": rows[:400], "valid": rows[399:460], "test": [*rows[10:12], *rows[460:580]]}
    for part, lines in parts.items():
        (folder / f"smsa_{part}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(benchmarks: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    done = CliRunner().invoke(main, _arguments(benchmarks, base, folder), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder


def _arguments(benchmarks: Path, base: Path, run: Path) -> list[str]:
    where = ["--base", str(base), "--benchmarks", str(benchmarks), "--run", str(run)]
    how = ["--seeds", "2", "--epochs", "2", "--max-length", "24", "--threads", "1"]
    return ["published", *where, *how, "--only", "smsa"]


def test_every_seed_is_run_and_summarised(run: Path) -> None:
    result = json.loads((run / "published.json").read_text(encoding="utf-8"))["smsa"]
    assert [seed["seed"] for seed in result["seeds"]] == [1, 2]
    tests = [seed["test"] for seed in result["seeds"]]
    assert result["test"]["mean"] == pytest.approx(sum(tests) / 2, abs=0.01)
    assert (result["test_posts"], result["leaked"]) == (122, 2)


def test_the_table_puts_the_base_among_the_published_models(run: Path) -> None:
    text = (run / "published.md").read_text(encoding="utf-8")
    assert "| XLM-R base | 91.4 |" in text
    assert "**this base, unseen texts only**" in text


def test_finished_seeds_are_not_run_again_and_leave_no_weights(
    run: Path, benchmarks: Path, base: Path
) -> None:
    seed = run / "smsa-1" / "result.json"
    result = json.loads(seed.read_text(encoding="utf-8"))
    seed.write_text(json.dumps({**result, "test": 12.0}), encoding="utf-8")
    assert not list(run.glob("*/*.safetensors"))
    report = run / "published.json"
    results = json.loads(report.read_text(encoding="utf-8"))
    report.write_text(json.dumps({"nusax_en": results["smsa"], **results}), encoding="utf-8")
    assert CliRunner().invoke(main, _arguments(benchmarks, base, run)).exit_code == 0
    results = json.loads(report.read_text(encoding="utf-8"))
    assert list(results) == ["smsa", "nusax_en"], "a benchmark of a former call got lost"
    assert results["smsa"]["seeds"][0]["test"] == 12.0
    seed.write_text(json.dumps(result), encoding="utf-8")


def test_a_leak_is_found_whatever_its_case_and_marks() -> None:
    test = [Example("1", "Makasih, mantap!", "x"), Example("2", "makasih ya", "x")]
    assert leaked_places(test, ["@user makasih mantap"]) == {0}


def test_a_benchmark_nobody_knows_is_a_usage_error(tmp_path: Path) -> None:
    where = ["--base", "b", "--benchmarks", "c", "--run", str(tmp_path)]
    done = CliRunner().invoke(main, ["published", *where, "--only", "imdb"])
    assert (done.exit_code, "choose from smsa" in done.output) == (2, True)

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("altair", reason="altair is not installed: pip install -e ml")

from click.testing import CliRunner

from tanggap.classifier import load_bundle
from tanggap_ml.cli import main
from tanggap_ml.commands.measuring import NOT_BETTER
from tanggap_ml.data import read_examples
from tanggap_ml.errors import DataError
from tanggap_ml.evaluate import Report, evaluate
from tanggap_ml.report import as_markdown, write_report

SHIPPED = Path(__file__).parents[2] / "models" / "default"


@pytest.fixture(scope="module")
def small_file(data_file: Path) -> Path:
    path = data_file.with_name("small.jsonl")
    lines = data_file.read_text(encoding="utf-8").splitlines()[:120]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(small_file: Path) -> Report:
    return evaluate(load_bundle(SHIPPED, threads=1), read_examples(small_file))


def test_every_score_lies_in_its_interval(report: Report) -> None:
    for scores in [*report["by_language"].values(), *report["by_source"].values()]:
        for name in ("accuracy", "macro_f1"):
            low, high = scores[f"{name}_interval"]  # type: ignore[literal-required]
            assert low <= scores[name] <= high  # type: ignore[literal-required]
            assert 0 <= low <= high <= 1
    low, high = report["by_language"]["all"]["accuracy_interval"]
    assert high - low > 0.01


def test_posts_of_a_source_called_all_are_told_apart_from_all_posts(small_file: Path) -> None:
    posts = read_examples(small_file)[:40]
    named = [replace(post, source="all", language="") for post in posts[:10]]
    by_source = evaluate(load_bundle(SHIPPED, threads=1), [*named, *posts[10:]])["by_source"]
    counts = {key: scores["posts"] for key, scores in by_source.items()}
    assert counts == {"all": 40, '"all"': 10, "invented": 30}
    low, high = by_source['"all"']["accuracy_interval"]
    assert low <= by_source['"all"']["accuracy"] <= high


def test_coverage_ends_at_the_accuracy_of_all_posts(report: Report) -> None:
    assert report["coverage"][-1] == {
        "coverage": 1.0,
        "accuracy": report["by_language"]["all"]["accuracy"],
    }
    assert sum(row["posts"] for row in report["reliability"]) == 120


def test_the_hardest_errors_are_wrong_and_the_surest_come_first(report: Report) -> None:
    assert report["hardest"]
    assert all(mistake["gold"] != mistake["given"] for mistake in report["hardest"])
    sureness = [mistake["confidence"] for mistake in report["hardest"]]
    assert sureness == sorted(sureness, reverse=True)


def test_a_report_folder_holds_figures_text_and_the_pictures_it_links(
    report: Report, tmp_path: Path
) -> None:
    write_report(report, tmp_path / "out", "small.jsonl")
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "on small.jsonl" in text
    for name in ("confusion-all.png", "confusion-id.png", "reliability.png", "coverage.png"):
        assert f"]({name})" in text
        assert (tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG")


def test_marks_in_a_post_do_not_break_the_table(report: Report) -> None:
    mistake = {**report["hardest"][0], "text": "a | b <NUM> *c*"}
    text = as_markdown({**report, "hardest": [mistake]}, "x", {})  # type: ignore[list-item]
    assert text.splitlines()[-1].endswith("| a \\| b \\<NUM\\> \\*c\\* |")


def test_a_label_the_bundle_lacks_is_refused(small_file: Path) -> None:
    examples = read_examples(small_file)
    import dataclasses

    odd = [dataclasses.replace(examples[0], label="gripe")]
    with pytest.raises(DataError, match="gripe"):
        evaluate(load_bundle(SHIPPED, threads=1), odd)


def test_json_on_the_command_line_is_nothing_but_json(small_file: Path) -> None:
    arguments = ["evaluate", str(SHIPPED), "--data", str(small_file), "--json"]
    done = CliRunner().invoke(main, arguments)
    assert json.loads(done.stdout)["version"]


def test_a_bundle_is_no_better_than_itself(small_file: Path) -> None:
    arguments = ["compare", str(SHIPPED), str(SHIPPED), "--data", str(small_file)]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, "no difference that 120 posts" in done.stdout) == (0, True)
    assert CliRunner().invoke(main, [*arguments, "--must-be-better"]).exit_code == NOT_BETTER
    values = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)
    assert values["verdict"] == "same"

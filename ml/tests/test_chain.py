# ruff: noqa: E402
"""The whole chain with a tiny base: train, stop, resume, export, serve, recalibrate."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner

from tanggap.classifier import LABELS, load_bundle, read_manifest
from tanggap_ml.card import write_card
from tanggap_ml.cli import main
from tanggap_ml.config import TrainConfig
from tanggap_ml.errors import DataError, RunError
from tanggap_ml.loop import STATE_FILE, Loop
from tanggap_ml.train import TrainTask, load_split, train


@pytest.fixture(scope="session")
def bundle(run: Path) -> Path:
    out = run.parent / "bundle"
    arguments = ["export", "--run", str(run), "--out", str(out), "--base-name", "tiny"]
    done = CliRunner().invoke(main, [*arguments, "--precision", "0.9"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return out


def test_training_learns_and_keeps_its_best_weights(run: Path) -> None:
    history = json.loads((run / "history.json").read_text(encoding="utf-8"))
    assert history[-1]["epoch"] == 4.0
    assert max(entry["macro_f1"] for entry in history) > 0.9
    assert TrainConfig.load(run).layers == (1, 3)


def test_an_interrupted_run_goes_on_where_it_stopped(config: TrainConfig, tmp_path: Path) -> None:
    split = load_split(config, tmp_path)
    loop = Loop(config, tmp_path, TrainTask(config, split))
    for batch in loop.task.batches(0)[:3]:
        loop.train_on(batch)
    loop.checkpoint()

    later = Loop(config, tmp_path, TrainTask(config, split))
    assert later.resume()
    assert later.step == 3
    for left, right in zip(
        loop.task.model.state_dict().values(),
        later.task.model.state_dict().values(),
        strict=True,
    ):
        assert torch.equal(left, right)


def test_a_run_folder_of_other_settings_is_refused(config: TrainConfig, run: Path) -> None:
    assert (run / STATE_FILE).is_file()
    with pytest.raises(RunError, match="other settings"):
        train(dataclasses.replace(config, epochs=9), run)


def test_layers_that_the_base_lacks_are_refused(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="layers 0 to 3"):
        train(dataclasses.replace(config, layers=(1, 11)), tmp_path)


def test_posts_that_leave_nothing_to_measure_on_are_refused(
    config: TrainConfig, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="a test part"):
        train(dataclasses.replace(config, test=0.0), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("labels", "told"),
    [(["praise"], "There are 1 labels"), (["Buy", "buy", "ask"], "“Buy” and “buy” differ only")],
)
def test_labels_that_are_none_to_learn_are_refused(
    config: TrainConfig, tmp_path: Path, labels: list[str], told: str
) -> None:
    data, run = tmp_path / "posts.jsonl", tmp_path / "run"
    rows = [
        {**json.loads(line), "label": labels[number % len(labels)]}
        for number, line in enumerate(Path(config.data).read_text(encoding="utf-8").splitlines())
    ]
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        train(dataclasses.replace(config, data=str(data)), run)
    assert not run.exists()


def test_a_data_file_that_changed_since_is_refused(
    config: TrainConfig, run: Path, tmp_path: Path
) -> None:
    data = tmp_path / "posts.jsonl"
    lines = Path(config.data).read_text(encoding="utf-8").splitlines()
    moved = dataclasses.replace(config, data=str(data))
    shutil.copyfile(config.data, data)
    assert load_split(moved, run) == load_split(config, run)
    data.write_text("\n".join(reversed(lines)), encoding="utf-8")
    with pytest.raises(RunError, match="has changed since"):
        load_split(moved, run)


def test_a_base_is_not_taken_for_a_run(base: Path) -> None:
    with pytest.raises(RunError, match="not that of a run"):
        TrainConfig.load(base)


def test_notes_that_cannot_be_read_are_named(run: Path, tmp_path: Path) -> None:
    notes, out = tmp_path / "notes.md", tmp_path / "out"
    arguments = ["export", "--run", str(run), "--out", str(out), "--notes", str(notes)]
    missing = CliRunner().invoke(main, arguments)
    assert missing.exit_code == 1
    assert f"{notes}: No such file" in missing.output
    notes.write_bytes(b"caf\xe9")
    latin = CliRunner().invoke(main, arguments)
    assert latin.exit_code == 1
    assert f"{notes}: is not UTF-8" in latin.output


def test_the_exported_bundle_is_served_by_the_core(bundle: Path) -> None:
    classifier = load_bundle(bundle, threads=1)
    assert classifier.labels == LABELS
    texts = ["kata1 kata2 internet mati terus kata3", "kata5 great crew thank you kata6", "!!!"]
    verdicts = classifier.classify(texts)
    assert [v.label for v in verdicts] == ["complaint", "praise", "none"]
    assert [v.language for v in verdicts[:2]] == ["id", "en"]
    long = classifier.classify(["cara daftar gimana " * 40])[0]
    assert long.label == "question"


def test_int8_agrees_with_torch(run: Path, bundle: Path) -> None:
    assert bundle.is_dir()
    parity = json.loads((run / "parity.json").read_text(encoding="utf-8"))
    assert parity["same_label"] >= 0.95
    assert parity["macro_f1_int8"]["all"] >= parity["macro_f1_torch"]["all"] - 0.05


def test_every_figure_of_the_card_is_in_the_files_of_the_run(run: Path, bundle: Path) -> None:
    card = (bundle / "MODEL_CARD.md").read_text(encoding="utf-8")
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    baseline = json.loads((run / "baseline.json").read_text(encoding="utf-8"))
    for key, scores in report["by_language"].items():
        row = next(line for line in card.splitlines() if line.startswith(f"| {key} |"))
        assert f"{scores['macro_f1']:.3f}" in row
        assert f"{baseline[key]['macro_f1']:.3f}" in row
    assert json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["version"] in card
    invariance = json.loads((run / "invariance.json").read_text(encoding="utf-8"))
    assert f"{invariance['surface']['unchanged']:.1%} keep their label" in card
    for point in report["coverage"]:
        if point["coverage"] in (0.5, 1.0):
            assert f"| {point['coverage']:.0%} | {point['accuracy']:.1%} |" in card


def test_the_card_shows_published_benchmarks_where_the_run_has_them(
    run: Path, bundle: Path, tmp_path: Path
) -> None:
    seeds = [{"seed": 1, "validation": 90.0, "test": 91.5, "test_unseen": 91.0}]
    summary = {"mean": 91.5, "spread": 0.3}
    result = {
        "title": "SmSA",
        "training": "Fine-tuned for four epochs.",
        "train_posts": 11000,
        "test_posts": 500,
        "leaked": 0,
        "seeds": seeds,
        "test": summary,
        "test_unseen": summary,
        "published": {"XLM-R base": 91.4},
    }
    for name in ("config", "facts", "history", "report", "parity"):
        shutil.copy(run / f"{name}.json", tmp_path)
    (tmp_path / "published.json").write_text(json.dumps({"smsa": result}), encoding="utf-8")
    shutil.copytree(bundle, tmp_path / "bundle")
    write_card(tmp_path, tmp_path / "bundle", "Our notes.")
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "Fine-tuned for four epochs. 1 seeds, measured on 500 posts" in card
    assert "| **this base** | **91.5** ± 0.3 |\n| XLM-R base | 91.4 |" in card
    assert "Our notes." in card


def test_evaluate_prints_a_report(bundle: Path, data_file: Path) -> None:
    arguments = ["evaluate", str(bundle), "--data", str(data_file)]
    table = CliRunner().invoke(main, arguments)
    assert "by language" in table.output
    assert table.exit_code == 0


def test_calibrate_makes_a_bundle_with_a_version_of_its_own(
    bundle: Path, data_file: Path, tmp_path: Path
) -> None:
    before, out = read_manifest(bundle), tmp_path / "recalibrated"
    arguments = ["calibrate", str(bundle), "--data", str(data_file), "--out", str(out)]
    done = CliRunner().invoke(main, [*arguments, "--precision", "0.5"])
    assert done.exit_code == 0, done.output
    after = load_bundle(out)
    assert after.thresholds["complaint"] == 0.3
    assert after.version != before.version
    assert read_manifest(bundle) == before
    values = json.loads((out / "bundle.json").read_text(encoding="utf-8"))
    assert values["recalibrated_from"]["version"] == before.version
    assert f"{before.version} with temperature" in (out / "MODEL_CARD.md").read_text("utf-8")
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 1
    assert "name a new folder" in again.output


def test_calibrate_wants_a_bundle(run: Path, data_file: Path, tmp_path: Path) -> None:
    arguments = ["calibrate", str(run), "--data", str(data_file), "--out", str(tmp_path / "o")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert f"{run / 'bundle.json'}" in done.output
    assert "tanggap-ml train" not in done.output


def test_calibrate_wants_enough_posts_of_known_labels(bundle: Path, tmp_path: Path) -> None:
    few, strange = tmp_path / "few.jsonl", tmp_path / "strange.jsonl"
    few.write_text('{"text": "internet mati", "label": "complaint", "lang": "id"}\n')
    strange.write_text('{"text": "internet mati", "label": "refund", "lang": "id"}\n')
    for data, message in ((few, "1 labelled posts; 100"), (strange, "'refund'")):
        arguments = ["calibrate", str(bundle), "--data", str(data), "--out", str(tmp_path / "o")]
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 1
        assert message in done.output
        assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "nowhere", "--data", "posts.jsonl"], "bundle.json: cannot be read"),
        (["export", "--run", "nowhere", "--out", "out"], "config.json: no such file"),
        (["train", "--data", "d.jsonl", "--base", "b", "--run", "r"], "b: neither a base"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert message in done.output
    assert "Traceback" not in done.output

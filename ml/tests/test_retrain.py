# ruff: noqa: E402
"""Going on from a bundle: its weights read back, corrections learnt, nothing forgotten."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

import onnx
from click.testing import CliRunner
from safetensors.torch import load_file

from tanggap.classifier import fingerprint, load_bundle, read_manifest
from tanggap_ml.cli import main
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import read_examples
from tanggap_ml.errors import DataError, RunError
from tanggap_ml.evaluate import evaluate
from tanggap_ml.gate import pass_gate
from tanggap_ml.pack import PackOptions, pack, write_manifest
from tanggap_ml.retrain import RetrainConfig, RetrainTask, Sources, retrain
from tanggap_ml.split import Split
from tanggap_ml.start import make_start
from tanggap_ml.train import load_split

pytestmark = pytest.mark.slow

SETTINGS = {
    "epochs": 8,
    "learning_rate": 1e-3,
    "head_learning_rate": 5e-3,
    "vary_rate": 0.0,
    "hide_rate": 0.0,
    "threads": 1,
}
FILLERS = [f"kata{n}" for n in range(60)]
PHRASES = {
    "complaint": ["internet mati terus", "app keeps crashing", "lemot parah"],
    "question": ["cara daftar gimana", "how do i sign up"],
    "feedback": ["tolong tambah menu baru", "please add dark mode"],
    "praise": ["makasih mantap sekali", "great crew thank you"],
    "none": ["wkwk iya bro", "laba perusahaan naik", "followback ya kak"],
}
TURNED = "wkwk iya bro"
"""A phrase that the first bundle takes for noise and that people call praise from now on."""


@pytest.fixture(scope="module")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "first"
    pack(run, out, PackOptions(base_name="tiny", licence="ours", baseline=False))
    return out


def write(path: Path, labels: dict[str, str], count: int, seed: int) -> Path:
    """Write posts as the inbox exports them: phrases with these labels, among other words.

    Every third one is what people see differently, if it is among them.
    """
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        turned = TURNED in labels and number % 3 == 0
        phrase = TURNED if turned else chance.choice(sorted(labels))
        words = chance.sample(FILLERS, 4)
        rows.append(
            {
                "id": f"{seed}-{number}",
                "text": f"{words[0]} {phrase} {' '.join(words[1:])}",
                "label": labels[phrase],
                "lang": "id",
                "author": f"author-{seed}-{number % 50}",
            }
        )
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("corrections")
    known = {phrase: label for label, phrases in PHRASES.items() for phrase in phrases}
    turned = {**known, TURNED: "praise"}
    return {
        "corrections": write(folder / "train.jsonl", turned, 150, 1),
        "gate": write(folder / "gate.jsonl", turned, 400, 2),
        "old": write(folder / "old.jsonl", known, 200, 3),
    }


@pytest.fixture(scope="module")
def candidate(
    bundle: Path, files: dict[str, Path], data_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("retrained")
    sources = Sources(
        bundle=bundle, corrections=files["corrections"], gate=files["gate"], data=data_file,
        replay=200,
    )  # fmt: skip
    gathered, comparison = retrain(sources, folder / "work", folder / "candidate", **SETTINGS)
    assert gathered.corrections > 100
    assert gathered.replay > 100
    assert comparison.posts == 400
    return folder / "candidate"


def test_start_is_the_same_from_the_run_and_from_the_bundle(
    run: Path, bundle: Path, tmp_path: Path
) -> None:
    from_run = make_start(tmp_path / "a", bundle, run)
    read_back = make_start(tmp_path / "b", bundle, None)
    assert (from_run.labels, from_run.layers) == (read_back.labels, read_back.layers)
    left, right = (load_file(start.folder / "model.safetensors") for start in (from_run, read_back))
    assert left.keys() == right.keys()
    assert make_start(tmp_path / "b", bundle, None) == read_back


def test_posts_of_one_of_the_owners_labels_are_learnt_from(
    config: TrainConfig, run: Path, bundle: Path, tmp_path: Path
) -> None:
    start = make_start(tmp_path, bundle, None)
    own = replace(start, labels=("cancel", "order", "price", "refund", "where"))
    posts = [replace(e, label="refund") for e in load_split(config, run).train[:40]]
    shape: dict[str, Any] = {"data": "", "base": str(start.folder), "layers": (0, 1)}
    settings = RetrainConfig(**shape, bundle_sha256="", data_sha256="")
    task = RetrainTask(settings, Split(posts, posts[:9], posts[:9]), own)
    assert task.loss(task.batches(0)[0]).isfinite()
    assert task.measure()["macro_f1"] >= 0


def test_run_of_another_bundle_is_refused(run: Path, bundle: Path, tmp_path: Path) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    weights = load_file(other / "best.safetensors")
    weights["label_head.weight"] = -weights["label_head.weight"]
    from safetensors.torch import save_file

    save_file(weights, other / "best.safetensors")
    with pytest.raises(RunError, match="something else than the bundle"):
        make_start(tmp_path / "start", bundle, other)
    with pytest.raises(RunError, match=r"facts\.json"):
        make_start(tmp_path / "start", bundle, tmp_path)


def test_bundle_of_another_exporter_says_what_to_do(bundle: Path, tmp_path: Path) -> None:
    other = shutil.copytree(bundle, tmp_path / "other")
    model = onnx.load(str(other / "model.onnx"))
    model.producer_name = "somebody"
    onnx.save(model, str(other / "model.onnx"))
    values = json.loads((other / "bundle.json").read_text(encoding="utf-8"))
    write_manifest(other, values)
    with pytest.raises(RunError, match="--run"):
        make_start(tmp_path / "start", other, None)


def test_candidate_has_learnt_what_people_said_and_forgot_nothing(
    bundle: Path, candidate: Path, files: dict[str, Path]
) -> None:
    before, after = load_bundle(bundle), load_bundle(candidate)
    text = f"kata1 {TURNED} kata5 kata7"
    assert before.classify([text])[0].label == "none"
    assert after.classify([text])[0].label == "praise"
    old = [e for e in read_examples(files["old"]) if TURNED not in e.text]
    verdicts = after.classify([e.text for e in old])
    right = sum(v.label == e.label for v, e in zip(verdicts, old, strict=True))
    assert right / len(old) > 0.9


def test_candidate_keeps_what_the_owner_decided(bundle: Path, candidate: Path) -> None:
    before, after = read_manifest(bundle), read_manifest(candidate)
    assert after.labels == before.labels
    assert (after.licence, after.base_model) == ("ours", "tiny")
    assert after.version != before.version
    assert after.thresholds == before.thresholds  # too few posts to fit new ones
    values = json.loads((candidate / "bundle.json").read_text(encoding="utf-8"))
    assert values["retrained_from"]["version"] == before.version
    assert "Trained on from" in (candidate / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_card_of_a_candidate_tells_what_its_kept_thresholds_do(candidate: Path) -> None:
    work = candidate.parent / "work"
    told = json.loads((work / "report.json").read_text(encoding="utf-8"))
    split = load_split(TrainConfig.load(work), work)
    served = evaluate(load_bundle(candidate), split.test)
    figures = ("calibration_error", "sent_to_a_human", "accuracy_above_threshold")
    assert {name: told[name] for name in figures} == {name: served[name] for name in figures}
    metrics = read_manifest(candidate).metrics
    assert metrics["calibration_error"] == served["calibration_error"]


def test_comparison_binds_both_bundles_and_the_gate_set(
    bundle: Path, candidate: Path, files: dict[str, Path]
) -> None:
    values = json.loads((candidate / "comparison.json").read_text(encoding="utf-8"))
    assert values["verdict"] == "better"
    assert values["baseline"]["sha256"] == fingerprint(bundle)
    assert values["candidate"]["sha256"] == fingerprint(candidate)
    assert values["gate"]["posts"] == 400
    again = pass_gate(bundle, candidate, files["gate"])
    assert again.verdict == "better"


def test_what_resembles_the_gate_set_is_not_learnt(
    bundle: Path, files: dict[str, Path], data_file: Path, tmp_path: Path
) -> None:
    leaked = tmp_path / "leaked.jsonl"
    gate_lines = files["gate"].read_text(encoding="utf-8").splitlines()
    rows = [{**json.loads(line), "id": f"leak-{n}"} for n, line in enumerate(gate_lines[:100])]
    lines = [json.dumps(row) for row in rows]
    text = files["corrections"].read_text(encoding="utf-8")
    leaked.write_text("\n".join([*lines, text]), encoding="utf-8")
    sources = Sources(bundle=bundle, corrections=leaked, gate=files["gate"], data=data_file)
    gathered, _ = retrain(sources, tmp_path / "work", tmp_path / "out", **{**SETTINGS, "epochs": 1})
    assert gathered.like_the_gate >= 100
    learnt = (tmp_path / "work" / "data.jsonl").read_text(encoding="utf-8")
    assert not any(json.loads(line)["text"] in learnt for line in lines)


def test_labels_the_bundle_lacks_are_refused(
    bundle: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    strange = write(tmp_path / "x.jsonl", {"apa saja": "refund"}, 80, 9)
    sources = Sources(bundle=bundle, corrections=strange, gate=files["gate"])
    with pytest.raises(DataError, match="tanggap-ml train"):
        retrain(sources, tmp_path / "work", tmp_path / "out")


def test_too_few_posts_are_refused(bundle: Path, files: dict[str, Path], tmp_path: Path) -> None:
    few = write(tmp_path / "x.jsonl", {TURNED: "praise"}, 10, 9)
    sources = Sources(bundle=bundle, corrections=few, gate=files["gate"])
    with pytest.raises(DataError, match="Label more posts"):
        retrain(sources, tmp_path / "work", tmp_path / "out")


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_command_learns_with_unlabelled_posts_and_goes_on_where_it_stopped(
    bundle: Path, files: dict[str, Path], pool: Path, tmp_path: Path
) -> None:
    arguments = (
        *("retrain", "--bundle", bundle, "--corrections", files["corrections"]),
        *("--gate", files["gate"], "--pool", pool, "--work", tmp_path / "work"),
        *("--out", tmp_path / "out", "--epochs", 2, "--learning-rate", 1e-3, "--threads", 1),
    )
    done = invoke(*arguments)
    assert done.exit_code in (0, 3), done.output
    history = (tmp_path / "work" / "history.json").read_text(encoding="utf-8")
    assert json.loads(history)[0]["epoch"] == 0  # what was known already
    assert invoke(*arguments).exit_code == done.exit_code
    assert (tmp_path / "work" / "history.json").read_text(encoding="utf-8") == history
    changed = write(tmp_path / "other.jsonl", {TURNED: "praise"}, 90, 5)
    other = [changed if part == files["corrections"] else part for part in arguments]
    refused = invoke(*other)
    assert refused.exit_code == 1
    assert "use a new folder for --work" in refused.output


def test_gate_command_ends_with_3_for_a_worse_candidate(
    bundle: Path, candidate: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    worse = shutil.copytree(bundle, tmp_path / "worse")
    done = invoke("gate", candidate, worse, "--data", files["gate"])
    assert done.exit_code == 3
    assert "is worse than" in done.output
    assert json.loads((worse / "comparison.json").read_text("utf-8"))["verdict"] == "worse"


def test_bundles_with_different_labels_are_not_compared(
    bundle: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    other = shutil.copytree(bundle, tmp_path / "other")
    values = json.loads((other / "bundle.json").read_text(encoding="utf-8"))
    renamed = ["refund", *values["labels"][1:]]
    thresholds = dict(zip(renamed, values["thresholds"].values(), strict=True))
    values |= {"labels": renamed, "thresholds": thresholds}
    (other / "bundle.json").write_text(json.dumps(values), encoding="utf-8")
    done = invoke("gate", bundle, other, "--data", files["gate"])
    assert done.exit_code == 1
    assert "--force" in done.output


def test_bundles_that_differ_have_versions_of_their_own(
    run: Path, bundle: Path, tmp_path: Path
) -> None:
    again = shutil.copytree(bundle, tmp_path / "again")
    options = PackOptions(licence="ours", base_name="tiny", baseline=False)
    pack(run, again, options)
    assert fingerprint(again) == fingerprint(bundle)
    pack(run, tmp_path / "theirs", replace(options, licence="theirs"))
    assert read_manifest(tmp_path / "theirs").version != read_manifest(bundle).version
    names = tmp_path / "names.json"
    versions = {read_manifest(again).version}
    for name in ("Praise", "Thanks"):
        names.write_text(json.dumps({"praise": {"en": name}}), encoding="utf-8")
        assert invoke("name-labels", again, "--names", names).exit_code == 0
        versions.add(read_manifest(again).version)
        card = (again / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert card.startswith(f"# Model card: {read_manifest(again).version}")
    assert len(versions) == 3


def test_export_that_is_repeated_on_a_later_day_gives_the_same_bundle(
    run: Path, bundle: Path, tmp_path: Path
) -> None:
    again = shutil.copytree(bundle, tmp_path / "again")
    values = json.loads((again / "bundle.json").read_text(encoding="utf-8"))
    earlier = write_manifest(again, {**values, "created": "2025-01-31T23:00:00+00:00"})
    pack(run, again, PackOptions(licence="ours", base_name="tiny", baseline=False))
    assert read_manifest(again).version == earlier["version"]
    assert earlier["version"].startswith("2025.01.31-")
    assert earlier["version"] in (again / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_labels_of_a_damaged_bundle_are_not_named(bundle: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(bundle, tmp_path / "damaged")
    with (damaged / "model.onnx").open("ab") as file:
        file.write(b"x")
    names = tmp_path / "names.json"
    names.write_text('{"praise": {"en": "Praise"}}', encoding="utf-8")
    refused = invoke("name-labels", damaged, "--names", names)
    assert refused.exit_code == 1
    assert "sha256" in refused.output
    assert fingerprint(damaged) == fingerprint(bundle)


def test_labels_get_names_for_people(bundle: Path, tmp_path: Path) -> None:
    named = shutil.copytree(bundle, tmp_path / "named")
    names = tmp_path / "names.json"
    names.write_text('{"praise": {"id": "Pujian", "en": "Praise"}}', encoding="utf-8")
    assert invoke("name-labels", named, "--names", names).exit_code == 0
    assert read_manifest(named).label_names["praise"]["id"] == "Pujian"
    for wrong in ('{"lovely": {"id": "x"}}', "[1]", "{"):
        names.write_text(wrong, encoding="utf-8")
        refused = invoke("name-labels", named, "--names", names)
        assert refused.exit_code == 1
        assert read_manifest(named).label_names["praise"]["id"] == "Pujian"

# ruff: noqa: E402
"""What teachers say of posts: runs, bundles, and a linear model over words."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner

from tanggap.classifier import load_bundle
from tanggap_ml.cli import main
from tanggap_ml.config import TrainConfig
from tanggap_ml.data import Example
from tanggap_ml.errors import RunError
from tanggap_ml.pack import PackOptions, pack
from tanggap_ml.teachers import Faculty
from tanggap_ml.train import load_split, read_facts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "taught"
    pack(run, out, PackOptions(baseline=False))
    return out


@pytest.fixture
def labelled(run: Path) -> list[Example]:
    return load_split(TrainConfig.load(run), run).train


@pytest.fixture
def labels(run: Path) -> tuple[str, ...]:
    return tuple(read_facts(run)["labels"])


def test_a_bundle_says_as_a_teacher_what_it_says_when_served(
    bundle: Path, labels: tuple[str, ...], labelled: list[Example], tmp_path: Path
) -> None:
    texts = [e.text for e in labelled[:20]]
    said, languages = Faculty((bundle,), labels).opinions(texts, labelled[:20], tmp_path)
    served = load_bundle(bundle).classify(texts)
    expected = [[v.probabilities[label] for label in labels] for v in served]
    assert said == pytest.approx(np.array(expected), abs=2e-3)
    assert languages.sum(axis=1) == pytest.approx(np.ones(20), abs=2e-3)


def test_teachers_words_count_alike(
    run: Path, bundle: Path, labels: tuple[str, ...], labelled: list[Example], tmp_path: Path
) -> None:
    texts = [e.text for e in labelled[:8]]
    for name in ("a", "b", "both"):
        (tmp_path / name).mkdir()
    one, two, both = (
        Faculty(who, labels).opinions(texts, labelled[:8], tmp_path / name)[0]
        for name, who in (("a", (run,)), ("b", (bundle,)), ("both", (run, bundle)))
    )
    assert both == pytest.approx((one + two) / 2, abs=1e-6)


def test_the_linear_model_judges_a_labelled_post_by_the_others(
    run: Path, labels: tuple[str, ...], labelled: list[Example], tmp_path: Path
) -> None:
    place = next(n for n, e in enumerate(labelled) if e.label == "praise")
    odd = dataclasses.replace(labelled[place], label="complaint")
    examples = [*labelled[:place], odd, *labelled[place + 1 :]]
    texts = [*(e.text for e in examples), "bagus banget ya"]
    Faculty((run,), labels, linear=True).opinions(texts, examples, tmp_path)
    with np.load(tmp_path / "said-linear.npz") as arrays:
        said = arrays["labels"]
    assert labels[said[place].argmax()] == "praise"
    assert labels[said[-1].argmax()] == "praise"


def test_the_linear_model_gives_no_chance_to_a_label_that_no_post_bears(
    run: Path, labels: tuple[str, ...], labelled: list[Example], tmp_path: Path
) -> None:
    borne = [e for e in labelled if e.label != "none"]
    texts = [*(e.text for e in borne), "bagus banget ya"]
    Faculty((run,), labels, linear=True).opinions(texts, borne, tmp_path)
    with np.load(tmp_path / "said-linear.npz") as arrays:
        said = arrays["labels"]
    assert not said[:, labels.index("none")].any()
    assert labels[said[-1].argmax()] == "praise"


def test_who_was_asked_is_not_asked_again(
    run: Path, labels: tuple[str, ...], labelled: list[Example], tmp_path: Path
) -> None:
    faculty, texts = Faculty((run,), labels), [e.text for e in labelled[:5]]
    first, _ = faculty.opinions(texts, labelled[:5], tmp_path)
    np.savez(tmp_path / "said-1.npz", labels=first[::-1], languages=np.ones((5, 2)))
    again, _ = faculty.opinions(texts, labelled[:5], tmp_path)
    assert again == pytest.approx(first[::-1])
    with pytest.raises(RunError, match="belongs to other posts"):
        faculty.opinions(texts[1:], labelled[1:5], tmp_path)


def test_a_teacher_of_other_labels_is_refused(
    run: Path, bundle: Path, labels: tuple[str, ...]
) -> None:
    for teacher in (run, bundle):
        with pytest.raises(RunError, match="Choose teachers of the same labels"):
            Faculty((teacher,), (*labels[1:], "spam")).check()


def test_nobody_is_asked_before_all_teachers_are_found(
    run: Path, pool: Path, tmp_path: Path
) -> None:
    words = ["distill", "--teacher", str(run), "--teacher", str(tmp_path / "gone")]
    folder = ["--posts", str(pool), "--layers", "0", "--run", str(tmp_path / "s")]
    done = CliRunner().invoke(main, [*words, *folder])
    assert done.exit_code == 1
    assert "gone" in done.output
    assert not (tmp_path / "s").exists()


def test_a_linear_model_alone_cannot_teach(
    labels: tuple[str, ...], labelled: list[Example], tmp_path: Path
) -> None:
    texts = [e.text for e in labelled]
    with pytest.raises(RunError, match="no teacher knows languages"):
        Faculty((), labels, linear=True).opinions(texts, labelled, tmp_path)


def test_a_bundle_goes_on_learning_from_its_teachers(
    run: Path, bundle: Path, pool: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "student"
    words = ["distill", "--teacher", str(run), "--teacher", str(bundle), "--linear"]
    words += ["--start", str(bundle), "--posts", str(pool), "--run", str(folder)]
    speed = ["--epochs", "1", "--learning-rate", "0.001", "--batch-size", "32", "--threads", "1"]
    done = CliRunner().invoke(main, [*words, *speed], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    assert history[0]["step"] == 0
    assert history[-1]["macro_f1"] > 0.9
    assert TrainConfig.load(folder).layers == (0, 1)
    pack(folder, tmp_path / "made", PackOptions(baseline=False))
    card = (tmp_path / "made" / "MODEL_CARD.md").read_text(encoding="utf-8")
    version = load_bundle(bundle).version
    told = f"layers of {version}, which went on learning what 2 teachers and a linear model over"
    assert told in card
    assert {path.name for path in folder.glob("said-*")} == {
        "said-1.npz", "said-2.npz", "said-linear.npz",
    }  # fmt: skip
    refused = CliRunner().invoke(main, [*words, *speed, "--layers", "0"])
    assert refused.exit_code == 2
    assert "keeps its layers" in refused.output

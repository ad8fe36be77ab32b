# ruff: noqa: E402
"""Adaptation, a teacher and a student of it, with a tiny base."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from click.testing import CliRunner

from tanggap.classifier.text import clean_text
from tanggap_ml.cli import main
from tanggap_ml.config import TrainConfig
from tanggap_ml.posts import Post, draw, read_posts, without
from tanggap_ml.train import train

pytestmark = pytest.mark.slow


def _invoke(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def adapted(
    base: Path, pool: Path, data_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("adapted")
    words = ["--base", str(base), "--posts", str(pool), "--labelled", str(data_file)]
    speed = ["--epochs", "12", "--learning-rate", "0.005", "--batch-size", "32", "--threads", "1"]
    _invoke("adapt", *words, "--run", str(folder), *speed)
    return folder


def test_adaptation_learns_to_guess_hidden_words(adapted: Path) -> None:
    history = json.loads((adapted / "work" / "history.json").read_text(encoding="utf-8"))
    assert history[-1]["words_guessed"] > history[0]["words_guessed"]
    assert history[-1]["words_guessed"] > 0.2


def test_an_adapted_base_trains_a_classifier(
    adapted: Path, config: TrainConfig, tmp_path: Path
) -> None:
    history = train(dataclasses.replace(config, base=str(adapted)), tmp_path / "run")
    assert history[-1]["macro_f1"] > 0.8


def test_a_student_learns_from_its_teacher(run: Path, pool: Path, tmp_path: Path) -> None:
    folder = tmp_path / "student"
    words = ["distill", "--teacher", str(run), "--posts", str(pool), "--run", str(folder)]
    speed = ["--epochs", "3", "--learning-rate", "0.003", "--batch-size", "32", "--threads", "1"]
    assert "Best validation macro-F1" in _invoke(*words, "--layers", "1", *speed)
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    assert history[-1]["macro_f1"] > 0.9
    assert TrainConfig.load(folder).layers == (1,)
    assert json.loads((folder / "split.json").read_text()) == json.loads(
        (run / "split.json").read_text()
    )


def test_a_student_cannot_have_layers_its_teacher_lacks(
    run: Path, pool: Path, tmp_path: Path
) -> None:
    words = ["distill", "--teacher", str(run), "--posts", str(pool), "--run", str(tmp_path / "s")]
    done = CliRunner().invoke(main, [*words, "--layers", "0-3"])
    assert done.exit_code == 1
    assert "has layers 0 to 1" in done.output


def test_held_out_posts_are_left_out_of_the_pool_whatever_their_punctuation() -> None:
    posts = [Post("Kapan nyala?"), Post("makasih min")]
    assert without(posts, ["kapan nyala!!"]) == [Post("makasih min")]


def test_a_draw_is_even_over_the_languages_as_far_as_they_reach() -> None:
    posts = [Post(f"id {n}", "id") for n in range(10)] + [Post(f"en {n}", "en") for n in range(90)]
    drawn = draw(posts, 50, seed=1)
    assert len(set(drawn)) == 50
    assert sum(post.language == "id" for post in drawn) == 10
    assert drawn == draw(posts, 50, seed=1)


def test_a_pool_is_cleaned_and_freed_of_copies(pool: Path) -> None:
    texts = [post.text for post in read_posts(pool)]
    assert len(texts) == len(set(texts))
    assert all(text == clean_text(text) for text in texts)


@pytest.mark.parametrize("layers", ["one", "1-", "1,,2"])
def test_layers_that_are_no_numbers_are_refused_with_an_example(layers: str) -> None:
    words = ["train", "--data", "d.jsonl", "--base", "b", "--run", "r", "--layers", layers]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "1,3,5 or 0-11" in done.output

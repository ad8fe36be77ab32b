from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tanggap.classifier import KeywordClassifier
from tanggap.classifier.text import clean_text
from tanggap_ml.cli import main
from tanggap_ml.data import Example
from tanggap_ml.invariance import measure_invariance
from tanggap_ml.perturb import PERTURBATIONS, vary

SHIPPED = Path(__file__).parents[2] / "models" / "default"
POST = "@user min Telkomsel di Bandung lemot banget dari pagi, hubungi <NUM> atau http ya."
CHANGES = {perturbation.name: perturbation.change for perturbation in PERTURBATIONS}


def changed(name: str, text: str = POST) -> str | None:
    return CHANGES[name](text, random.Random(3))


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_the_same_for_the_same_seed_and_changes_something(name: str) -> None:
    assert changed(name) == changed(name) != POST


@pytest.mark.parametrize("name", CHANGES)
def test_no_change_touches_a_mask(name: str) -> None:
    text = changed(name) or ""
    assert "<NUM>" in text
    assert re.search(r"\bhttp\b", text)
    assert ("@user" in text) is (name != "mentions removed")


def test_names_give_way_to_names_of_their_kind_in_the_same_case() -> None:
    words = (changed("names swapped", "Gojek beda sama BANDUNG dan shopee") or "").split()
    assert words[0] in {"Grab", "Maxim"}
    assert words[3].isupper()
    assert words[3] != "BANDUNG"
    assert words[5] in {"tokopedia", "lazada", "blibli", "bukalapak"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mentions removed", "tanpa akun"),
        ("mentions removed", "@user"),
        ("names swapped", "tidak ada nama"),
        ("typos", "aku di @user"),
        ("lower case", "sudah kecil"),
    ],
)
def test_a_post_that_offers_nothing_to_change_is_left_out(name: str, text: str) -> None:
    assert changed(name, text) is None


def test_a_typo_leaves_the_first_letter_and_the_number_of_words() -> None:
    for seed in range(40):
        text = CHANGES["typos"]("jaringan lemot banget kemarin", random.Random(seed))
        assert text
        assert [w[0] for w in text.split()] == ["j", "l", "b", "k"]


def test_leetspeak_writes_letters_as_digits_and_leaves_masks_alone() -> None:
    for seed in range(40):
        text = CHANGES["leetspeak"]("@user Internet mati <NUM> hari http", random.Random(seed))
        assert text
        assert "@user " in text
        assert " <NUM> " in text
        assert text.endswith(" http")
        assert any(digit in text for digit in "431057")
    assert CHANGES["leetspeak"]("hmm", random.Random(1)) is None


def test_the_share_of_varied_posts_is_the_rate_and_each_is_clean_again() -> None:
    texts = [f"@user internet mati {n} jam, kapan nyala ya?" for n in range(400)]
    varied = vary(texts, 0.25, random.Random(3))
    changed = [new for old, new in zip(texts, varied, strict=True) if new != old]
    assert 60 < len(changed) < 120
    assert all(clean_text(text) == text for text in varied)
    assert varied == vary(texts, 0.25, random.Random(3))
    assert vary(texts, 0.0, random.Random(3)) == texts


def test_rates_count_the_posts_that_keep_their_label() -> None:
    posts = [
        Example("1", "internet mati terus, lemot banget", "complaint", "id"),
        Example("2", "thank you for the great service", "praise", "en"),
        Example("3", "cara daftar gimana ya kak?", "question", "id"),
    ]
    report = measure_invariance(KeywordClassifier(), posts)
    upper = report["perturbations"]["upper case"]
    assert (upper["posts"], upper["unchanged"]) == (3, 1.0)
    assert upper["by_language"]["id"]["posts"] == 2
    assert report["surface"]["posts"] == sum(
        effect["posts"]
        for effect in report["perturbations"].values()
        if effect["kind"] == "surface"
    )
    assert "mentions removed" not in report["perturbations"]
    for effect in report["perturbations"].values():
        assert len(effect["flips"]) == round(effect["posts"] * (1 - effect["unchanged"]))


def test_the_number_of_posts_is_capped_by_a_seeded_draw() -> None:
    posts = [Example(str(n), f"internet mati {n}", "complaint", "id") for n in range(30)]
    first = measure_invariance(KeywordClassifier(), posts, limit=5)
    assert first["posts"] == 5
    assert first == measure_invariance(KeywordClassifier(), posts, limit=5)


def test_the_command_prints_a_table_and_writes_json(data_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports" / "invariance.json"
    arguments = ["invariance", str(SHIPPED), "--data", str(data_file), "--limit", "30"]
    done = CliRunner().invoke(main, [*arguments, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "upper case" in done.stdout
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["posts"] == 30
    assert set(report["by_language"]) == {"id", "en"}

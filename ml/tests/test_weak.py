"""Labels out of what sources said of posts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tanggap_ml.cli import main
from tanggap_ml.data import read_examples
from tanggap_ml.posts import Post
from tanggap_ml.weak import POLARITIES, WeakOptions, label_by_source, polarity

BENCHMARK = "@user Pesanan 1234567890 belum sampai, sudah 3 hari!"


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    """Write a pool: 40 posts of each polarity in Indonesian, 10 in English, and others."""
    rows = [
        {"text": f"{word} {lang} {_word(n)}", "lang": lang, "weak": weak, "source": "shop"}
        for word, weak in (("jelek", "rating=1"), ("biasa", "3 stars"), ("bagus", "Positive"))
        for lang, posts in (("id", 40), ("en", 10))
        for n in range(posts)
    ]
    rows += [
        {"text": "jelek, ID aaa!!", "lang": "id", "weak": "rating=1"},
        {"text": "tanpa bintang", "lang": "id"},
        {"text": "PESANAN <NUM> belum sampai; sudah 5 hari", "lang": "id", "weak": "rating=1"},
    ]
    path = tmp_path / "pool.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def held_out(tmp_path: Path) -> Path:
    """Write a folder of benchmarks that holds one text."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    row = json.dumps({"text": BENCHMARK, "label": "negative"})
    (folder / "smsa_test.jsonl").write_text(row, encoding="utf-8")
    return folder


def _word(number: int) -> str:
    """Spell a number in letters: texts that differ in digits alone count as the same."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:03}")


def _weak(pool: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["weak", str(pool), "--out", str(out), *more])


@pytest.mark.parametrize(
    ("weak", "meaning"),
    [
        ("rating=1", "negative"),
        ("2 stars", "negative"),
        ("rating=3", "neutral"),
        ("5 stars", "positive"),
        ("Positive|Happy|rating=5", "positive"),
        ("sentiment=netral;topic=jadwal", "neutral"),
        ("No emotion toward brand or product", "neutral"),
        ("Negatif|1. APLIKASI", "negative"),
        ("bug report", None),
        ("", None),
    ],
)
def test_polarity_is_read_from_what_the_source_said(weak: str, meaning: str | None) -> None:
    assert polarity(weak) == (None if meaning is None else POLARITIES.index(meaning))


def test_polarities_are_balanced_and_languages_as_far_as_they_reach(
    rated: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made" / "weak.jsonl"
    assert _weak(rated, out, "--each", "30").exit_code == 0
    rows = read_examples(out)
    counts = Counter((row.label, row.language) for row in rows)
    assert counts == {
        (label, lang): posts for label in POLARITIES for lang, posts in (("id", 20), ("en", 10))
    }
    firsts = Counter((row.text.split()[0], row.label) for row in rows)
    assert set(firsts) == {("jelek", "negative"), ("biasa", "neutral"), ("bagus", "positive")}


def test_the_counts_of_what_is_taken_and_left_out_are_printed(
    rated: Path, held_out: Path, tmp_path: Path
) -> None:
    out = tmp_path / "weak.jsonl"
    done = _weak(rated, out, "--each", "30", "--without", str(held_out))
    for line in (
        "Left out, as their source does not say: 1",
        "Left out, as their text is to stay unseen: 1",
        "Left out, as they are copies of another: 1",
        "Left out, as there are enough of their kind: 60",
        "negative, en: 10",
        "negative, id: 20",
        f"Wrote 90 posts to {out}.",
    ):
        assert line in done.output.splitlines()


def test_the_same_seed_makes_the_same_file(rated: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.jsonl", "two.jsonl", "other.jsonl")]
    for file, seed in zip(files, ("1", "1", "2"), strict=True):
        assert _weak(rated, file, "--each", "30", "--seed", seed).exit_code == 0
    one, two, other = (file.read_text(encoding="utf-8") for file in files)
    assert one == two != other


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("@user Pesanan <NUM> belum sampai, sudah 3 hari!", False),
        ("pesanan 99 BELUM sampai... sudah <NUM> hari", False),
        ("@user @user pesanan belum sampai, sudah hari http", False),
        ("Pesanan <NUM> belum sampai, sudah 3 minggu!", True),
    ],
)
def test_a_held_out_text_is_left_out_whatever_its_case_marks_numbers_and_masks(
    text: str, stays: bool
) -> None:
    options = WeakOptions(each=5, seed=1)
    weak = label_by_source([Post(text, "id", weak="rating=1")], [BENCHMARK], options)
    assert [post.text for post, _ in weak.posts] == [text] * stays


def test_posts_that_resemble_a_held_out_text_are_left_out_when_asked_for(
    held_out: Path, tmp_path: Path
) -> None:
    texts = ["Pesanan saya belum juga sampai, sudah 3 hari ini!", "Kurirnya ramah dan cepat sampai"]
    pool, out = tmp_path / "pool.jsonl", tmp_path / "weak.jsonl"
    pool.write_text(
        "\n".join(json.dumps({"text": text, "label": "negative"}) for text in texts),
        encoding="utf-8",
    )
    asked = ["--said", "label", "--without", str(held_out)]
    assert "Wrote 2 posts" in _weak(pool, out, *asked).output
    done = _weak(pool, out, *asked, "--resembling", "0.3")
    assert "Left out, as they resemble a text that is to stay unseen: 1" in done.output
    assert [row.text for row in read_examples(out)] == texts[1:]


def test_what_a_source_said_is_read_from_the_field_that_is_named(tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.jsonl", tmp_path / "weak.jsonl"
    pool.write_text(json.dumps({"text": "enak", "weak": "1 stars", "label": "positive"}))
    assert _weak(pool, out, "--said", "label").exit_code == 0
    assert [row.label for row in read_examples(out)] == ["positive"]
    assert "`mood` holds stars" in _weak(pool, out, "--said", "mood").output


def test_files_and_folders_of_held_out_texts_are_both_taken(rated: Path, held_out: Path) -> None:
    for without in (held_out, held_out / "smsa_test.jsonl"):
        done = _weak(rated, rated.parent / "weak.jsonl", "--without", str(without))
        assert "Left out, as their text is to stay unseen: 1" in done.output


def test_a_pool_that_leaves_nothing_is_refused_with_the_reasons(
    held_out: Path, tmp_path: Path
) -> None:
    pool, out = tmp_path / "pool.jsonl", tmp_path / "weak.jsonl"
    rows = [{"text": BENCHMARK, "weak": "rating=1"}, {"text": "tanpa bintang"}]
    pool.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = _weak(pool, out, "--without", str(held_out))
    assert done.exit_code == 1
    assert "no post is left to label" in done.output
    assert "1 as their text is to stay unseen" in done.output
    assert "1 as their source does not say" in done.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere", "no such file"), ("empty", "holds no .jsonl")]
)
def test_held_out_texts_that_cannot_be_found_are_an_error(
    rated: Path, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = _weak(rated, tmp_path / "weak.jsonl", "--without", str(tmp_path / name))
    assert (done.exit_code, message in done.output) == (1, True)

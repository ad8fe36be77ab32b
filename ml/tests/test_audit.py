from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch", reason="torch is not installed: pip install -e ml")

from tanggap_ml.audit import Audit, AuditOptions, audit, refusals
from tanggap_ml.cli import main
from tanggap_ml.errors import DataError
from tanggap_ml.vocabulary import document_from_pieces, write_document

LONG = "min dari tadi pagi jaringan internet di daerah bekasi mati terus tolong dicek dong"
OTHER = "jadwal kereta dari bandung ke jakarta hari minggu jam berapa saja ya kak"
SECRETS = ("budi.s@contoh.co.id", "0812-3456-7890", "3174051708900003", "4539 5787 6362 1486")
BARE = AuditOptions(suspicious=0)


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def post(text: str, label: str = "complaint", **more: Any) -> dict[str, Any]:
    return {"text": text, "label": label, "lang": "id", **more}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, arguments)], catch_exceptions=False)


def examine(*files: Path, options: AuditOptions = BARE) -> Audit:
    return audit(files, options)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write(tmp_path / "clean.jsonl", [post(LONG), post(OTHER, "question")])


def test_what_the_posts_are_is_counted(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.jsonl",
        [
            post(LONG),
            post("my order is late and the app is broken", lang="en"),
            post("the order is late and you are not answering", "praise", lang="id"),
            post("!!!", "none"),
            post("x" * 100_000, "none", lang=""),
        ],
    )
    report = examine(file)
    assert report["posts"] == 4
    assert report["labels"]["id"] == {"complaint": 1, "praise": 1}
    assert report["languages"]["given"] == {"id": 2, "en": 1, "unknown": 1}
    assert report["languages"]["doubtful"] == [f"{file}:3"]
    assert report["files"][str(file)]["empty"] == [4]
    assert report["files"][str(file)]["cut"] == [5]
    assert report["lengths"]["characters"]["p100"] == len(LONG)
    assert refusals(report) == []


def test_lengths_are_counted_in_the_tokens_of_a_base(tmp_path: Path, clean: Path) -> None:
    specials = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    pieces = [*specials, "▁", *"abcdefghijklmnopqrstuvwxyz"]
    write_document(
        document_from_pieces(pieces, [-1.0] * len(pieces), specials), tmp_path / "tokenizer.json"
    )
    report = examine(clean, options=AuditOptions(suspicious=0, base=tmp_path, max_tokens=80))
    assert report["lengths"]["tokens"]["p100"] > len(LONG)
    assert report["lengths"]["longer"] == [f"{clean}:1"]
    with pytest.raises(DataError, match=r"no tokenizer\.json"):
        examine(clean, options=AuditOptions(suspicious=0, base=tmp_path / "nowhere"))


def test_every_bad_row_is_listed_and_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    lines = ['{"text": 1, "label": "x"}', "{", json.dumps(post("a", "")), json.dumps(post(LONG))]
    lines += ['{"text": "a", "label": "x", "lang": []}', json.dumps(post("b", "y" * 101))]
    file.write_text("\n".join([*lines, *["[]"] * 30]), encoding="utf-8")
    report = examine(file)
    found = report["files"][str(file)]["bad_rows"]
    assert [row["line"] for row in found] == [1, 2, 3, 5, 6, *range(7, 37)]
    assert "35 rows cannot be read" in refusals(report)[0]
    printed = run(file, "--suspicious", "0")
    assert printed.exit_code == 1
    assert "line 2: not JSON" in printed.output
    assert "and 15 more" in printed.output


def test_an_id_that_stands_twice_is_reported_with_its_lines(tmp_path: Path) -> None:
    rows = [post(LONG, id=7), post(OTHER, id="8"), post("halo semua apa kabar", id="7")]
    file = write(tmp_path / "a.jsonl", rows)
    report = examine(file)
    assert report["files"][str(file)]["repeated_ids"] == [1, 3]
    assert "an id that stands twice" in refusals(report)[0]


def test_copies_within_a_split_are_counted_and_contradictions_listed(tmp_path: Path) -> None:
    rows = [post(LONG), post(f"@user {LONG}!!"), post(f"{LONG} ya", "question"), post(OTHER)]
    file = write(tmp_path / "a.jsonl", rows)
    copies = examine(file)["copies"]
    assert (copies["exact"], copies["near"]) == (1, 1)
    assert copies["by_split"] == {"a": 2}
    assert copies["contradicting"] == [[f"{file}:{line}" for line in (1, 2, 3)]]
    assert examine(file)["leaks"] == []


def test_leakage_between_files_is_found_and_refused(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", [post(LONG), post("makasih min", "praise")])
    test = write(
        tmp_path / "test.jsonl",
        [post(OTHER), post(f"{LONG} ya"), post(f"{LONG}!"), post("Makasih, min", "praise")],
    )
    report = examine(train, test)
    leak = next(leak for leak in report["leaks"] if leak["split"] == "test")
    assert (leak["also_in"], leak["of"]) == ("train", 4)
    assert (leak["exact"], leak["near"], leak["short"]) == (2, 1, 1)
    assert (f"{test}:3", f"{train}:1") in leak["pairs"]
    assert "Splits leak" in refusals(report)[0]
    assert refusals(report, allow_leakage=True) == []
    refused = run(train, test, "--suspicious", "0")
    assert refused.exit_code == 1
    assert "leakage between splits" in refused.output
    assert run(train, test, "--suspicious", "0", "--allow-leakage").exit_code == 0


def test_a_column_names_the_splits_of_one_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [post(LONG, split="train"), post(LONG, split="test")])
    report = examine(file)
    assert report["splits"] == {"train": 1, "test": 1}
    assert {leak["split"] for leak in report["leaks"]} == {"train", "test"}


def test_files_of_one_name_are_splits_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    files = [write(tmp_path / name / "posts.jsonl", [post(LONG)]) for name in ("one", "two")]
    assert set(examine(*files)["splits"]) == {str(file) for file in files}
    with pytest.raises(DataError, match="given twice"):
        examine(files[0], tmp_path / "two" / ".." / "one" / "posts.jsonl")


def test_personal_data_is_counted_and_shown_nowhere(tmp_path: Path) -> None:
    rows = [post(f"tolong hubungi saya di {secret} ya kak") for secret in SECRETS]
    rows += [post("@budi_santoso tolong dibantu min"), post("terima kasih @user", "praise")]
    file = write(tmp_path / "a.jsonl", rows)
    out = tmp_path / "out"
    plain, as_json = run(file, "--out", out), run(file, "--json")
    report = json.loads(as_json.stdout)
    kinds = report["personal"]["kinds"]
    assert {kind: found["posts"] for kind, found in kinds.items()} == dict.fromkeys(kinds, 1)
    assert kinds["email"]["places"] == [f"{file}:1"]
    assert kinds["phone"]["left_by_cleaning"] == 0
    assert kinds["card"]["left_by_cleaning"] == 1  # cleaning does not know spaced card numbers
    for shown in (plain.output, as_json.output, (out / "report.json").read_text("utf-8")):
        assert not [secret for secret in (*SECRETS, "budi_santoso") if secret in shown]


def test_handles_of_brands_are_told_from_those_of_people(tmp_path: Path) -> None:
    rows = [post(f"@keretaku kereta {n} telat lagi @budi_{n}") for n in range(12)]
    file = write(tmp_path / "a.jsonl", rows)
    personal = examine(file)["personal"]
    assert personal["kinds"]["handle"]["posts"] == 12
    assert personal["taken_for_brands"] == {"@ker… (8)": 12}
    brands = [f"@Budi_{n}" for n in range(12)]
    named = examine(file, options=AuditOptions(suspicious=0, brands=brands))
    assert named["personal"]["kinds"]["handle"]["posts"] == 0


def labelled_posts(path: Path, count: int, wrong: int) -> Path:
    chance = random.Random(3)
    rows = []
    for number in range(count):
        words = chance.sample(range(200), 4)
        rude = number % 2
        phrase = "rusak kecewa parah" if rude else "bagus mantap puas"
        label = "complaint" if rude else "praise"
        text = f"kata{words[0]} kata{words[1]} {phrase} kata{words[2]} kata{words[3]}"
        rows.append(post(text, "praise" if number < wrong and rude else label, id=number))
    return write(path, rows)


def test_labels_that_posts_contradict_are_suspected(tmp_path: Path) -> None:
    file = labelled_posts(tmp_path / "a.jsonl", 200, wrong=30)
    found = examine(file, options=AuditOptions(suspicious=50))["labels_suspected"]
    assert found["judged"] == 200
    worst = {row["place"] for row in found["worst"]}
    wrong = {f"{file}:{line}" for line in range(2, 31, 2)}
    assert worst <= wrong
    assert len(worst) >= 5
    assert {row["suggested"] for row in found["worst"]} == {"complaint"}
    assert "rusak" in found["worst"][0]["text"]


@pytest.mark.parametrize(
    "rows",
    [
        [post(LONG)] * 9,
        [post(f"{n} {LONG}"[: 20 + n], "praise" if n % 2 else "none") for n in range(3)],
        [post("a", "x"), *(post(f"b{n}", "y") for n in range(9))],
        [post(letter, "x" if place % 2 else "y") for place, letter in enumerate("abcdefghijklmn")],
    ],
)
def test_too_little_to_judge_labels_by_is_no_error(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    file = write(tmp_path / "a.jsonl", rows)
    report = examine(file, options=AuditOptions(suspicious=5))
    assert report["labels_suspected"]["suspected"] >= 0
    assert run(file).exit_code in {0, 1}


def test_the_report_and_the_picture_are_written(tmp_path: Path, clean: Path) -> None:
    done = run(clean, "--out", tmp_path / "out", "--suspicious", "0")
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["posts"] == 2
    assert (tmp_path / "out" / "labels.png").read_bytes().startswith(b"\x89PNG")


def test_posts_without_labels_are_examined_for_the_rest(tmp_path: Path) -> None:
    file = write(tmp_path / "pool.jsonl", [{"text": LONG}, {"text": "email saya a.b@contoh.id"}])
    assert "2 rows cannot be read" in run(file).output
    done = run(file, "--unlabelled", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "personal data" in done.output
    assert not (tmp_path / "out" / "labels.png").exists()


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    done = run(tmp_path / name)
    assert done.exit_code == 1
    assert "no posts with a word or an emoji" in done.output


@pytest.mark.parametrize("labels", [["x"], [f"label {n}" for n in range(21)]])
def test_too_few_and_too_many_labels_are_refused(tmp_path: Path, labels: list[str]) -> None:
    file = write(tmp_path / "a.jsonl", [post(f"{LONG} {label}", label) for label in labels])
    assert f"There are {len(labels)} labels, expected 2 to 20." in refusals(examine(file))


def test_labels_that_look_alike_are_refused(tmp_path: Path) -> None:
    labels = ["Ask  price", "ask price", "buy"]
    rows = [post(f"{LONG} {n}", label) for n, label in enumerate(labels)]
    done = run(write(tmp_path / "a.jsonl", rows))
    assert done.exit_code == 1
    assert "“Ask  price” and “ask price” differ only in how they are written" in done.output


def test_hostile_rows_are_examined(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    texts = [
        "\ud800 halo",
        "a\x00b halo",
        "[/bold] [red]x",
        "🔥" * 100_000,
        "a" * 100_000,
        "\u202e",
    ]
    rows = [post(text, "[bold]x", lang="\udfff", id=f"\ud800{n}") for n, text in enumerate(texts)]
    write(file, [*rows, post(OTHER, "b")])
    done = run(file, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "[bold]x" in done.output
    assert "no such file" in CliRunner().invoke(main, ["data", str(tmp_path / "x.csv")]).output

from __future__ import annotations

from pathlib import Path

import pytest

from tanggap_ml.data import Example, balance, label_faults, labels_of, read_examples, read_texts
from tanggap_ml.errors import DataError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_jsonl_is_read_and_cleaned_as_serving_cleans_it(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.jsonl",
        '{"text": "@kai lemoooot https://x.id", "label": " complaint ", "lang": "id"}\n\n'
        '{"text": "!!!", "label": "none"}\n',
    )
    assert read_examples(file) == [
        Example(id="1", text="@user lemooot http", label="complaint", language="id")
    ]


def test_csv_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", 'text,label,source\n"halo, min",none,manual\n')
    assert read_examples(file) == [Example(id="2", text="halo, min", label="none", source="manual")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a", "label": "x"}\n{"text": 1, "label": "x"}', "line 2: text and label"),
        ('{"text": "a"}', "line 1: text and label"),
        ("{", "line 1: not JSON"),
        ("[]", "line 1: expected an object"),
        ('{"id": 7, "text": "a", "label": "x"}\n' * 2, "line 2: the id '7' stands twice"),
        ('{"text": "a", "label": "x", "lang": ["id"]}', "line 1: lang must be text"),
        ('{"text": "a", "label": "x", "id": {}}', "line 1: id must be text"),
        (f'{{"text": "a", "label": "{"x" * 65}"}}', "line 1: the label is longer"),
        ('{"text": "a", "label": "minta\u00a0refund"}', "line 1: .* cannot be seen"),
        ("", "no labelled posts"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, content: str, message: str) -> None:
    file = write(tmp_path / "a.jsonl", content)
    with pytest.raises(DataError, match=message):
        read_examples(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_examples(tmp_path / "nowhere.jsonl")


def test_the_default_labels_keep_their_order_and_others_are_sorted() -> None:
    def bearing(*labels: str) -> list[Example]:
        return [Example("1", "a", label) for label in labels]

    assert labels_of(bearing("praise", "complaint"))[0] == "complaint"
    assert len(labels_of(bearing("praise", "complaint"))) == 5
    assert labels_of(bearing("spam", "ham")) == ("ham", "spam")
    with pytest.raises(DataError, match="1 labels"):
        labels_of(bearing("spam"))


@pytest.mark.parametrize(
    "other", ["Late-Delivery", "late_delivery", " late  delivery", "ＬATE delivery"]
)
def test_labels_that_pages_would_show_alike_are_a_fault(other: str) -> None:
    assert label_faults(["late delivery", "refund"]) == []
    (fault,) = label_faults(["late delivery", "refund", other])
    assert f"“{other}”" in fault


def test_labels_are_counted_per_language() -> None:
    examples = [Example("1", "a", "x", "id"), Example("2", "b", "x", "id"), Example("3", "c", "y")]
    assert balance(examples) == {"id": {"x": 2}, "unknown": {"y": 1}}


def test_an_id_may_be_a_number_and_surrogates_are_made_writable(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.jsonl",
        '{"id": 0, "text": "a", "label": "x"}\n{"id": "\\ud800", "text": "b", "label": "x"}\n',
    )
    assert [example.id for example in read_examples(file)] == ["0", "?"]


def test_texts_are_read_once_each_whether_or_not_they_bear_labels(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", '{"text": "a"}\n{"text": "!"}\n{"text": " a", "label": 1}\n')
    assert read_texts(file) == ["a"]
    assert read_texts(write(tmp_path / "a.txt", "satu\ndua\n")) == ["satu", "dua"]
    with pytest.raises(DataError, match="line 1: the text must be given as text"):
        read_texts(write(tmp_path / "b.jsonl", "{}"))

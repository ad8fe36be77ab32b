from __future__ import annotations

import random
from pathlib import Path

import pytest

from tanggap_ml.data import Example, read_examples
from tanggap_ml.duplicates import near_duplicate_groups
from tanggap_ml.errors import RunError
from tanggap_ml.split import restore_split, save_split, split_examples

LONG = "min dari tadi pagi jaringan internet di daerah bekasi mati terus tolong dicek dong"


def test_copies_with_other_handles_links_and_marks_are_one_group() -> None:
    groups = near_duplicate_groups([LONG, f"@user {LONG.upper()}!!! http", f"{LONG} ya", "halo"])
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] != groups[0]


def test_different_posts_on_one_matter_are_not_copies() -> None:
    groups = near_duplicate_groups(
        [LONG, "internet rumah saya di depok lambat sejak kemarin malam"]
    )
    assert groups[0] != groups[1]


def test_posts_of_marks_alone_do_not_fall_into_one_group() -> None:
    assert near_duplicate_groups(["👍", "😡", "👍"]) == [0, 1, 0]


def test_no_group_stands_on_two_sides_of_a_split(data_file: Path) -> None:
    examples = read_examples(data_file)
    copies = [Example(f"copy {e.id}", f"{e.text}!", e.label, e.language) for e in examples[:200]]
    split = split_examples([*examples, *copies], validation=0.2, test=0.2, seed=1)
    sides = [
        {e.text.rstrip("!") for e in part} for part in (split.train, split.validation, split.test)
    ]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert sum(map(len, (split.train, split.validation, split.test))) == 800


def test_the_parts_have_about_the_size_asked_for(data_file: Path) -> None:
    split = split_examples(read_examples(data_file), validation=0.1, test=0.2, seed=3)
    assert 30 <= len(split.validation) <= 100
    assert 80 <= len(split.test) <= 170


def test_order_does_not_move_a_post_and_the_seed_does(data_file: Path) -> None:
    examples = read_examples(data_file)
    shuffled = random.Random(1).sample(examples, len(examples))

    def ids_of_test(source: list[Example], seed: int) -> set[str]:
        return {e.id for e in split_examples(source, validation=0.1, test=0.2, seed=seed).test}

    assert len(ids_of_test(examples, 1) ^ ids_of_test(shuffled, 1)) < 30
    assert ids_of_test(examples, 1) != ids_of_test(examples, 2)


def test_a_saved_split_is_restored_and_a_vanished_post_noticed(
    data_file: Path, tmp_path: Path
) -> None:
    examples = read_examples(data_file)
    split = split_examples(examples, validation=0.1, test=0.2, seed=3)
    save_split(split, tmp_path / "split.json")
    assert restore_split(examples, tmp_path / "split.json") == split
    gone = [e for e in examples if e.id != split.test[0].id]
    with pytest.raises(RunError, match="no longer holds"):
        restore_split(gone, tmp_path / "split.json")

"""Group commit: everybody is answered, with their own result, and an error reaches its callers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tanggap.store.group_commit import MAX_BATCH, GroupCommit


def test_everybody_gets_their_own_result_in_few_batches() -> None:
    sizes: list[int] = []
    gate = threading.Event()

    def write(items: Sequence[int]) -> list[int]:
        gate.wait(5)
        sizes.append(len(items))
        return [item * 2 for item in items]

    commit = GroupCommit(write)
    with ThreadPoolExecutor(32) as pool:
        futures = [pool.submit(commit, number) for number in range(500)]
        gate.set()
        assert [future.result(5) for future in futures] == [n * 2 for n in range(500)]
    assert sum(sizes) == 500
    assert len(sizes) < 500
    assert max(sizes) <= MAX_BATCH


def test_error_reaches_the_callers_of_its_batch_and_nobody_later() -> None:
    def write(items: Sequence[int]) -> list[int]:
        if 7 in items:
            raise OSError("disk full")
        return list(items)

    commit = GroupCommit(write)
    with pytest.raises(OSError, match="disk full"):
        commit(7)
    assert commit(8) == 8


def test_calls_one_after_the_other_need_nobody_else() -> None:
    commit: GroupCommit[int, int] = GroupCommit(list)
    assert [commit(number) for number in range(5)] == list(range(5))

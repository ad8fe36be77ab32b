"""Wake-ups: many become few, and the last one is never lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tanggap.jobs.wake import Coalescer, Gate, Relay


def test_burst_of_calls_becomes_one_after_the_last() -> None:
    done = threading.Event()
    runs: list[int] = []
    work: list[int] = []

    def action() -> None:
        runs.append(len(work))
        if len(work) == 100:
            done.set()

    wake = Coalescer(action, delay=0.02)
    for number in range(100):
        work.append(number)
        wake()
    assert done.wait(5)
    assert len(runs) < 50


def test_coalescer_outlives_an_action_that_fails() -> None:
    done = threading.Event()
    calls: list[int] = []

    def action() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("queue is down")
        done.set()

    wake = Coalescer(action, delay=0.01)
    wake()
    while not calls:
        pass
    wake()
    assert done.wait(5)


def test_gate_never_leaves_work_that_was_announced() -> None:
    lock = threading.Lock()
    pending = [0]
    left = []
    inside = [0, 0]

    def drain() -> None:
        with lock:
            inside[0] += 1
            inside[1] = max(inside)
        while True:
            with lock:
                if not pending[0]:
                    break
                pending[0] -= 1
        with lock:
            inside[0] -= 1

    gate = Gate(drain)

    def announce(_: int) -> None:
        with lock:
            pending[0] += 1
        gate()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(announce, range(2_000)))
    left.append(pending[0])
    assert left == [0]
    assert inside[1] == 1


def test_gate_tells_those_inside_whether_one_more_may_come() -> None:
    room: list[bool] = []
    inner: list[Gate] = []

    def action() -> None:
        room.append(inner[0].has_room)
        if len(room) == 1:
            inner[0]()

    inner.append(Gate(action, width=2))
    inner[0]()
    assert room == [True, False]


def test_call_for_help_is_answered_where_there_is_room_and_else_passed_on_until_it_is_dropped() -> (
    None
):
    passed: list[int] = []
    helped: list[Relay] = []

    def action() -> None:
        for hops in (2, 1, 0):
            helped[0](hops)

    relay = Relay(Gate(action), passed.append)
    helped.append(relay)
    relay(0)
    assert passed == [1, 0], "the one that is at work passes on what it took itself"

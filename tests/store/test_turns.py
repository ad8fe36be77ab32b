"""Turns: first come, first served, and nobody waits for ever."""

from __future__ import annotations

from threading import Thread

from tanggap.store.turns import Turns


def waiting(turns: Turns) -> int:
    return len(turns._waiting)


def test_turns_come_in_the_order_of_asking() -> None:
    turns, served = Turns(), list[int]()

    def take(number: int) -> None:
        with turns.turn(60) as came:
            assert came
            served.append(number)

    threads = []
    with turns.turn(0) as came:
        assert came
        for number in range(8):
            threads.append(Thread(target=take, args=(number,)))
            threads[-1].start()
            while waiting(turns) <= number:
                pass
    for thread in threads:
        thread.join()
    assert served == list(range(8))
    with turns.turn(0) as came:
        assert came


def test_turn_that_does_not_come_is_not_taken_later() -> None:
    turns = Turns()
    with turns.turn(0):
        with turns.turn(0.01) as came:
            assert not came
        assert waiting(turns) == 0
    with turns.turn(0) as came:
        assert came

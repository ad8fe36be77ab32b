"""Observers are told, and harm nobody by what they do with it."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tanggap.plugins import observers
from tanggap.plugins.crew import MOST_STUCK
from tanggap.plugins.registry import Registry
from tanggap.sdk import PostView, ReplyView, hookimpl


def test_observer_that_hangs_is_left_behind_and_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(observers, "SECONDS", 0.05)
    block, told = threading.Event(), list[object]()

    @hookimpl(specname="tanggap_reply_sent")
    def hangs(post: Any) -> None:
        block.wait()

    @hookimpl(specname="tanggap_reply_sent")
    def listens(post: Any) -> None:
        told.append(post)

    registry = Registry()
    registry.add("hangs", "1", SimpleNamespace(tanggap_reply_sent=hangs))
    registry.add("listens", "1", SimpleNamespace(tanggap_reply_sent=listens))
    for number in range(MOST_STUCK + 1):
        observers.reply_sent(registry, cast("PostView", number), cast("ReplyView", None))
    block.set()
    assert told == list(range(MOST_STUCK + 1))

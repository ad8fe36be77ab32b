"""The queue: the same jobs on SQLite and on Redis, and nothing unsigned is ever run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tanggap.jobs.queue import open_queue
from tanggap.settings import Settings
from tanggap.store.secrets import Keys

KEYS = Keys("secret", ())


@pytest.fixture(params=["sqlite", "redis"])
def queue_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path / "var")
    if request.param == "sqlite":
        return settings
    return replace(settings, redis_url=request.getfixturevalue("redis_url"))


def test_job_enqueued_by_one_process_is_run_by_another(queue_settings: Settings) -> None:
    done: list[int] = []
    sender = open_queue(queue_settings, KEYS)
    sender.task(name="note")(done.append)(7)
    receiver = open_queue(queue_settings, KEYS)
    receiver.task(name="note")(done.append)
    job = receiver.dequeue()
    receiver.execute(job)
    assert done == [7]
    assert receiver.dequeue() is None
    for queue in (sender, receiver):
        queue.storage.close()


def test_message_signed_with_another_key_is_not_read(queue_settings: Settings) -> None:
    stranger = open_queue(queue_settings, Keys("another secret", ()))
    stranger.task(name="note")(print)(7)
    receiver = open_queue(queue_settings, KEYS)
    receiver.task(name="note")(print)
    with pytest.raises(ValueError, match="mismatch"):
        receiver.dequeue()
    for queue in (stranger, receiver):
        queue.storage.close()

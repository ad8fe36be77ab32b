"""The queue: Huey on SQLite, on Redis, or in line for tests."""

from __future__ import annotations

from huey import MemoryHuey, RedisHuey, SqliteHuey
from huey.api import Huey
from huey.serializer import SignedSerializer

from tanggap.settings import Settings
from tanggap.store.data_folder import make_private_file
from tanggap.store.secrets import Keys

NAME = "tanggap"


def open_queue(settings: Settings, keys: Keys, *, immediate: bool = False) -> Huey:
    """Open the queue of these settings.

    Huey pickles its messages, so they are signed: whoever can write to the queue but does not
    know the key cannot make a worker load anything.
    """
    if immediate:
        return MemoryHuey(NAME, immediate=True)
    serializer = SignedSerializer(secret=keys.secret_key, salt=NAME)
    if settings.redis_url:
        return RedisHuey(NAME, url=settings.redis_url, serializer=serializer, results=False)
    path = settings.data_dir / "queue.db"
    make_private_file(path)
    return SqliteHuey(
        NAME,
        filename=str(path),
        serializer=serializer,
        results=False,
        timeout=30,
    )

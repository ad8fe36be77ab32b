"""The data folder: what is made in it is its owner's alone, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tanggap.errors import SettingsError
from tanggap.jobs.queue import open_queue
from tanggap.settings import Settings
from tanggap.store.data_folder import readable_by_others
from tanggap.store.db import open_database
from tanggap.store.secrets import load_keys


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    paths = (folder, *folder.iterdir())
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}


def fill(settings: Settings) -> None:
    """Make everything that the processes make in the folder, the database's log too."""
    queue = open_queue(settings, load_keys(settings))
    queue.pending_count()
    database = open_database(settings)
    with database.write() as session:
        session.connection().exec_driver_sql("CREATE TABLE texts (text)")
        found = modes(settings.data_dir)
    database.close()
    queue.storage.close()
    assert {"secrets.json", "queue.db", "tanggap.db-wal", "tanggap.db-shm"} <= found.keys()
    assert {mode for name, mode in found.items() if name != settings.data_dir.name} == {0o600}


def test_nobody_else_may_enter_a_new_folder_nor_read_what_is_in_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    fill(settings)
    assert modes(settings.data_dir)["data"] == 0o700


def test_folder_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir(mode=0o755)
    fill(settings)
    assert modes(settings.data_dir)["data"] == 0o755
    assert readable_by_others(settings.data_dir) == []


@pytest.mark.parametrize("make", ["keys", "database", "queue"])
def test_folder_that_cannot_be_made_is_an_error_with_the_way_out(tmp_path: Path, make: str) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file" / "data")
    keys = load_keys(Settings(data_dir=tmp_path / "other"))
    makers = {
        "keys": lambda: load_keys(settings),
        "database": lambda: open_database(settings),
        "queue": lambda: open_queue(settings, keys),
    }
    with pytest.raises(SettingsError, match=r"data.* cannot be used: .*TANGGAP_DATA_DIR"):
        makers[make]()


def test_files_are_readable_by_others_where_folder_and_file_let_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for name, mode in {"tanggap.db": 0o644, "secrets.json": 0o600}.items():
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    assert readable_by_others(tmp_path) == ["tanggap.db"]
    tmp_path.chmod(0o700)
    assert readable_by_others(tmp_path) == []

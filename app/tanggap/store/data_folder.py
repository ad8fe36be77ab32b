"""The data folder and the files in it, which nobody else on the machine may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from tanggap.errors import SettingsError


def make_private_folder(folder: Path) -> None:
    """Make a folder that its owner alone may enter; one that is there is left as it is.

    Raises `SettingsError` when it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def make_private_file(path: Path) -> None:
    """Make an empty file that its owner alone may read; one that is there is left as it is.

    SQLite takes an empty file for a new database, and gives the mode of a database to its log.
    Raises `SettingsError` when it cannot be made.
    """
    make_private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise unusable(path, error) from error


def readable_by_others(folder: Path) -> Sequence[str]:
    """Name the files directly in a folder that every user of the machine can read."""
    if not folder.is_dir() or not folder.stat().st_mode & stat.S_IXOTH:
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file() and path.stat().st_mode & stat.S_IROTH
    )


def unusable(path: Path, error: OSError) -> SettingsError:
    """Say that something in the data folder cannot be used, and what to do."""
    return SettingsError(
        f"{path} cannot be used: {error.strerror}; give the user who runs Tanggap the right to "
        "read and write it, or set TANGGAP_DATA_DIR to another folder"
    )

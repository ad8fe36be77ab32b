"""Histories kept from one run to the next: a file in a folder, a database on the server."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from rig import bulk, seed
from rig.places import Place
from rig.seed import Size
from tanggap.store.db import open_database
from tanggap.store.migrate import migrations_dir

_PREFIX = "tanggap_bench_kept_"


@dataclass(frozen=True, slots=True)
class Kept:
    """Histories of one size; what would be written otherwise today is not taken."""

    folder: Path
    size: Size

    def restore(self, place: Place) -> bool:
        """Bring the history to a place that is empty yet; tells whether one is kept."""
        if place.settings.embedded:
            if self._file.exists():
                shutil.copyfile(self._file, _file_of(place))
            return self._file.exists()
        if self._name not in _kept_on_server(place):
            return False
        _run(place, f"DROP DATABASE {_database_of(place)} WITH (FORCE)")
        _copy(place, self._name, _database_of(place))
        return True

    def store(self, place: Place) -> None:
        """Keep what was written; nobody is connected to it now."""
        if not place.settings.embedded:
            _copy(place, _database_of(place), self._name)
            return
        database = open_database(place.settings)
        database.truncate_log()
        database.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_file_of(place), self._file)

    def forget(self, place: Place) -> None:
        """Remove all that is kept for such a place, of whatever size."""
        if not place.settings.embedded:
            for name in _kept_on_server(place):
                _run(place, f"DROP DATABASE {name} WITH (FORCE)")
            return
        for file in self.folder.glob(f"{_PREFIX}*.db"):
            file.unlink()

    @property
    def _name(self) -> str:
        """Name the history by all that decides what is in it."""
        digest = hashlib.sha256(repr(self.size).encode())
        sources = [Path(str(module.__file__)) for module in (seed, bulk)]
        for source in (*sources, *sorted(migrations_dir().rglob("*.py"))):
            digest.update(source.read_bytes())
        return _PREFIX + digest.hexdigest()[:12]

    @property
    def _file(self) -> Path:
        return self.folder / f"{self._name}.db"


def _file_of(place: Place) -> Path:
    return Path(str(make_url(place.settings.effective_database_url).database))


def _database_of(place: Place) -> str:
    return str(make_url(place.settings.database_url).database)


def _kept_on_server(place: Place) -> list[str]:
    query = f"SELECT datname FROM pg_database WHERE datname LIKE '{_PREFIX}%'"  # noqa: S608 - ours
    return [str(row[0]) for row in _run(place, query)]


def _copy(place: Place, old: str, new: str) -> None:
    _run(place, f"CREATE DATABASE {new} TEMPLATE {old} STRATEGY FILE_COPY")


def _run(place: Place, statement: str) -> list[tuple[object, ...]]:
    url = make_url(place.settings.database_url).set(database="postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.execute(text(statement))
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows

"""Fetch what people said from an inbox database, and give back what they should look at next.

The database and the key of the pseudonyms are those of the TANGGAP_* variables, as for the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tanggap.inbox.learning.corrections_export import Export, Limits, choose
from tanggap.inbox.learning.corrections_read import Pseudonyms, Word, read_words
from tanggap.inbox.learning.labelling import Suggestion, save_suggestions, unlabelled_posts
from tanggap.settings import read_settings
from tanggap.store import migrate
from tanggap.store.db import Database, open_database
from tanggap.store.secrets import load_keys
from tanggap_ml.duplicates import near_duplicate_groups
from tanggap_ml.errors import DataError
from tanggap_ml.rows import BadRow, Row, read_rows
from tanggap_ml.suggest import Candidate, Suggested

TRAIN_FILE = "train.jsonl"
GATE_FILE = "gate.jsonl"
REPORT_FILE = "report.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """Where the corrections were written, and what was chosen."""

    train: Path
    gate: Path
    export: Export


@contextmanager
def opened_inbox() -> Iterator[Database]:
    """Open the inbox database of the settings; raises DataError when its schema does not fit."""
    database = open_database(read_settings())
    try:
        if not migrate.is_current(database):
            raise DataError(
                "The inbox database is not at the schema of this release of tanggap. Install the "
                "release that the server runs, or run `tanggap db upgrade` there."
            )
        yield database
    finally:
        database.close()


def export_corrections(
    folder: Path, limits: Limits, *, gate_share: float, gate: Path | None = None
) -> Exported:
    """Write train.jsonl, gate.jsonl and report.json; with `gate`, keep that gate set.

    Raises DataError when the folder has a gate set already, which must not change by accident.
    """
    if gate is None and _holds_posts(folder / GATE_FILE):
        raise DataError(
            f"{folder / GATE_FILE}: exists. A gate set stays as it is: give it with --gate to go "
            f"on measuring on it, or name another folder for a new one."
        )
    pseudonyms = Pseudonyms(load_keys(read_settings()).secret_key)
    with opened_inbox() as database, database.read() as session:
        found = read_words(session, pseudonyms)
    frozen = _frozen(gate) if gate else None
    export = choose(
        found,
        limits,
        gate_share=gate_share,
        frozen_authors=frozen[0] if frozen else None,
        frozen_posts=frozen[1] if frozen else (),
        similar=_similar(found.words),
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / TRAIN_FILE, [_row(word) for word in export.train])
    if gate is None:
        _write_lines(folder / GATE_FILE, [_row(word) for word in export.gate])
    report = json.dumps(_report(export), indent=2, ensure_ascii=False) + "\n"
    (folder / REPORT_FILE).write_text(report, encoding="utf-8")
    return Exported(folder / TRAIN_FILE, gate or folder / GATE_FILE, export)


def read_unlabelled(days: int, limit: int) -> list[Candidate]:
    """Read the newest posts of customers that no person has labelled."""
    since = datetime.now(UTC) - timedelta(days=days)
    with opened_inbox() as database, database.read() as session:
        return [
            Candidate(str(post.post_id), post.text, post.language)
            for post in unlabelled_posts(session, since=since, limit=limit)
        ]


def ask_people(suggested: Sequence[Suggested], model_version: str) -> int:
    """Put posts of the inbox on the list that people label; returns how many."""
    wanted = [Suggestion(int(one.id), one.reason, one.guess, one.confidence) for one in suggested]
    with opened_inbox() as database, database.write() as session:
        return save_suggestions(session, wanted, model_version)


def write_suggestions(path: Path, suggested: Sequence[Suggested]) -> None:
    """Write suggestions as JSON lines, with an empty label to fill in."""
    _write_lines(path, [{**asdict(one), "label": ""} for one in suggested])


def _frozen(gate: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Read whose posts a gate set holds."""
    rows = list(read_rows(gate))
    if not rows:
        raise DataError(f"{gate}: holds no posts. Without --gate a new gate set is made.")
    for row in rows:
        if isinstance(row, BadRow):
            raise DataError(f"{gate}, line {row.line}: {row.reason}. Give the gate.jsonl itself.")
    found = [row.values for row in rows if isinstance(row, Row)]
    authors = frozenset(str(values["author"]) for values in found if values.get("author"))
    return authors, frozenset(str(values["id"]) for values in found if values.get("id"))


def _holds_posts(gate: Path) -> bool:
    """Tell whether a gate set stands there: a first export, before anybody labelled, has none."""
    return gate.is_file() and gate.stat().st_size > 0


def _similar(words: Sequence[Word]) -> dict[str, int]:
    groups = near_duplicate_groups([word.text for word in words])
    return {word.post: group for word, group in zip(words, groups, strict=True)}


def _row(word: Word) -> dict[str, Any]:
    return {
        "id": word.post,
        "text": word.text,
        "label": word.label,
        "old_label": word.old_label,
        "lang": word.language,
        "author": word.author,
        "model_version": word.model_version,
        "corrected_at": word.at.isoformat(timespec="seconds"),
        "source": "inbox",
    }


def _report(export: Export) -> dict[str, Any]:
    return {
        "train": len(export.train),
        "gate": len(export.gate),
        "left_out": dict(export.left_out),
        "posts_of_several_people": export.shared_posts,
        "agreed": export.agreed_posts,
        "people": [{**asdict(person), "flagged": person.flagged} for person in export.people],
    }


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write JSON lines; ASCII alone, so that no character can end a line or look like another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

"""The certificate of an erasure: what was erased, when, for whom, and where copies remain."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tanggap import __version__
from tanggap.inbox.services import Services
from tanggap.settings import Settings
from tanggap.store.privacy import Erasure

MOST: Final = 200
"""Backups that are listed; a folder with more is looked after by something else."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A file in the folder of backups, and when it is to be deleted."""

    name: str
    made_at: datetime
    ends: datetime


def list_backups(settings: Settings) -> list[Backup]:
    """List the backups that the settings lead to, the newest first."""
    folder = Path(settings.backup_dir) if settings.backup_dir else None
    if folder is None or not folder.is_dir():
        return []
    found = [
        (path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    ]
    kept = timedelta(days=settings.backup_days)
    listed = [Backup(name, made_at, made_at + kept) for name, made_at in found]
    return sorted(listed, key=lambda one: one.made_at, reverse=True)[:MOST]


def certify(services: Services, row: Erasure) -> None:
    """Write the certificate of a finished erasure, and its hash."""
    row.certificate = json.dumps(contents(services, row), indent=2, sort_keys=True)
    row.digest = digest_of(row.certificate)


def digest_of(certificate: str) -> str:
    """Hash a certificate as it was downloaded."""
    return hashlib.sha256(certificate.encode()).hexdigest()


def contents(services: Services, row: Erasure) -> dict[str, Any]:
    """Collect what the certificate says; it names nobody who was erased."""
    finished = row.finished_at or row.created_at
    days = services.settings.backup_days
    return {
        "certificate": "erasure of personal data",
        "number": row.id,
        "installation": services.settings.public_url,
        "software": f"Tanggap {__version__}",
        "asked_at": row.created_at.isoformat(),
        "asked_by": row.asked_by,
        "reason": row.reason,
        "finished_at": finished.isoformat(),
        "complete": not row.left,
        "identities": row.identities,
        "rows_before": dict(row.before),
        "rows_erased": dict(row.counts),
        "rows_left": dict(row.left),
        "kept": "figures without words: numbers of posts, labels, times, states and scores",
        "backups": {
            "kept_for_days": days,
            "files": [
                {"name": one.name, "made_at": one.made_at.isoformat(), "ends": one.ends.isoformat()}
                for one in list_backups(services.settings)
            ],
            "last_one_with_these_data_ends": (finished + timedelta(days=days)).isoformat(),
        },
        "outside_of_this_installation": [
            "the posts themselves on their platforms",
            "files that people exported or downloaded before",
        ],
    }

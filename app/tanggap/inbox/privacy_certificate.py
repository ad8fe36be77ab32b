"""The certificate of an erasure: what was erased, when, for whom, and where copies remain."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from tanggap import __version__
from tanggap.inbox.services import Services
from tanggap.store.privacy import Erasure


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
            "last_one_with_these_data_ends": (finished + timedelta(days=days)).isoformat(),
        },
        "outside_of_this_installation": [
            "the posts themselves on their platforms",
            "files that people exported or downloaded before",
        ],
    }

"""The vectors of resolved cases in memory: one matrix, followed from the database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.classifier import Embedder
from tanggap.store.case_vectors import CaseVector
from tanggap.store.limited import whole

MOST: Final = 100_000
"""The newest cases that are kept; 384 numbers of two bytes each make 77 MB of them."""

REFRESH_SECONDS: Final = 20.0
_LAG: Final = timedelta(seconds=10)
_BLOCK: Final = 8_192


class SimilarIndex:
    """What a process knows of the cases' vectors; one matrix product finds the nearest.

    At 100,000 cases that takes tens of milliseconds, so that no index of another kind is needed.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._embedders: dict[str, Embedder] = {}
        self._clear("")

    def embedder(self, key: str) -> Embedder | None:
        """Give the embedder that was kept under a key."""
        return self._embedders.get(key)

    def keep(self, key: str, embedder: Embedder) -> Embedder:
        """Keep an embedder, in place of any other."""
        self._embedders = {key: embedder}
        return embedder

    def nearest(
        self, session: Session, version: str, vector: npt.NDArray[np.float32], most: int
    ) -> list[tuple[int, float]]:
        """List the nearest cases with how near they are, 1 being the same."""
        with self._lock:
            if version != self._version:
                self._clear(version)
            if time.monotonic() > self._fresh_until:
                with whole(session):  # everybody in this process shares what is kept
                    self._refresh(session)
            ids, rows = self._ids, self._rows
        if not len(ids):
            return []
        scores = np.concatenate(
            [
                rows[at : at + _BLOCK].astype(np.float32) @ vector
                for at in range(0, len(rows), _BLOCK)
            ]
        )
        best = np.argsort(-scores)[:most]
        return [(int(ids[at]), float(scores[at])) for at in best]

    def stale(self) -> None:
        """Look into the database at the next question."""
        self._fresh_until = 0.0

    def _clear(self, version: str) -> None:
        self._version = version
        self._ids: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._rows: npt.NDArray[np.float16] = np.empty((0, 0), dtype=np.float16)
        self._made_at: datetime | None = None
        self._fresh_until = 0.0

    def _refresh(self, session: Session) -> None:
        """Take in what was made since; what was made twice replaces itself."""
        query = select(CaseVector.conversation_id, CaseVector.vector, CaseVector.made_at).where(
            CaseVector.version == self._version
        )
        if self._made_at is not None:
            query = query.where(CaseVector.made_at > self._made_at - _LAG)
        found = session.execute(query.order_by(CaseVector.made_at.desc()).limit(MOST)).all()
        self._fresh_until = time.monotonic() + REFRESH_SECONDS
        if found:
            self._made_at = found[0].made_at
            self._take(found)

    def _take(self, found: Sequence[Any]) -> None:
        ids = np.array([row.conversation_id for row in found], dtype=np.int64)
        rows = np.stack([np.frombuffer(row.vector, dtype=np.float16) for row in found])
        kept = ~np.isin(self._ids, ids)
        if kept.any():
            ids = np.concatenate([ids, self._ids[kept]])[:MOST]
            rows = np.concatenate([rows, self._rows[kept]])[:MOST]
        self._ids, self._rows = ids, rows

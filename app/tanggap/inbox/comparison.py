"""What training wrote of a candidate's comparison with the active bundle, and whether it counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tanggap.inbox.bundles import COMPARISON_FILE, Bundle

FORMAT: Final = 1
VERDICTS: Final = ("better", "same", "worse")
LEAST_POSTS: Final = 30
"""A gate set of fewer posts shows nothing."""

_MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two bundles on a gate set, all three named by hash."""

    baseline_sha256: str
    candidate_sha256: str
    gate_file: str
    gate_sha256: str
    gate_posts: int
    verdict: str
    sentence: str


def read_comparison(folder: Path) -> Comparison | None:
    """Read the comparison beside a bundle; None when there is none that can be read."""
    path = folder / COMPARISON_FILE
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        values = json.loads(path.read_text("utf-8"))
        return _comparison(values) if values["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def objection(
    comparison: Comparison | None, candidate: Bundle, active: Bundle, gate_sha256: str | None
) -> str:
    """Say why a comparison does not allow the candidate to serve; empty when it does."""
    if comparison is None:
        return (
            f"{candidate.version} was not compared with the active bundle; "
            f"`tanggap-ml gate` compares them and writes {COMPARISON_FILE}"
        )
    if comparison.candidate_sha256 != candidate.sha256:
        return f"{candidate.version} was changed after it was compared; compare it again"
    if comparison.baseline_sha256 != active.sha256:
        return (
            f"{candidate.version} was compared with another bundle than the active one, "
            f"{active.version}; compare it again"
        )
    if gate_sha256 is not None and comparison.gate_sha256 != gate_sha256:
        return (
            f"{candidate.version} was compared on another gate set ({comparison.gate_file}) than "
            f"the frozen one; compare it on that, or freeze the new one: `tanggap models gate`"
        )
    if comparison.gate_posts < LEAST_POSTS:
        return (
            f"the gate set has {comparison.gate_posts} posts; fewer than {LEAST_POSTS} say little"
        )
    return comparison.sentence if comparison.verdict == "worse" else ""


def _comparison(values: dict[str, Any]) -> Comparison:
    gate = values["gate"]
    if values["verdict"] not in VERDICTS:
        raise ValueError(values["verdict"])
    return Comparison(
        baseline_sha256=str(values["baseline"]["sha256"]),
        candidate_sha256=str(values["candidate"]["sha256"]),
        gate_file=str(gate["file"])[:255],
        gate_sha256=str(gate["sha256"]),
        gate_posts=int(gate["posts"]),
        verdict=values["verdict"],
        sentence=str(values["sentence"])[:2_000],
    )

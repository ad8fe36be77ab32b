"""Compare a candidate with the active bundle on a gate set, and write what activation asks for.

The file names all three by hash, so that it speaks of no other bundle and no other posts.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tanggap.classifier import fingerprint, read_manifest
from tanggap_ml.compare import Comparison, compare_bundles
from tanggap_ml.data import file_hash, read_examples
from tanggap_ml.errors import DataError

FORMAT = 1
COMPARISON_FILE = "comparison.json"


def pass_gate(baseline: Path, candidate: Path, gate: Path) -> Comparison:
    """Compare two bundles on the gate set and write comparison.json into the candidate's folder.

    Raises DataError when the two have different labels: then nothing can be compared.
    """
    left, right = read_manifest(baseline), read_manifest(candidate)
    if set(left.labels) != set(right.labels):
        raise DataError(
            f"{candidate}: has other labels than {baseline}, so the two cannot be compared. Look "
            f"at `tanggap-ml evaluate`, then `tanggap models activate --force --reason ...`."
        )
    comparison = compare_bundles(baseline, candidate, read_examples(gate))
    values: dict[str, Any] = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "baseline": {"version": left.version, "sha256": fingerprint(baseline)},
        "candidate": {"version": right.version, "sha256": fingerprint(candidate)},
        "gate": {"file": gate.name, "sha256": file_hash(gate), "posts": comparison.posts},
        "verdict": comparison.verdict,
        "sentence": comparison.sentence,
        "figures": comparison.as_dict(),
    }
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    (candidate / COMPARISON_FILE).write_text(text, encoding="utf-8")
    return comparison

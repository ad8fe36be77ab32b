"""Say in a bundle what people call its labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tanggap.classifier import load_bundle, read_manifest
from tanggap.classifier.bundle import MANIFEST_FILE
from tanggap_ml.card import CARD_FILE
from tanggap_ml.pack import write_manifest


def name_labels(bundle: Path, names: Any) -> str:
    """Write the names into the bundle's description and return the version it has with them.

    Raises BundleError when the bundle is damaged or its names would be wrong; then it stays as it
    was.
    """
    old = load_bundle(bundle).version
    path = bundle / MANIFEST_FILE
    before = path.read_bytes()
    values = write_manifest(bundle, {**json.loads(before), "label_names": names})
    try:
        read_manifest(bundle)
    except Exception:
        path.write_bytes(before)
        raise
    version = str(values["version"])
    card = bundle / CARD_FILE
    if card.is_file():
        card.write_text(card.read_text(encoding="utf-8").replace(old, version), encoding="utf-8")
    return version

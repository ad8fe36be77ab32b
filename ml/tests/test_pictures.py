from __future__ import annotations

import struct
from pathlib import Path

import pytest

pytest.importorskip("altair", reason="altair is not installed: pip install -e ml")

from tanggap_ml.pictures import (
    bar_picture,
    confusion_picture,
    coverage_picture,
    histogram_picture,
    reliability_picture,
    save_picture,
)

LABELS = ["complaint", "question", "feedback", "praise", "none"]
CHARTS = {
    "confusion": confusion_picture(
        [
            [890, 20, 40, 10, 30],
            [12, 420, 20, 1, 15],
            [60, 22, 210, 30, 40],
            [8, 1, 25, 300, 20],
            [35, 18, 44, 21, 380],
        ],
        LABELS,
        "2,782 invented posts",
    ),
    "reliability": reliability_picture(
        [
            {"low": n / 10, "high": (n + 1) / 10, "accuracy": n / 10 + 0.03, "posts": n * n * 10}
            for n in range(2, 10)
        ],
        "invented",
    ),
    "coverage": coverage_picture(
        [{"coverage": n / 100, "accuracy": 0.99 - 0.2 * (n / 100) ** 2} for n in range(1, 101)],
        "invented",
    ),
    "bars": bar_picture(
        [
            {"group": label, "part": part, "amount": amount}
            for label in LABELS
            for part, amount in (("id", 400), ("en", 250))
        ],
        "Labels",
        "per language",
    ),
    "histogram": histogram_picture([n % 37 for n in range(900)], "Length", "900", unit="tokens"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_picture_is_a_png_of_modest_size(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / f"{name}.png"
    save_picture(CHARTS[name], path)
    content = path.read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG")
    assert 400 <= width <= 2000
    assert 300 <= height <= 2000
    assert len(content) < 300_000

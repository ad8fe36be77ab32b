"""The shipped bundle, for the tests that need a real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tanggap.classifier import OnnxClassifier, load_bundle

SHIPPED = Path(__file__).parents[2] / "models" / "default"


@pytest.fixture(scope="session")
def shipped() -> Path:
    """Give the folder of the bundle that the repository carries."""
    if not (SHIPPED / "model.onnx").is_file():
        pytest.skip("models/default/model.onnx is not here; `tanggap-ml export` writes it")
    return SHIPPED


@pytest.fixture(scope="session")
def classifier(shipped: Path) -> OnnxClassifier:
    """Load the shipped bundle once for all tests."""
    return load_bundle(shipped, threads=1)

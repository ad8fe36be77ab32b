"""Open a model bundle for serving."""

from __future__ import annotations

from pathlib import Path

from tanggap.classifier.bundle import MODEL_FILE, TOKENIZER_FILE, read_manifest, read_verified
from tanggap.classifier.onnx import OnnxClassifier


def load_bundle(path: Path | str, *, threads: int = 0, batch_size: int = 64) -> OnnxClassifier:
    """Check a bundle's folder and return its classifier; 0 threads means one a core.

    Hashes and sizes are checked here and once more on the bytes that are loaded at the first
    verdict, so the call is cheap and safe before a process forks. Raises BundleError naming the
    file and the remedy.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    for name in (MODEL_FILE, TOKENIZER_FILE):
        read_verified(folder, name, manifest)
    return OnnxClassifier(folder, manifest, threads=threads, batch_size=batch_size)

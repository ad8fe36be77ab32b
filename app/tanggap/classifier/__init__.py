"""Label posts as complaint, question, feedback, praise or none.

`load_bundle` serves a model bundle; `KeywordClassifier` is its twin for tests. Importing this
package loads neither onnxruntime nor tokenizers.
"""

from tanggap.classifier.base import Classifier, Verdict, needs_human
from tanggap.classifier.bundle import BundleError, Manifest, fingerprint, read_manifest
from tanggap.classifier.embedding import Embedder, HashingEmbedder, OnnxEmbedder
from tanggap.classifier.keyword import KeywordClassifier
from tanggap.classifier.labels import DESCRIPTIONS, LABELS
from tanggap.classifier.language import name_language
from tanggap.classifier.loading import load_bundle
from tanggap.classifier.onnx import OnnxClassifier
from tanggap.classifier.text import clean_text, has_content

__all__ = [
    "DESCRIPTIONS",
    "LABELS",
    "BundleError",
    "Classifier",
    "Embedder",
    "HashingEmbedder",
    "KeywordClassifier",
    "Manifest",
    "OnnxClassifier",
    "OnnxEmbedder",
    "Verdict",
    "clean_text",
    "fingerprint",
    "has_content",
    "load_bundle",
    "name_language",
    "needs_human",
    "read_manifest",
]

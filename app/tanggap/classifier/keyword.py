"""A classifier of a few word lists: the null twin for tests, demonstrations and first starts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tanggap.classifier.base import Verdict
from tanggap.classifier.labels import COMPLAINT, FEEDBACK, LABELS, NONE, PRAISE, QUESTION
from tanggap.classifier.language import name_language
from tanggap.classifier.text import clean_text, has_content

_MATCHED: Final = 0.9
_UNMATCHED: Final = 0.6
_THRESHOLD: Final = 0.5


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        COMPLAINT,
        _words(
            "mati", "rusak", "lemot", "lelet", "gangguan", "error", "kecewa", "parah", "jelek",
            "hilang", "telat", "penipu(?:an)?", r"(?:gak?|nggak|tidak) bisa", "gabisa", "komplain",
            "broken", "down", "crash(?:es|ed|ing)?", "worst", "terrible", "awful", "refund",
            "late", "delayed", "never", "charged", r"not working", r"(?:doesn't|won't|can't) \w+",
            r"still waiting", "disappointed",
        ),
    ),
    (
        QUESTION,
        re.compile(
            r"\?|(?<!\w)(?:bagaimana|gimana|kapan|berapa|apakah|dimana|how|when|where|what)(?!\w)",
            re.IGNORECASE,
        ),
    ),
    (
        FEEDBACK,
        _words(
            "saran", "usul", "semoga", "sebaiknya", "tambah(?:in|kan)?", "please add", "dm",
            "suggestion", "suggest", r"would be (?:nice|great)", "wish",
        ),
    ),
    (
        PRAISE,
        _words(
            "bagus", "mantap", "keren", "makasih", r"terima ?kasih", "puas", "ramah", "cepat",
            "thanks?", "thank you", "great", "love", "awesome", "best", "amazing",
        ),
    ),
)  # fmt: skip


class KeywordClassifier:
    """Label by the first word list that matches, in the order of precedence; deterministic."""

    labels: tuple[str, ...] = LABELS
    version: str = "keyword-1"
    thresholds: Mapping[str, float] = dict.fromkeys(LABELS, _THRESHOLD)

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Return one verdict a text, in the order of the texts."""
        return [self._verdict(clean_text(text)) for text in texts]

    def _verdict(self, text: str) -> Verdict:
        if not has_content(text):
            return self._make(NONE, 1.0, "other")
        language = name_language(text)
        for label, pattern in _PATTERNS:
            if pattern.search(text):
                return self._make(label, _MATCHED, language)
        return self._make(NONE, _UNMATCHED, language)

    def _make(self, label: str, confidence: float, language: str) -> Verdict:
        rest = (1.0 - confidence) / (len(self.labels) - 1)
        return Verdict(
            label=label,
            confidence=confidence,
            probabilities={other: confidence if other == label else rest for other in self.labels},
            language=language,
            model_version=self.version,
        )

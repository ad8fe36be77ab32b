"""A template of an answer, and the situation it is wanted in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tanggap.rules.tone.draft import Step
from tanggap.sdk.types import Formality

VARIABLES: Final[dict[str, dict[str, str]]] = {
    "name": {"id": "sapaan dan nama pelanggan", "en": "how the customer is addressed"},
    "greeting": {"id": "salam sesuai waktu", "en": "a greeting that fits the time of day"},
    "deadline": {"id": "kapan kabar berikutnya", "en": "when the next news comes"},
    "team": {"id": "tim yang menangani", "en": "the team in charge"},
    "topic": {"id": "pokok masalah", "en": "what it is about"},
    "link": {"id": "tautan yang sesuai", "en": "the link that helps"},
    "answer": {"id": "jawaban atau hasilnya", "en": "the answer or the result"},
    "account": {"id": "nama akun kita", "en": "the name of our account"},
}
"""What templates may name; what the case does not tell stays open for the agent to fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Texts that say the same in other words, so that answers to many do not repeat."""

    key: str
    language: str
    step: Step
    labels: tuple[str, ...]
    formality: Formality
    texts: tuple[str, ...]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of the case: the post's label and channel, what has been answered so far.

    `values` fill the variables; `used` are texts that went out lately and should not come again.
    """

    language: str
    label: str
    channel: str
    formality: Formality
    first_answer: bool = True
    private: bool = False
    resolved: bool = False
    closing_owed: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    used: frozenset[str] = frozenset()

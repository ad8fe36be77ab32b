"""Checks of a public draft for personal data, given or asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tanggap.rules.personal import PersonalKind, find_personal
from tanggap.rules.tone.draft import Draft
from tanggap.rules.tone.findings import Finding, Fix
from tanggap.rules.tone.lexicon import ASKING, ASKS_PRIVATELY, PRIVATELY
from tanggap.rules.tone.words import find_phrases, has_phrase

_NAMES: Final[dict[PersonalKind, dict[str, str]]] = {
    PersonalKind.CARD: {"id": "nomor kartu", "en": "a card number"},
    PersonalKind.NIK: {"id": "NIK", "en": "an identity number (NIK)"},
    PersonalKind.EMAIL: {"id": "alamat e-mail", "en": "an e-mail address"},
    PersonalKind.PHONE: {"id": "nomor telepon", "en": "a telephone number"},
    PersonalKind.BANK_ACCOUNT: {"id": "nomor rekening", "en": "a bank account number"},
    PersonalKind.ORDER: {"id": "nomor pesanan", "en": "an order number"},
    PersonalKind.ADDRESS: {"id": "alamat rumah", "en": "a home address"},
}
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?\n]*")


def check_privacy(draft: Draft) -> Iterator[Finding]:
    """Yield personal data in a public draft, and questions for it."""
    if draft.visibility != "public":
        return
    for found in find_personal(draft.text):
        name = _NAMES[found.kind]
        yield Finding(
            f"personal_{found.kind}",
            {
                "id": f"Ada {name['id']} di balasan publik. Hapus, atau kirim secara pribadi.",
                "en": f"There is {name['en']} in a public reply. Remove it, or send it privately.",
            },
            found.start,
            found.end,
            fix=Fix(found.start, found.end, "•••"),
        )
    yield from _asking(draft)


def _asking(draft: Draft) -> Iterator[Finding]:
    """Find a question for personal data in a sentence that does not name a private channel."""
    private = has_phrase(draft.text, PRIVATELY.get(draft.language, ()))
    for sentence in _SENTENCE.finditer(draft.text):
        asks = has_phrase(sentence[0], ASKING.get(draft.language, ()))
        wanted = find_phrases(sentence[0], ASKS_PRIVATELY.get(draft.language, ()))
        if not asks or not wanted or private:
            continue
        start = sentence.start() + wanted[0].start()
        yield Finding(
            "asks_personal",
            {
                "id": f"“{wanted[0][0]}” jangan diminta di depan umum. Minta lewat pesan pribadi.",
                "en": f"Do not ask for “{wanted[0][0]}” in public. Ask in a private message.",
            },
            start,
            start + len(wanted[0][0]),
        )

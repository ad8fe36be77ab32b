"""Hold a draft against its tone profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tanggap.rules.tone.codes import Severity
from tanggap.rules.tone.draft import Draft
from tanggap.rules.tone.findings import Finding
from tanggap.rules.tone.language import guess_language
from tanggap.rules.tone.privacy import check_privacy
from tanggap.rules.tone.profile import Profile
from tanggap.rules.tone.shape import check_shape
from tanggap.rules.tone.wording import check_wording

MAX_FINDINGS: Final = 50
MAX_CHARACTERS: Final = 20_000
"""No platform takes a longer reply; what is beyond is not looked at."""

_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}


def lint(draft: Draft, profile: Profile) -> list[Finding]:
    """Return what to mend before the draft is sent, the gravest first, then in the text's order.

    A draft that is clearly in another language than its case is read in its own.
    """
    if not draft.text.strip():
        return []
    if len(draft.text) > MAX_CHARACTERS:
        draft = replace(draft, text=draft.text[:MAX_CHARACTERS])
    draft = replace(draft, language=guess_language(draft.text) or draft.language)
    found = [*check_privacy(draft), *check_wording(draft, profile), *check_shape(draft, profile)]
    found.sort(key=lambda finding: (_ORDER[finding.severity], finding.start))
    return found[:MAX_FINDINGS]

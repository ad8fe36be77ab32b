"""How an answer should sound, and the linter that holds a draft against it."""

from __future__ import annotations

from tanggap.rules.tone.changes import changed, changes_between
from tanggap.rules.tone.codes import CODES, Severity
from tanggap.rules.tone.draft import Draft
from tanggap.rules.tone.findings import Finding, Fix
from tanggap.rules.tone.lint import lint
from tanggap.rules.tone.profile import Profile, default_profile, with_formality

__all__ = [
    "CODES",
    "Draft",
    "Finding",
    "Fix",
    "Profile",
    "Severity",
    "changed",
    "changes_between",
    "default_profile",
    "lint",
    "with_formality",
]

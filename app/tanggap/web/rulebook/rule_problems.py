"""What is wrong with a rule, where, and how to mend it, in the reader's language.

The rules say it in English with values in it; `INDONESIAN` holds the sentences beside theirs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from flask_babel import gettext

from tanggap.rules.problems import InvalidRuleError
from tanggap.web.i18n import language
from tanggap.web.rulebook.rule_indonesian import INDONESIAN

_PLACES: Final = {
    "condition": "syarat",
    "actions": "tindakan",
    "name": "nama",
    "trigger": "pemicu",
    "position": "urutan",
    "timing": "waktu",
    "at_most": "batas",
}


def explain_rule(error: InvalidRuleError, *, place: bool = True) -> str:
    """Say where the problem is, what it is, and what to do; what has no translation in English."""
    problem, fix = error.problem, error.fix
    if language() == "id":
        problem, fix = in_indonesian(problem), in_indonesian(fix)
    where = ", ".join(_where(error)) if place else ""
    text = f"{where}: {problem}. {fix}" if where else f"{problem[:1].upper()}{problem[1:]}. {fix}"
    return text.strip()


def in_indonesian(sentence: str) -> str:
    """Translate a sentence of the rules; one that is not known stays as it is."""
    if sentence in INDONESIAN:
        return INDONESIAN[sentence]
    for pattern, written in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return written.format(*map(in_indonesian, found.groups()))
    return sentence


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Make patterns of the sentences with values, the most definite ones first."""
    with_values = sorted((one for one in INDONESIAN if "{}" in one), key=len, reverse=True)
    return [
        (re.compile("(.+?)".join(map(re.escape, one.split("{}"))), re.DOTALL), INDONESIAN[one])
        for one in with_values
    ]


def _where(error: InvalidRuleError) -> list[str]:
    field = error.field
    if language() == "id":
        name, _, rest = field.partition(" ")
        field = f"{_PLACES.get(name, 'tindakan' if name == 'action' else name)} {rest}".strip()
    return [
        *([gettext("line %(line)s of the file", line=error.file_line)] if error.file_line else []),
        *([gettext("rule %(key)s", key=error.rule)] if error.rule else []),
        *([field] if field else []),
        *([gettext("line %(line)s", line=error.line)] if error.line else []),
        *([gettext("column %(column)s", column=error.column)] if error.column else []),
    ]

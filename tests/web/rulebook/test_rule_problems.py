"""Faults of rules in Indonesian: every sentence that the rules can say has a translation."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest
from flask import Flask, session

import tanggap
from tanggap.rules import InvalidRuleError
from tanggap.web.rulebook.rule_indonesian import INDONESIAN
from tanggap.web.rulebook.rule_problems import explain_rule, in_indonesian

PACKAGE = Path(tanggap.__file__).parent
RAISED = {"InvalidRuleError": 0, "Fault": 1}
"""What says a fault, with the argument at which the problem stands; the fix comes after it."""


def _sentences(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
        return ["".join(map(str, parts))]
    if isinstance(node, ast.IfExp):
        return [*_sentences(node.body), *_sentences(node.orelse)]
    return []


def said() -> dict[str, str]:
    """Find what the rules can say, with the file it stands in."""
    found = {}
    files = [*(PACKAGE / "rules").glob("*.py"), *(PACKAGE / "inbox").rglob("*rule*.py")]
    for path in (*files, PACKAGE / "inbox" / "rulebook" / "action_runs.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in RAISED:
                for argument in node.args[RAISED[name] : RAISED[name] + 2]:
                    found.update(dict.fromkeys(_sentences(argument), path.name))
            if isinstance(node, ast.Call) and name == "Remark":
                for keyword in node.keywords:
                    if keyword.arg in ("problem", "fix"):
                        found.update(dict.fromkeys(_sentences(keyword.value), path.name))
    return {text: file for text, file in found.items() if text.strip("{} ")}


def test_everything_the_rules_say_has_an_indonesian_sentence() -> None:
    untranslated = {
        text: file
        for text, file in said().items()
        if in_indonesian(text.replace("{}", "7")) == text.replace("{}", "7")
    }
    assert untranslated == {}


def test_translations_take_the_values_of_the_sentence_and_no_others() -> None:
    for english, written in INDONESIAN.items():
        places = {name for _, name, _, _ in string.Formatter().parse(written) if name is not None}
        assert places <= set(map(str, range(english.count("{}")))), english


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            InvalidRuleError("no team 'x'", "Did you mean a or b?", rule="r", field="action 2"),
            "aturan r, tindakan 2: tidak ada tim 'x'. Maksudnya a atau b?",
        ),
        (
            InvalidRuleError(
                "&& joins yes/no, this is list of text", "Remove it.", line=2, column=5
            ),
            "baris 2, kolom 5: && menggabungkan ya/tidak, ini daftar teks. Hapus.",
        ),
        (InvalidRuleError("something odd", "Ask."), "Something odd. Ask."),
    ],
)
def test_faults_are_told_with_place_and_fix(app: Flask, error: InvalidRuleError, told: str) -> None:
    with app.test_request_context():
        session["language"] = "id"
        assert explain_rule(error) == told

"""Fill a template in, in a sandbox: templates are written by people and filled with posts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tanggap.rules.answers.template import VARIABLES
from tanggap.rules.problems import closest

MAX_TEMPLATE: Final = 2_000
MAX_VALUE: Final = 500
_BRACES: Final = re.compile(r"[{}]")
_NAME: Final = re.compile(r"(?:,? )?\{\{ name \}\}")
_SPACES: Final = re.compile(r" {2,}")

_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.CondExpr,
    nodes.Const,
)
"""Names and choices between them; no calls, no attributes, no loops, nothing that can run long."""


class TemplateSyntaxError(ValueError):
    """A template cannot be used; `line` is where, `message` says why in each language."""

    def __init__(self, message: Mapping[str, str], line: int) -> None:
        super().__init__(f"line {line}: {message['en']}")
        self.message = message
        self.line = line


class _LeftOpen(Undefined):
    """What the case does not tell: shown as `{deadline}`, which the linter asks to fill in."""

    def __str__(self) -> str:
        return f"{{{self._undefined_name}}}"


# Plain text comes out; it is escaped where it is shown.
_ENVIRONMENT: Final = ImmutableSandboxedEnvironment(undefined=_LeftOpen, autoescape=False)


@lru_cache(maxsize=1024)
def compile_template(text: str) -> JinjaTemplate:
    """Check a template and make it ready; raises `TemplateSyntaxError` with the line."""
    if len(text) > MAX_TEMPLATE:
        raise TemplateSyntaxError(
            {
                "id": f"lebih dari {MAX_TEMPLATE} karakter. Pendekkan.",
                "en": f"longer than {MAX_TEMPLATE} characters. Shorten it.",
            },
            1,
        )
    try:
        tree = _ENVIRONMENT.parse(text)
        _refuse_programs(tree)
        return _ENVIRONMENT.from_string(tree)
    except TemplateError as error:
        reason = error.message or "not a template"
        raise TemplateSyntaxError(
            {
                "id": f"bukan templat yang benar ({reason}). Periksa kurungnya: {{{{ name }}}}.",
                "en": f"{reason}. Check the braces: {{{{ name }}}}.",
            },
            getattr(error, "lineno", 1),
        ) from error
    except RecursionError as error:
        raise TemplateSyntaxError(
            {"id": "bersarang terlalu dalam. Sederhanakan.", "en": "nested too deep. Simplify it."},
            1,
        ) from error


def _refuse_programs(tree: nodes.Template) -> None:
    """Refuse all that is more than names and choices between them, and names nobody fills in."""
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__
            raise TemplateSyntaxError(
                {
                    "id": f"{what} tidak boleh dipakai; pakai nama variabel dan if saja.",
                    "en": f"{what} is not allowed; use names and if.",
                },
                node.lineno,
            )
        if isinstance(node, nodes.Name) and node.name not in VARIABLES:
            hint = closest(node.name, list(VARIABLES))
            known = ", ".join(VARIABLES)
            raise TemplateSyntaxError(
                {
                    "id": f"tidak ada variabel {node.name!r}. Yang ada: {known}.",
                    "en": f"there is no {node.name!r}. {hint}",
                },
                node.lineno,
            )


def render(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its variables filled in; those without a value stay open.

    A customer whose name the platform does not tell is addressed without it. Braces in values are
    dropped, so that a customer's name cannot look like a variable.
    """
    filled = {
        name: _BRACES.sub("", value)[:MAX_VALUE]
        for name, value in values.items()
        if name in VARIABLES and value
    }
    if "name" not in filled:
        text = _NAME.sub("", text)
    return _SPACES.sub(" ", compile_template(text).render(filled)).strip()

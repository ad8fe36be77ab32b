"""Write signatures, docstrings and defaults as the reference shows them."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, Field

_BARE = inspect.Parameter.empty


def signature(value: object) -> str:
    """Write a signature as its source does, without `self`."""
    if inspect.isclass(value):
        value = value.__init__ if inspect.isfunction(value.__init__) else _with_message
    if not callable(value):
        return ""
    signature = inspect.signature(value)
    shown = [
        str(p.replace(annotation=_BARE, default=_BARE)) + _rest(p)
        for p in signature.parameters.values()
    ]
    kinds = [p.kind for p in signature.parameters.values()]
    keyword = inspect.Parameter.KEYWORD_ONLY
    if keyword in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        shown.insert(kinds.index(keyword), "*")
    gives = signature.return_annotation
    result = "" if gives in (_BARE, "None") else f" -> {gives}"
    return f"({', '.join(part for part in shown if part != 'self')}){result}"


def _rest(parameter: inspect.Parameter) -> str:
    noted = "" if parameter.annotation is _BARE else f": {parameter.annotation}"
    if parameter.default is _BARE:
        return noted
    default = parameter.default
    shown = default.__name__ if inspect.isfunction(default) else repr(default)
    return f"{noted} = {shown.replace('datetime.', '')}"


def _with_message(message: str) -> None:
    """Stand for the errors that have no more than a message."""


def doc(value: object) -> str:
    """Give a docstring, or nothing."""
    return inspect.getdoc(value) or ""


def first(value: object) -> str:
    """Give the first paragraph of a docstring as one line."""
    return doc(value).split("\n\n")[0].replace("\n", " ")


def cell(text: object) -> str:
    """Write a text for a cell of a table."""
    return str(text).replace("|", "\\|")


def default(field: Field[object]) -> str:
    """Write the default of a field."""
    if field.default_factory is not MISSING:
        return f"`{field.default_factory()!r}`"
    if field.default is MISSING:
        return "needed"
    shown = field.default.__name__ if callable(field.default) else repr(field.default)
    return f"`{cell(shown)}`"

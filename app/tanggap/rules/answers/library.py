"""Read templates from YAML: those that come with the product, and an owner's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

import yaml

from tanggap.rules.answers.render import compile_template
from tanggap.rules.answers.template import Template
from tanggap.rules.tone.draft import Step
from tanggap.sdk.types import Formality

LANGUAGES: Final = ("id", "en")
_FIELDS: Final = frozenset({"key", "step", "labels", "formality", "texts", "channels"})


@cache
def default_templates() -> tuple[Template, ...]:
    """Return the templates that come with the product."""
    folder = files("tanggap.rules.answers")
    return tuple(
        template
        for language in LANGUAGES
        for template in parse_templates(
            (folder / f"{language}.yaml").read_text(encoding="utf-8"), language
        )
    )


def parse_templates(document: str, language: str) -> list[Template]:
    """Read a YAML list of templates; raises `ValueError` naming the entry and what is wrong."""
    try:
        entries = yaml.safe_load(document)
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from error
    if not isinstance(entries, list):
        raise TypeError("a list of templates is expected")
    templates = [_template(entry, number, language) for number, entry in enumerate(entries, 1)]
    keys = [template.key for template in templates]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise ValueError(f"the key {repeated[0]!r} stands twice")
    return templates


def _template(entry: Any, number: int, language: str) -> Template:
    if not isinstance(entry, Mapping) or not {"key", "step", "texts"} <= set(entry) <= _FIELDS:
        raise ValueError(f"template {number}: key, step and texts are needed, of {sorted(_FIELDS)}")
    where = f"template {number} ({entry['key']})"
    if entry["step"] not in get_args(Step):
        raise ValueError(f"{where}: the step is one of {', '.join(get_args(Step))}")
    texts = entry["texts"]
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{where}: texts is a list of at least one text")
    for text in texts:
        try:
            compile_template(text)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    return Template(
        key=str(entry["key"]),
        language=language,
        step=entry["step"],
        labels=tuple(map(str, entry.get("labels") or ())),
        formality=Formality(entry.get("formality", "neutral")),
        texts=tuple(texts),
        channels=tuple(map(str, entry.get("channels") or ())),
    )

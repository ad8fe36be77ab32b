"""Labels as people see them: those of the active model, by name, colour and key."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from flask import Flask

from tanggap.inbox.labels import LabelSet
from tanggap.inbox.serving import labels_of
from tanggap.web.context import services
from tanggap.web.i18n import LABELS as SHIPPED
from tanggap.web.i18n import language

KEYS: Final = (*"1234567890", *"yuiasdfh,.")
"""One key a label, twenty at most; none of them does anything else in the inbox."""

TONES: Final = 8


def install_labels(app: Flask) -> None:
    """Make names, colours and keys of labels known to an app's templates."""
    app.add_template_filter(label_name)
    app.add_template_filter(label_class)
    app.jinja_env.globals["label_keys"] = KEYS
    app.add_template_global(current_labels)


def current_labels() -> Sequence[str]:
    """List the labels a person may give."""
    return _label_set().labels


def label_name(label: str | None) -> str:
    """Name a label in the reader's language; one without a name by itself, made readable."""
    if not label:
        return ""
    names = _label_set().names.get(label, {})
    if names:
        return names.get(language()) or next(iter(names.values()))
    if label in SHIPPED:
        return str(SHIPPED[label])
    words = " ".join(label.replace("_", " ").replace("-", " ").split()) or label
    return words[:1].upper() + words[1:]


def label_class(label: str | None) -> str:
    """Name the style of a label: its own if it ships, else one of the colours by its place."""
    if not label:
        return "label-pending"
    if label in SHIPPED:
        return f"label-{label}"
    current = list(_label_set().labels)
    place = current.index(label) if label in current else zlib.crc32(label.encode())
    return f"label-tone-{place % TONES}"


def _label_set() -> LabelSet:
    return labels_of(services().classifier)

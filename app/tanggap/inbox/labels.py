"""The labels of the active model, and what people call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.classifier import LABELS, BundleError, read_manifest
from tanggap.store.models import Model, serving_model

Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels a person may give, in their order, and names by label and language.

    There are names for labels of earlier models too, since old posts go on bearing them.
    """

    labels: Sequence[str]
    names: Names = field(default_factory=dict)


def read_label_set(session: Session, default_folder: Path) -> LabelSet:
    """Read the labels of the active model without loading it."""
    names: dict[str, Mapping[str, str]] = {}
    for known in session.scalars(select(Model.label_names).order_by(Model.id)):
        names |= known
    model = serving_model(session)
    if model is not None:
        return LabelSet(tuple(model.labels), names | model.label_names)
    try:
        manifest = read_manifest(default_folder)
    except BundleError:  # pages are shown all the same; `/readyz` says what is wrong
        return LabelSet(LABELS, names)
    return LabelSet(manifest.labels, names | dict(manifest.label_names))

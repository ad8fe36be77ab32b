"""The classifier of the bundle that is active now; it follows the database without a restart."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import structlog
from sqlalchemy.orm import Session

from tanggap.classifier import (
    BundleError,
    Classifier,
    OnnxClassifier,
    Verdict,
    fingerprint,
    load_bundle,
)
from tanggap.inbox.bundles import bundle_folder, models_folder
from tanggap.inbox.labels import LabelSet, read_label_set
from tanggap.settings import Settings
from tanggap.store.db import Database
from tanggap.store.models import Model, serving_model

log = structlog.get_logger(__name__)

RETRY_SECONDS = 15.0
LABELS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bundle stands; `sha256` is empty for the one of the settings, which may change."""

    folder: Path
    version: str = ""
    sha256: str = ""


def place_of(settings: Settings, model: Model | None) -> Place:
    """Say where the bundle of a model stands; None is the one of the settings."""
    if model is None:
        return Place(bundle_folder(settings))
    return Place(models_folder(settings) / model.folder, model.version, model.sha256)


def serving_place(settings: Settings, session: Session) -> Place:
    """Say where the active bundle stands."""
    return place_of(settings, serving_model(session))


def check_place(place: Place) -> None:
    """Raise `BundleError` when what stands there is not the bundle that was activated."""
    if place.sha256 and fingerprint(place.folder) != place.sha256:
        raise BundleError(
            f"{place.folder}: is not the bundle {place.version} that was activated. Restore the "
            f"folder, or activate a bundle of another version."
        )


def open_place(place: Place, threads: int) -> OnnxClassifier:
    """Load a bundle, ready to label; raises `BundleError` when it is not the one that was meant."""
    check_place(place)
    classifier = load_bundle(place.folder, threads=threads)
    classifier.warm_up()
    return classifier


class ServingClassifier:
    """Labels with the active bundle; loads at the first text, so that commands start fast.

    Between batches one short query asks which bundle that is. A bundle that cannot be served
    does not replace the one that can; it is tried again after a while.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._lock = Lock()
        self._loaded: Classifier | None = None
        self._loaded_from: Place | None = None
        self._refused: Place | None = None
        self._retry_at = 0.0
        self._label_set: tuple[float, LabelSet] | None = None

    def now(self) -> Classifier:
        """Give the classifier of the active bundle, to be used for one batch.

        Raises `BundleError` naming the file and the fix while nothing can be served.
        """
        with self._database.read() as session:
            place = serving_place(self._settings, session)
        with self._lock:
            if self._loaded is None:
                return self._open(place)
            if place != self._loaded_from:
                self._change(place)
            return self._loaded

    def _change(self, place: Place) -> None:
        """Change over to a bundle if it can be served; else stay and say so once."""
        if place == self._refused and time.monotonic() < self._retry_at:
            return
        before, known = self.version_loaded, place == self._refused
        try:
            self._open(place)
        except BundleError as error:
            if not known:
                log.warning("the active model cannot be served", reason=str(error), goes_on=before)
            self._refused, self._retry_at = place, time.monotonic() + RETRY_SECONDS
        else:
            log.info("model changed", version=self.version_loaded, before=before)

    def _open(self, place: Place) -> Classifier:
        classifier = open_place(place, self._settings.model_threads)
        self._loaded, self._loaded_from, self._refused = classifier, place, None
        return classifier

    @property
    def version_loaded(self) -> str:
        """The version this process labels with, without looking; empty before the first text."""
        return self._loaded.version if self._loaded is not None else ""

    def label_set(self) -> LabelSet:
        """Give the labels of the active bundle, looked up every two seconds at most."""
        if self._label_set is None or time.monotonic() - self._label_set[0] > LABELS_SECONDS:
            with self._database.read() as session:
                found = read_label_set(session, bundle_folder(self._settings))
            self._label_set = time.monotonic(), found
        return self._label_set[1]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the active bundle."""
        return self.now().labels

    @property
    def version(self) -> str:
        """The version of the active bundle."""
        return self.now().version

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The confidence each label of the active bundle needs to do without a person."""
        return self.now().thresholds

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Label the texts with the active bundle."""
        return self.now().classify(texts)


def labels_of(classifier: Classifier) -> LabelSet:
    """Give the labels of the active model; a web server need not load it for that."""
    if isinstance(classifier, ServingClassifier):
        return classifier.label_set()
    return LabelSet(classifier.labels)


def classifier_now(classifier: Classifier) -> Classifier:
    """Give what labels one batch: its verdicts and its thresholds belong to one bundle."""
    return classifier.now() if isinstance(classifier, ServingClassifier) else classifier

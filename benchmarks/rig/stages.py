"""What each step costs a post: one step after the other, without company."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rig.load import Call
from rig.places import Place
from rig.processes import backends, processor_ms
from tanggap.classifier import Classifier, Verdict, load_bundle
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.bundles import bundle_folder
from tanggap.inbox.services import Services, open_services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.sdk.types import WebhookRequest


@dataclass
class Meter:
    """Milliseconds by step, of this thread and of the PostgreSQL server."""

    services: Services
    figures: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, posts: int) -> Iterator[None]:
        """Measure what is done inside, a post."""
        server = processor_ms(backends(self.services.database))
        begun = time.process_time()
        yield
        self.figures[name] = (time.process_time() - begun) * 1000 / posts
        used = processor_ms(backends(self.services.database)) - server
        self.figures[f"{name}, server"] = used / posts


class TimedClassifier:
    """Classifies as another one does and adds up the time that takes."""

    def __init__(self, inner: Classifier) -> None:
        self._inner = inner
        self.seconds = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        """The inner one's labels."""
        return self._inner.labels

    @property
    def version(self) -> str:
        """The inner one's version."""
        return self._inner.version

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The inner one's thresholds."""
        return self._inner.thresholds

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Label the texts."""
        begun = time.process_time()
        verdicts = self._inner.classify(texts)
        self.seconds += time.process_time() - begun
        return verdicts


def stages(place: Place, calls: Sequence[Call]) -> dict[str, float]:
    """Take deliveries of one post each through every step and give the milliseconds a post."""
    classifier = TimedClassifier(load_bundle(bundle_folder(place.settings), threads=1))
    classifier.classify(["halo"])
    services = open_services(place.settings, classifier=classifier)
    meter = Meter(services)
    _run(services)
    with meter.step("accept", len(calls)):
        for body, signed in calls:
            headers = dict([signed.split(": ")])
            accept(services, "twitter", WebhookRequest("POST", headers, {}, body))
    classifier.seconds = 0.0
    with meter.step("receive", len(calls)):
        _run(services)
    meter.figures["classify"] = classifier.seconds * 1000 / len(calls)
    meter.figures["receive"] -= meter.figures["classify"]
    services.close()
    return meter.figures


def _run(services: Services) -> None:
    while receive_pending(services) or triage_pending(services):
        pass

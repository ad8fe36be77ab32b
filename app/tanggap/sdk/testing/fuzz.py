"""Throw damaged webhooks at a plugin's parser: `python -m tanggap.sdk.testing.fuzz MODULE`."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tanggap.sdk.channel import Channel
from tanggap.sdk.errors import InvalidPayload
from tanggap.sdk.testing.events import wrong_values
from tanggap.sdk.testing.fixtures import Fixture, channel_of, fixtures_folder, read_fixtures
from tanggap.sdk.testing.mutations import corrupt, encode, mutate
from tanggap.sdk.types import WebhookRequest

SLOW_SECONDS = 2.0


@dataclass(slots=True)
class Finding:
    """One way in which a parser failed, how often, and a body that shows it."""

    what: str
    example: WebhookRequest
    number: int
    times: int = 1


@dataclass(slots=True)
class Report:
    """What fuzzing found; `seconds` is processor time."""

    payloads: int = 0
    read: int = 0
    refused: int = 0
    seconds: float = 0.0
    findings: dict[str, Finding] = field(default_factory=dict)

    def note(self, what: str, example: WebhookRequest) -> None:
        """Count a failure; failures that say the same are one finding."""
        if what in self.findings:
            self.findings[what].times += 1
        else:
            self.findings[what] = Finding(what, example, self.payloads)


def payloads(fixtures: Sequence[Fixture], seed: int) -> Iterator[WebhookRequest]:
    """Damage fixtures without end, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - damage, not secrets
    values = [(fixture, _decoded(fixture)) for fixture in fixtures]
    while True:
        fixture, value = rng.choice(values)
        body = encode(mutate(rng, value))
        yield fixture.request(corrupt(rng, body) if rng.random() < 0.03 else body)


def fuzz(channel: Channel, fixtures: Sequence[Fixture], count: int, seed: int = 1) -> Report:
    """Parse `count` damaged webhooks; whatever is not an event or `InvalidPayload` is a finding."""
    if channel.webhook is None:
        raise ValueError(f"channel {channel.key} has no webhook")
    report = Report()
    for request in payloads(fixtures, seed):
        if report.payloads >= count:
            return report
        report.payloads += 1
        started = time.process_time()
        problems = judged(channel, request, report)
        took = time.process_time() - started
        report.seconds += took
        for what in problems:
            report.note(what, request)
        if took > SLOW_SECONDS:
            report.note(f"slow: more than {SLOW_SECONDS:.0f} s of processor time", request)
    return report


def judged(channel: Channel, request: WebhookRequest, report: Report) -> list[str]:
    """Parse one webhook and name what is wrong with what came of it."""
    if channel.webhook is None:
        return []
    try:
        events = channel.webhook.parse(request)
    except InvalidPayload as error:
        report.refused += 1
        return [] if error.path else ["InvalidPayload names no field"]
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        return [f"{type(error).__name__} at {where}"]
    report.read += 1
    wrong = {problem.partition(": ")[0] for event in events for problem in wrong_values(event)}
    return [f"a wrong value in {place}" for place in sorted(wrong)]


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz one plugin and print the rate and the findings; 1 when there are any."""
    parser = argparse.ArgumentParser(prog="python -m tanggap.sdk.testing.fuzz")
    parser.add_argument("module", help="the plugin's module, such as tanggap_echo")
    parser.add_argument("-n", "--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixtures", type=Path, help="where they are, unless beside the package")
    given = parser.parse_args(argv)
    fixtures = read_fixtures(given.fixtures or fixtures_folder(given.module))
    report = fuzz(channel_of(given.module), fixtures, given.count, given.seed)
    rate = report.payloads / report.seconds if report.seconds else 0
    sys.stdout.write(
        f"{given.module}: {report.payloads} payloads from {len(fixtures)} fixtures, "
        f"{report.read} read, {report.refused} refused, {rate:.0f} a second, "
        f"{len(report.findings)} findings\n"
    )
    for finding in report.findings.values():
        sys.stdout.write(
            f"  {finding.what}, {finding.times} times, first as number {finding.number} of seed "
            f"{given.seed}\n    {finding.example.body[:400]!r}\n"
        )
    return 1 if report.findings else 0


def _decoded(fixture: Fixture) -> object:
    try:
        return json.loads(fixture.body)
    except ValueError:
        return fixture.body.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())

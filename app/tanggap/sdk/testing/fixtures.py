"""Webhook bodies on disk, and what each should be read as.

A fixture is `fixtures/<name>.json`, a raw body. Where the platform says more in headers or in the
query, `<name>.headers` beside it holds lines such as `X-Event: created` and `?user=17`. What it is
read as is in `events/<name>.json` beside the folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from tanggap.sdk.channel import Channel
from tanggap.sdk.errors import InvalidPayload
from tanggap.sdk.types import Event, WebhookRequest

_LATELY = timedelta(minutes=10)
COMMAND = "python -m tanggap.sdk.testing.golden --update MODULE"


@dataclass(frozen=True, slots=True)
class Fixture:
    """One recorded webhook body."""

    path: Path
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the file is called, without its ending."""
        return self.path.stem

    @property
    def golden(self) -> Path:
        """Where it is written down what the fixture is read as."""
        return self.path.parent.parent / "events" / self.path.name

    def request(self, body: bytes | None = None, **headers: str) -> WebhookRequest:
        """Make the webhook call that brings this body, or another with the same headers."""
        given = {**self.headers, **headers}
        return WebhookRequest("POST", given, self.query, self.body if body is None else body)


def read_fixtures(folder: Path) -> list[Fixture]:
    """Read every fixture of a folder; raises `FileNotFoundError` when there is none."""
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    if not found:
        raise FileNotFoundError(f"{folder} holds no fixture: write one *.json for each event")
    return found


def channel_of(module: str) -> Channel:
    """Give the one channel that a plugin's module declares."""
    (channel,) = import_module(module).tanggap_channels()
    if not isinstance(channel, Channel):
        raise TypeError(f"{module} declares a {type(channel).__name__}, not a Channel")
    return channel


def fixtures_folder(module: str) -> Path:
    """Guess where a plugin's fixtures are: in `tests/fixtures` beside its package."""
    source = import_module(module).__file__
    if source is None:
        raise FileNotFoundError(f"{module} is no package on disk: name its fixtures")
    return Path(source).parents[1] / "tests" / "fixtures"


def outcome(channel: Channel, fixture: Fixture) -> dict[str, Any]:
    """Parse a fixture and describe what came of it as JSON values."""
    if channel.webhook is None:
        raise ValueError(f"channel {channel.key} has no webhook")
    try:
        events = channel.webhook.parse(fixture.request())
    except InvalidPayload as error:
        return {"refused": {"path": error.path, "expected": error.expected}}
    return {"events": [as_json(event) for event in events]}


def as_json(event: Event) -> dict[str, Any]:
    """Describe an event by its type and the fields that differ from their defaults.

    A time that the platform did not tell, so that the parser took its own, is shown as "now".
    """
    shown: dict[str, Any] = {"type": type(event).__name__}
    for one in fields(event):
        value = getattr(event, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if value != default and not (default == () and not value):
            shown[one.name] = _plain(value)
    return shown


def _read(path: Path) -> Fixture:
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    beside = path.with_suffix(".headers")
    if beside.exists():
        for line in filter(None, beside.read_text("utf-8").splitlines()):
            into, text, mark = (query, line[1:], "=") if line[0] == "?" else (headers, line, ":")
            name, _, value = text.partition(mark)
            into[name.strip() if mark == "=" else name.strip().lower()] = value.strip()
    return Fixture(path, path.read_bytes(), headers, query)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        now = abs(datetime.now(UTC) - value) < _LATELY
        return "now" if now else value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value

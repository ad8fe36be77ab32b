"""What a plugin tells the contract kit, and which of its tests then apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import getattr_static
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from tanggap.sdk.channel import Channel
from tanggap.sdk.simulator import SimulatedPlatform, running
from tanggap.sdk.testing.callback import Callback, listening
from tanggap.sdk.testing.fixtures import Fixture, outcome, read_fixtures
from tanggap.sdk.testing.http import HostWatch, LoopbackHttp, allowed_hosts
from tanggap.sdk.testing.script import Script, app_of, connect
from tanggap.sdk.testing.values import make_account
from tanggap.sdk.types import Account, AppCredentials, Event, IncomingPost

T = TypeVar("T", bound=Callable[..., object])
_NEEDS = "_contract_needs"


def needs(*parts: str) -> Callable[[T], T]:
    """Mark a test for channels with these parts alone, such as `replying.find_sent`.

    Parts of the kit's own are `fixtures`, `simulator`, `edits`, `deletes` and `quality`.
    """

    def mark(test: T) -> T:
        setattr(test, _NEEDS, parts)
        return test

    return mark


class ContractBase:
    """The configuration and the fixtures of the contract tests.

    `channel` is what the plugin declares, `fixtures` the folder with webhook bodies, `simulator`
    the `create` of its simulator, `project` the folder with its pyproject.toml. `edits` and
    `deletes` say whether the platform tells of them.
    """

    channel: ClassVar[Channel]
    fixtures: ClassVar[Path | None] = None
    # A function that stands in a class is a method to type checkers, whose first argument is gone.
    simulator: ClassVar[Callable[..., SimulatedPlatform] | None] = None
    project: ClassVar[Path | None] = None
    edits: ClassVar[bool] = True
    deletes: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take away the tests of parts that the channel does not have."""
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "channel"):
            return
        if cls.project is None and cls.fixtures is not None:
            cls.project = cls.fixtures.parents[1]
        for name in dir(cls):
            wanted = getattr(getattr_static(cls, name), _NEEDS, ())
            if not all(cls._has(part) for part in wanted):
                setattr(cls, name, None)

    @classmethod
    def _has(cls, part: str) -> bool:
        if part == "quality":
            return cls.project is not None
        if part in ("fixtures", "simulator", "edits", "deletes"):
            return bool(getattr_static(cls, part))
        found: object = cls.channel
        for name in part.split("."):
            found = None if found is None else getattr(found, name)
        return found is not None

    @classmethod
    def recorded(cls) -> list[Fixture]:
        """Read the fixtures."""
        return read_fixtures(cls.fixtures) if cls.fixtures else []

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one test of each fixture."""
        if "fixture" in metafunc.fixturenames:
            found = self.recorded()
            metafunc.parametrize("fixture", found, ids=[one.name for one in found])

    @pytest.fixture
    def http(self) -> Iterator[LoopbackHttp]:
        """Give a client that reaches this machine alone."""
        client = LoopbackHttp()
        yield client
        client.close()

    @pytest.fixture
    def platform(self) -> Iterator[SimulatedPlatform]:
        """Run the simulator."""
        create = getattr_static(type(self), "simulator")
        with running(create) as platform:
            yield platform

    @pytest.fixture
    def script(self, platform: SimulatedPlatform) -> Iterator[Script]:
        """Write on the simulated platform as others do."""
        made = Script(platform)
        yield made
        made.close()

    @pytest.fixture
    def app(self, platform: SimulatedPlatform) -> AppCredentials:
        """Give the developer app that the simulated platform knows."""
        return app_of(platform)

    @pytest.fixture
    def account(self, platform: SimulatedPlatform, http: LoopbackHttp) -> Account:
        """Connect the first account that the simulated platform offers."""
        return connect(self.channel, platform, http)[0]

    @pytest.fixture
    def watched(self, app: AppCredentials, account: Account, http: LoopbackHttp) -> HostWatch:
        """Give a client that notes hosts the channel has not declared."""
        return HostWatch(http, allowed_hosts(self.channel, app, account))

    @pytest.fixture
    def callback(
        self, app: AppCredentials, account: Account, http: LoopbackHttp
    ) -> Iterator[Callback]:
        """Have the account's webhooks come to a small inbox."""
        with listening(self.channel, app) as callback:
            if self.channel.webhook and self.channel.webhook.subscribe:
                self.channel.webhook.subscribe(account, callback.url, http)
            yield callback

    @pytest.fixture
    def stranger(self) -> Account:
        """Give an account that no platform knows, fit for the fixtures' posts."""
        return self.plain_account()

    def plain_account(self) -> Account:
        """Make an account that no platform knows, fit for the fixtures' posts.

        Override it where one needs more, such as `config`.
        """
        sample = self.sample()
        return make_account(self.channel, sample.account_id if sample else "5001")

    def sample(self) -> IncomingPost | None:
        """Give a customer's post out of the fixtures."""
        found = (event for one in self.recorded() for event in self._events(one))
        posts = [event for event in found if isinstance(event, IncomingPost)]
        return next((post for post in posts if post.author_id != post.account_id), None)

    def _events(self, fixture: Fixture) -> list[Event]:
        if "refused" in outcome(self.channel, fixture) or self.channel.webhook is None:
            return []
        return list(self.channel.webhook.parse(fixture.request()))

    @classmethod
    def package(cls) -> str:
        """Name the plugin's import package."""
        return cls.channel.health.__module__.partition(".")[0]

    @staticmethod
    def secrets_of(app: AppCredentials, account: Account | None = None) -> Mapping[str, str]:
        """List what must never be shown, by name."""
        found = dict(app.secrets)
        if account is not None:
            found["access token"] = account.token.access_token
            found["refresh token"] = account.token.refresh_token or ""
        return {name: value for name, value in found.items() if len(value) >= 6}

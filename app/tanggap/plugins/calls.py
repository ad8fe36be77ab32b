"""Call plugins so that one that raises, hangs or returns rubbish harms nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import Any, Final, ParamSpec, TypeVar

import structlog

from tanggap.errors import TanggapError
from tanggap.plugins.border import CHECKS, checked_error
from tanggap.plugins.breaker import (
    FIRST_PAUSE,
    OPENS_AFTER,
    Breakers,
    BreakerState,
    Line,
    Paused,
)
from tanggap.plugins.client import BoundClient
from tanggap.plugins.crew import Crew, StuckError
from tanggap.plugins.hosts import allowed_hosts
from tanggap.plugins.spoken import Failed, said
from tanggap.plugins.throttle import BURST, PER_SECOND, Throttle
from tanggap.sdk.channel import Channel, Http
from tanggap.sdk.errors import ChannelError, Unavailable

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

SECONDS: Final = 60.0
"""How long a call that asks the platform may take."""
SECONDS_OF: Final[Mapping[str, float]] = {
    "webhook.verify": 5.0,
    "webhook.challenge": 5.0,
    "webhook.parse": 5.0,
    "replying.measure": 5.0,
    "replying.check": 5.0,
    "replying.split": 5.0,
    "replying.limit": 5.0,
    "replying.closes": 5.0,
    "replying.invite": 5.0,
    "replying.attaching": 5.0,
    "rechecking.wanted": 5.0,
    "moderating.allows": 5.0,
    "oauth.authorize_url": 5.0,
}
"""How long those may take that ask nobody."""


class PluginFaultError(TanggapError):
    """A plugin raised something it should not: a bug of that plugin, by name."""

    def __init__(self, plugin: str, operation: str, reason: str) -> None:
        super().__init__(
            f"plugin {plugin} failed in {operation}: {reason}; report it to the plugin's authors"
        )
        self.plugin = plugin


class LeftError(Exception):
    """A plugin tried to end the process, which is not its to end."""


def _outcome(
    check: Callable[[Any], R], function: Callable[..., Any], given: Sequence[Any]
) -> R | Exception:
    wrong: Exception
    try:
        return check(function(*given))
    except ChannelError as error:
        wrong = checked_error(error, given)
        if wrong is error:
            return error
    except Exception as error:  # whatever a plugin raises is its outcome
        wrong = error
    except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
        wrong = LeftError(f"it raised {type(error).__name__}: {said(error)}")
    return Failed(wrong, given)


class Calls:
    """Every call into a plugin in one process: time limits, breakers, bound HTTP clients.

    A call runs in a thread of the plugin's own crew. `on_news` is told, from any thread, that a
    line's state has changed. `processes` that do the same share what a platform is asked.
    """

    def __init__(
        self, http: Http, seconds: Mapping[str, float] = SECONDS_OF, processes: int = 1
    ) -> None:
        self._http = http
        self._seconds = seconds
        self._processes = processes
        self._crews: dict[str, Crew] = {}
        self._throttles: dict[int, Throttle] = {}
        self._lock = Lock()
        self.breakers = Breakers(lambda: datetime.now(UTC))
        self.on_news: Callable[[], None] = lambda: None

    def client(
        self, channel: Channel, *configs: Mapping[str, str], account_id: int | None = None
    ) -> BoundClient:
        """Make the client for one call; `configs` hold what was typed into address fields."""
        forms = channel.connecting.fields if channel.connecting else ()
        hosts = allowed_hosts(channel.hosts, (*channel.app_fields, *forms), *configs)
        return self.bound(channel.key, hosts, account_id)

    def bound(
        self, plugin: str, hosts: frozenset[str], account_id: int | None = None
    ) -> BoundClient:
        """Make a client for one call that reaches these hosts."""
        return BoundClient(self._http, plugin, hosts, self._throttle(account_id))

    def _throttle(self, account_id: int | None) -> Throttle | None:
        if not account_id:
            return None
        own = Throttle(PER_SECOND / self._processes, BURST / self._processes)
        return self._throttles.setdefault(account_id, own)

    def run(self, line: Line, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a plugin's function and check what it returns.

        Raises its `ChannelError`, `Paused` when nothing was called, and `PluginFaultError` for
        whatever else goes wrong.
        """
        crew = self._admitted(line)
        seconds = self._seconds.get(line.operation, SECONDS)
        clients = [value for value in args if isinstance(value, BoundClient)]
        for client in clients:
            client.start(seconds)
        call = partial(function, **kwargs)
        outcome: R | Exception
        try:
            outcome = crew.run(lambda: _outcome(CHECKS[line.operation], call, args), seconds)
        except Exception as error:  # stuck, or no thread to run in
            outcome = Failed(error)
        finally:
            for client in clients:
                client.give_up()
        judged = self._judged(line, outcome)
        if isinstance(judged, Exception):
            raise judged
        result: R = judged
        return result

    def run_each(
        self, line: Line, function: Callable[..., R], arguments: Sequence[tuple[Any, ...]]
    ) -> list[R | ChannelError | PluginFaultError]:
        """Call a function that asks nobody with each of the arguments, in one go of its thread.

        Handing over to another thread costs more than most such calls. Gives what `run` would
        return or raise for each; raises `Paused` when nothing was called. Where all together
        take too long, each is called by itself.
        """
        crew = self._admitted(line)
        check = CHECKS[line.operation]
        seconds = self._seconds.get(line.operation, SECONDS)
        try:
            outcomes = crew.run(
                lambda: [_outcome(check, function, given) for given in arguments], seconds
            )
        except StuckError:
            return [self._alone(line, function, given) for given in arguments]
        return [self._judged(line, outcome) for outcome in outcomes]

    def stuck(self) -> dict[str, int]:
        """Count the calls that never came back, by channel."""
        return {name: crew.stuck for name, crew in self._crews.items() if crew.stuck}

    def close(self) -> None:
        """End the threads that are free."""
        for crew in self._crews.values():
            crew.close()

    def _admitted(self, line: Line) -> Crew:
        self.breakers.admit(line)
        crew = self._crew(line.channel)
        if crew.exhausted:
            raise Paused(line, FIRST_PAUSE, f"{crew.stuck} of its calls never came back")
        return crew

    def _alone(
        self, line: Line, function: Callable[..., R], given: tuple[Any, ...]
    ) -> R | ChannelError | PluginFaultError:
        try:
            return self.run(line, function, *given)
        except (ChannelError, PluginFaultError) as error:
            return error

    def _judged(self, line: Line, outcome: Any) -> Any:
        if isinstance(outcome, ChannelError):
            self._answered(line, outcome)
        elif isinstance(outcome, Failed):
            self._fail(line, outcome)
            return PluginFaultError(line.channel, line.operation, str(outcome))
        else:
            self._worked(line)
        return outcome

    def _crew(self, name: str) -> Crew:
        crew = self._crews.get(name)
        if crew is None:
            with self._lock:
                crew = self._crews.setdefault(name, Crew(name))
        return crew

    def _answered(self, line: Line, error: ChannelError) -> None:
        """Count a platform that is away; every other error is an answer and so a success."""
        if isinstance(error, Unavailable):
            self._note(self.breakers.failed(line, str(error)))
        elif not isinstance(error, Paused):
            self._worked(line)

    def _fail(self, line: Line, error: Failed) -> None:
        # Its traceback is written without the secrets that the error itself may name.
        log.error(
            "plugin fault", plugin=line.channel, operation=line.operation, exception=error.trace
        )
        asks_nobody = line.operation in SECONDS_OF
        if asks_nobody and not issubclass(error.kind, StuckError):
            # One text or body it cannot cope with says nothing of the next.
            return
        weight = OPENS_AFTER if asks_nobody else 1
        self._note(self.breakers.failed(line, str(error), weight=weight))

    def _note(self, state: BreakerState) -> None:
        if state.open_until is not None:
            log.warning(
                "plugin left alone",
                plugin=state.line.channel,
                operation=state.line.operation,
                account=state.line.account_id,
                until=state.open_until.isoformat(),
                failures=state.failures,
                reason=state.error,
            )
        self.on_news()

    def _worked(self, line: Line) -> None:
        if self.breakers.worked(line):
            log.info("plugin works again", plugin=line.channel, operation=line.operation)
            self.on_news()

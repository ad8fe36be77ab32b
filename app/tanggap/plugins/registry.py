"""Find plugins, load each on its own, and answer which channel is which."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, requires
from typing import Any

import pluggy
import structlog

from tanggap.plugins import hookspecs
from tanggap.plugins.crew import Crew
from tanggap.plugins.declared import check_declared
from tanggap.plugins.spoken import Failed
from tanggap.sdk.channel import SDK_VERSION, Channel, RuleAction

log = structlog.get_logger(__name__)

GROUP = "tanggap"
SLOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LoadedChannel:
    """A channel and the plugin it came from."""

    channel: Channel
    plugin: str
    version: str


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """One plugin with a manager of its own, so that its mistakes are its own.

    `load_seconds` is the time its import took, `threads` how many it left running;
    its observers run in threads of its `crew`.
    """

    name: str
    version: str
    manager: pluggy.PluginManager
    load_seconds: float = 0.0
    threads: int = 0
    crew: Crew = field(default_factory=lambda: Crew("observer"))

    @property
    def slow(self) -> bool:
        """Whether loading it held up the start."""
        return self.load_seconds > SLOW_SECONDS


@dataclass(frozen=True, slots=True)
class LoadedAction:
    """A rule action and the plugin it came from."""

    action: RuleAction
    plugin: str


@dataclass
class Registry:
    """What was found; `broken` maps the names of refused plugins to the reason.

    Rule actions are found under "plugin.action", as rules write them.
    """

    channels: dict[str, LoadedChannel] = field(default_factory=dict)
    rule_actions: dict[str, LoadedAction] = field(default_factory=dict)
    plugins: list[LoadedPlugin] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def channel(self, key: str) -> Channel | None:
        """Give the channel of this key, or None when no plugin brings it."""
        loaded = self.channels.get(key)
        return loaded.channel if loaded else None

    def version(self, key: str) -> str:
        """Name the plugin and version behind a channel, for the records."""
        loaded = self.channels.get(key)
        return f"{loaded.plugin} {loaded.version}" if loaded else ""

    def add(
        self,
        name: str,
        version: str,
        module: object,
        *,
        load_seconds: float = 0.0,
        threads: int = 0,
    ) -> None:
        """Load one plugin; raises for whatever is wrong with it and then adds nothing."""
        if any(plugin.name == name for plugin in self.plugins):
            raise ValueError("another package brings a plugin of this name: uninstall one of them")
        manager = pluggy.PluginManager("tanggap")
        manager.add_hookspecs(hookspecs)
        manager.register(module, name=name)
        manager.check_pending()
        brought: list[Channel] = _brought(manager.hook.tanggap_channels)
        actions: list[RuleAction] = _brought(manager.hook.tanggap_rule_actions)
        for channel in brought:
            self._check(channel, brought)
        for action in actions:
            _check_action(action, actions)
        self.channels.update({c.key: LoadedChannel(c, name, version) for c in brought})
        self.rule_actions.update({f"{name}.{a.key}": LoadedAction(a, name) for a in actions})
        self.plugins.append(LoadedPlugin(name, version, manager, load_seconds, threads))

    def _check(self, channel: Channel, brought: list[Channel]) -> None:
        if not isinstance(channel, Channel):
            raise TypeError(f"tanggap_channels() gave a {type(channel).__name__}, not a Channel")
        if channel.sdk_version != SDK_VERSION:
            raise ValueError(
                f"channel {channel.key!r} is built for SDK {channel.sdk_version}, this is SDK "
                f"{SDK_VERSION}: install a matching release of the plugin"
            )
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", channel.key):
            raise ValueError(
                f"channel key {channel.key!r} must be lower-case letters, digits, - and _"
            )
        if channel.key in self.channels:
            raise ValueError(
                f"channel {channel.key!r} is already taken by {self.channels[channel.key].plugin}"
            )
        if sum(other.key == channel.key for other in brought) > 1:
            raise ValueError(f"channel {channel.key!r} is declared twice")
        check_declared("channel", channel)


def _brought(hook: pluggy.HookCaller) -> list[Any]:
    batches = hook()
    # pluggy leaves out what is None, and the plugin would be one that brings nothing.
    if len(batches) < len(hook.get_hookimpls()):
        raise TypeError(
            f"{hook.name}() gave None: it has to return or yield what the plugin brings"
        )
    return [one for batch in batches for one in batch]


def _check_action(action: RuleAction, brought: list[RuleAction]) -> None:
    if not isinstance(action, RuleAction):
        raise TypeError(f"tanggap_rule_actions() gave a {type(action).__name__}, not a RuleAction")
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", action.key):
        raise ValueError(
            f"rule action key {action.key!r} must be lower-case letters, digits, - and _"
        )
    if sum(other.key == action.key for other in brought) > 1:
        raise ValueError(f"rule action {action.key!r} is declared twice")
    check_declared("rule action", action)


def load(
    points: Iterable[EntryPoint] | None = None, *, safe_mode: bool = False, strict: bool = False
) -> Registry:
    """Load every installed plugin; a bad one lands in `broken` and harms nobody else.

    With `safe_mode` only first-party plugins are loaded; with `strict` the first fault is raised.
    """
    registry = Registry()
    found = entry_points(group=GROUP) if points is None else points
    for point in sorted(found, key=lambda point: point.name):
        if safe_mode and not _is_first_party(point):
            registry.skipped.append(point.name)
            continue
        try:
            _load_one(registry, point)
        except (Exception, SystemExit) as error:
            if strict:
                raise
            log.exception("plugin not loaded", plugin=point.name)
            registry.broken[point.name] = str(Failed(error))
    return registry


def _load_one(registry: Registry, point: EntryPoint) -> None:
    began, before = time.perf_counter(), threading.active_count()
    if not EntryPoint.pattern.match(point.value):
        raise ValueError(f"its entry point is {point.value!r}, which names no module")
    module = point.load()
    seconds, left = time.perf_counter() - began, max(0, threading.active_count() - before)
    version = point.dist.version if point.dist else ""
    registry.add(point.name, version, module, load_seconds=seconds, threads=left)
    if seconds > SLOW_SECONDS or left:
        log.warning("plugin is heavy", plugin=point.name, seconds=round(seconds, 1), threads=left)


def _is_first_party(point: EntryPoint) -> bool:
    """Tell whether the plugin's distribution is one of the core's own extras."""
    try:
        own = requires("tanggap") or []
    except PackageNotFoundError:
        return False
    extras = {re.split(r"[ ;<>=!~\[]", line, maxsplit=1)[0] for line in own if "extra ==" in line}
    return point.dist is not None and point.dist.name in extras

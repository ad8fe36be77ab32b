"""Call a channel's functions so that a fault in one of them is told apart from our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog

from tanggap.errors import TanggapError
from tanggap.sdk.errors import ChannelError

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class PluginFaultError(TanggapError):
    """A plugin raised something it should not: a bug of that plugin, by name."""

    def __init__(self, plugin: str, operation: str, error: Exception) -> None:
        super().__init__(
            f"plugin {plugin} failed in {operation}: {type(error).__name__}: {error}; "
            "report it to the plugin's authors"
        )
        self.plugin = plugin


def call(
    plugin: str, operation: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Call a channel's function; raises its `ChannelError`, or `PluginFaultError` for the rest."""
    try:
        return function(*args, **kwargs)
    except ChannelError:
        raise
    except Exception as error:
        log.exception("plugin fault", plugin=plugin, operation=operation)
        raise PluginFaultError(plugin, operation, error) from error

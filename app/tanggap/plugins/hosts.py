"""Which hosts a plugin may call: those it declares, and those typed into its forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from tanggap.sdk.types import ConfigField


class HostRefusedError(Exception):
    """A plugin called a host that it does not declare: a fault of the plugin."""

    def __init__(self, plugin: str, host: str) -> None:
        super().__init__(
            f"it called {host or 'no host at all'}, which is none of the hosts that {plugin} "
            "declares and in none of its address fields"
        )


def allowed_hosts(
    declared: Sequence[str], fields: Iterable[ConfigField], *configs: Mapping[str, str]
) -> frozenset[str]:
    """List the hosts of a plugin: declared ones, and those of its filled-in `url` fields."""
    filled = {name: value for config in configs for name, value in config.items()}
    typed = {
        host_of(filled.get(field.name) or field.default) for field in fields if field.kind == "url"
    }
    return frozenset({name.casefold() for name in declared} | typed - {""})


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Tell whether a host is one of these; `*.example.com` covers all names below."""
    name = host.casefold().rstrip(".")
    return any(
        name.endswith(pattern[1:]) and name != pattern[2:]
        if pattern.startswith("*.")
        else name == pattern
        for pattern in allowed
    )


def host_of(url: str) -> str:
    """Read the host of an address; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""

"""Tell plugins what happened, each in its own try."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import structlog

from tanggap.plugins.registry import Registry
from tanggap.sdk.views import PostView, ReplyView, Routing, Verdict

log = structlog.get_logger(__name__)

SECONDS: Final = 10.0
"""How long an observer may hold up the job that tells it."""


def post_triaged(registry: Registry, post: PostView, verdict: Verdict, routing: Routing) -> None:
    """Broadcast a labelled and routed post."""
    _tell(registry, "tanggap_post_triaged", post=post, verdict=verdict, routing=routing)


def reply_sent(registry: Registry, post: PostView, reply: ReplyView) -> None:
    """Broadcast a reply that reached its platform."""
    _tell(registry, "tanggap_reply_sent", post=post, reply=reply)


def observes(registry: Registry, hook: str) -> bool:
    """Tell whether any plugin listens, so that nobody builds views for nobody."""
    return any(getattr(plugin.manager.hook, hook).get_hookimpls() for plugin in registry.plugins)


def _tell(registry: Registry, hook: str, **values: Any) -> None:
    for plugin in registry.plugins:
        tell = getattr(plugin.manager.hook, hook)
        if not tell.get_hookimpls():
            continue
        if plugin.crew.exhausted:
            log.warning("observer not told", plugin=plugin.name, hook=hook, stuck=plugin.crew.stuck)
            continue
        try:
            plugin.crew.run(partial(tell, **values), SECONDS)
        except (Exception, SystemExit):
            log.exception("observer failed", plugin=plugin.name, hook=hook)

"""What `tanggap doctor` finds about plugins, the accounts they serve, and what they let us keep."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import plugin_states
from tanggap.inbox.operation import health
from tanggap.inbox.operation.findings import Finding, Level
from tanggap.inbox.privacy.retention import EVERY, bounded_channels
from tanggap.inbox.services import Services
from tanggap.inbox.suppression import key_hint
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.privacy import Suppression
from tanggap.store.retention import RetentionMark

_BUDGET = ("read_budget", "read_cap")
_OVERDUE_AFTER = EVERY * 6


def plugins(services: Services) -> Iterator[Finding]:
    """Look at what was loaded and what was not."""
    registry = services.registry
    for name, reason in registry.broken.items():
        yield Finding(
            f"plugin {name}", "problem", reason, "install a matching release, or uninstall it"
        )
    for name in registry.skipped:
        yield Finding(f"plugin {name}", "warning", "left out by safe mode", "unset it when done")
    for plugin in registry.plugins:
        if plugin.slow:
            said = f"it took {plugin.load_seconds:.1f} seconds to load and holds up every start"
            yield Finding(f"plugin {plugin.name}", "warning", said, "tell its authors")
    if not registry.channels:
        fix = 'pip install "tanggap[CHANNEL]"; the README names the channels'
        yield Finding("plugins", "problem", "no channel is installed", fix)
    else:
        owners = {loaded.plugin for loaded in registry.channels.values()}
        others = sorted(one.name for one in registry.plugins if one.name not in owners)
        said = f"; without a channel: {', '.join(others)}" if others else ""
        yield Finding("plugins", "ok", f"{', '.join(sorted(registry.channels))}{said}")


def troubles(session: Session) -> Iterator[Finding]:
    """Look at what plugins failed in and did not get right since."""
    for trouble in plugin_states.list_troubles(session):
        state = trouble.state
        if not state.failures:
            continue
        left_alone = trouble.open_until is not None
        name = f"plugin {state.channel}, {state.operation}"
        said = f"failed {state.failures} times in a row: {state.error}"
        fix = "look at the plugins page; it can be tried at once there"
        yield Finding(name, "problem" if left_alone else "warning", said, fix)


def retention_kept(services: Services, session: Session) -> Iterator[Finding]:
    """Look whether what platforms' terms let nobody keep is removed in time."""
    for channel, retention in bounded_channels(services):
        mark = session.get(RetentionMark, channel)
        bounds = ", ".join(
            f"{what} after {keep.total_seconds() / 3600:g} hours"
            for what, keep in (
                ("texts", retention.posts),
                ("profiles", retention.authors),
                ("texts their authors deleted", retention.deleted),
            )
            if keep is not None
        )
        name = f"retention of {channel}"
        if not session.scalar(select(exists().where(Account.channel == channel))):
            yield Finding(name, "ok", f"{bounds}; no account is connected yet")
            continue
        if mark is None or mark.ran_at is None or mark.ran_at < utcnow() - _OVERDUE_AFTER:
            said = f"{bounds}: nothing was removed lately, as the terms ask"
            yield Finding(name, "problem", said, "start the worker (`tanggap worker`)")
            continue
        said = f"{bounds}; removed so far: {mark.posts} texts, {mark.deliveries} raw payloads"
        yield Finding(name, "ok", f"{said}, {mark.authors} profiles")


def accounts(services: Services, session: Session) -> Iterator[Finding]:
    """Look at the accounts that need a person."""
    for trouble in health.troubles(services, session):
        cause = f"{trouble.cause}: {trouble.reason}" if trouble.reason else trouble.cause
        level: Level = "problem" if trouble.urgent else "warning"
        fix = "reconnect it on the accounts page"
        if trouble.cause in _BUDGET and trouble.when is not None:
            cause = f"its read budget of this month is used up, or nearly; next: {trouble.when:%F}"
            fix = "raise or lift the cap on the account's page"
        elif trouble.cause == "no_plugin":
            cause = "no plugin brings this channel: nothing comes in, and nothing goes out"
            fix = "install its plugin again, or mend it; or disconnect it on the accounts page"
        yield Finding(f"account {trouble.name} ({trouble.channel})", level, cause, fix)
    for row in session.scalars(select(Account).where(Account.health_status != "ok")):
        fix = "open it on the accounts page"
        yield Finding(f"account {row.name} ({row.channel})", "warning", row.health_detail, fix)


def erased_people(session: Session) -> Iterator[Finding]:
    """Look whether people who were erased would still be known if they came back."""
    other = select(Suppression.id).where(Suppression.key_hint != key_hint(session)).limit(1)
    if session.scalar(other) is not None:
        said = "some were erased under another secret key, so their new posts would name them"
        fix = "put the former TANGGAP_SECRET_KEY back, or erase them again when they come"
        yield Finding("erased people", "warning", said, fix)

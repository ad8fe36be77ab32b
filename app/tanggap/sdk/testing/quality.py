"""The quality rules of plugins, and a check that a plugin's `quality.toml` is complete and true."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tanggap.sdk.channel import Channel
from tanggap.sdk.types import ConfigField, Text

Tier = Literal["bronze", "silver", "gold"]
TIERS: tuple[Tier, ...] = ("bronze", "silver", "gold")
LANGUAGES = ("en", "id")
Fact = Callable[[Channel, Path], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `fact` tells whether it is met, where that can be read off the plugin."""

    key: str
    tier: Tier
    says: str
    fact: Fact | None = None


def fields_of(channel: Channel) -> list[ConfigField]:
    """List every field that an operator fills in, those of connecting and of accounts included."""
    typed = channel.connecting.fields if channel.connecting else ()
    return [*channel.app_fields, *typed, *channel.account_fields]


def languages_missing(text: Text) -> list[str]:
    """Name the languages a text lacks; an empty text lacks none."""
    if isinstance(text, Mapping):
        return [language for language in LANGUAGES if not text.get(language, "").strip()]
    return ["id"] if text.strip() else []


def _has(path: str) -> Fact:
    """Make a fact of a part being there, named by its dotted path."""

    def fact(channel: Channel, _project: Path) -> bool:
        found: object = channel
        for name in path.split("."):
            found = None if found is None else getattr(found, name)
        return found is not None

    return fact


def _file(pattern: str) -> Fact:
    return lambda _channel, project: any(project.glob(pattern))


def _is_translated(channel: Channel, _project: Path) -> bool:
    """Tell whether all help is in both languages; labels may be names, the same in both."""
    texts = [field.help for field in fields_of(channel)]
    return not any(languages_missing(text) for text in texts)


def _has_tones(channel: Channel, _project: Path) -> bool:
    return channel.tone is not None and set(LANGUAGES) <= set(channel.tone)


RULES: tuple[Rule, ...] = (
    Rule("accounts-unique", "bronze", "An account keeps its external id for ever."),
    Rule("changelog", "bronze", "A changelog says what users notice.", _file("CHANGELOG.md")),
    Rule("connection-tested", "bronze", "Connecting calls the platform before it is saved."),
    Rule("fixture-per-event", "bronze", "Each event has a fixture, written by hand."),
    Rule("fuzzed", "bronze", "100,000 damaged payloads give no error but `InvalidPayload`."),
    Rule(
        "hosts-declared",
        "bronze",
        "The hosts it calls are declared.",
        lambda channel, _: bool(channel.hosts) or any(f.kind == "url" for f in fields_of(channel)),
    ),
    Rule("import-light", "bronze", "Importing it loads no web, database or HTTP library."),
    Rule("secrets-declared", "bronze", "Secret values are fields of kind `secret`."),
    Rule("setup-guide", "bronze", "The README leads an operator to a connected account."),
    Rule("signature-checked", "bronze", "Webhooks are verified over the raw bytes."),
    Rule("typed", "bronze", "It is typed strictly and says so.", _file("tanggap_*/py.typed")),
    Rule("auth-causes", "silver", "Expired, revoked and missing permissions are told apart."),
    Rule("cursor-resumes", "silver", "Polling goes on where it stopped, without loss."),
    Rule("edits-and-deletes", "silver", "Edits and deletions of posts come in."),
    Rule("errors-by-code", "silver", "Errors are told by the platform's codes, never by text."),
    Rule("health-check", "silver", "Health says what is wrong and what to do."),
    Rule("length-measured", "silver", "Length is counted as the platform counts."),
    Rule("own-posts", "silver", "The account's own posts and reposts are recognised."),
    Rule("rate-limits", "silver", "`Retry-After` or what the platform has for it is honoured."),
    Rule("retention", "silver", "How long data may be kept is declared.", _has("retention")),
    Rule("send-reconciled", "silver", "Lost answers are found.", _has("replying.find_sent")),
    Rule("simulator", "silver", "A simulator ships.", _file("tanggap_*/simulator/__init__.py")),
    Rule("token-refresh", "silver", "Tokens are renewed before they end.", _has("oauth.refresh")),
    Rule("attachments", "gold", "Pictures and other media are named in posts."),
    Rule("context", "gold", "The post that was answered comes along where the platform sends it."),
    Rule("deletions-rechecked", "gold", "Unannounced deletions are found.", _has("rechecking")),
    Rule("moderation", "gold", "Posts can be hidden, liked or deleted.", _has("moderating")),
    Rule(
        "private-replies", "gold", "Customers get private answers.",
        _has("replying.private_max_length"),
    ),
    Rule("refused-early", "gold", "Impossible answers are explained.", _has("replying.check")),
    Rule("threads-split", "gold", "Long answers become a thread.", _has("replying.split")),
    Rule("tone", "gold", "A tone profile for both languages.", _has_tones),
    Rule("translated", "gold", "Help is in Indonesian and English.", _is_translated),
    Rule("unsubscribes", "gold", "Disconnecting ends the webhooks.", _has("webhook.unsubscribe")),
)  # fmt: skip


def read_quality(path: Path) -> tuple[str, dict[str, object]]:
    """Read the tier and the rules of a `quality.toml`; raises `ValueError` where it is no such."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        return str(found["tier"]), dict(found["rules"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} needs a tier and a table [rules]: {error}") from error


def problems(channel: Channel, project: Path) -> Iterator[str]:
    """Name what `quality.toml` leaves out, invents or is wrong about."""
    claimed, listed = read_quality(project / "quality.toml")
    known = {rule.key for rule in RULES}
    yield from (f"{key}: there is no such rule" for key in sorted(listed.keys() - known))
    for rule in RULES:
        yield from _problems_of(rule, listed.get(rule.key), channel, project)
    reached = tier(listed)
    if claimed != reached:
        yield f"tier: it says {claimed}, and its rules reach {reached or 'none'}"


def tier(listed: Mapping[str, object]) -> Tier | None:
    """Give the highest tier in which, as in those below, nothing is left to do."""
    reached: Tier | None = None
    for one in TIERS:
        said = [listed.get(rule.key) for rule in RULES if rule.tier == one]
        if not all(word == "done" or _reason(word, "exempt") for word in said):
            return reached
        reached = one
    return reached


def _problems_of(rule: Rule, said: object, channel: Channel, project: Path) -> Iterator[str]:
    holds = rule.fact(channel, project) if rule.fact else None
    if said is None:
        yield f"{rule.key}: not listed; write {_CHOICES}: {rule.says}"
    elif said == "done":
        if holds is False:
            yield f"{rule.key}: it says done, and the plugin does not show it: {rule.says}"
    elif not (_reason(said, "exempt") or _reason(said, "todo")):
        yield f"{rule.key}: write {_CHOICES}, not {said!r}"
    elif holds:
        yield f"{rule.key}: the plugin does it, so write done"


_CHOICES = '"done", { exempt = "why" } or { todo = "what is missing" }'


def _reason(said: object, kind: str) -> bool:
    if not isinstance(said, dict) or set(said) != {kind}:
        return False
    return isinstance(said[kind], str) and len(said[kind].split()) >= 3

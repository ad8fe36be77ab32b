"""Loading plugins: a bad one shows its reason and harms nobody else."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fakes import FakePlatform
from tanggap.plugins import registry as plugin_registry
from tanggap.plugins.registry import Registry, load
from tanggap.sdk import SDK_VERSION, Channel, ConfigField, Polling, RuleAction, hookimpl


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make importable modules and the entry points that name them."""

    def make(name: str, **members: object) -> EntryPoint:
        module = ModuleType(f"plugin_{name}")
        for key, value in members.items():
            setattr(module, key, value)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return EntryPoint(name, module.__name__, "tanggap")

    return make


def channels(*found: object) -> Any:
    @hookimpl
    def tanggap_channels() -> Iterable[Any]:
        return found

    return tanggap_channels


def channel(key: str, **values: Any) -> Channel:
    return replace(FakePlatform(key).channel(), **values)


def test_good_plugin_brings_its_channel(install: Any) -> None:
    registry = load([install("one", tanggap_channels=channels(channel("one")))])
    assert registry.channel("one") is not None
    assert registry.broken == {}
    assert registry.channel("two") is None


def raises(*_arguments: object) -> None:
    raise ZeroDivisionError("a bug")


@hookimpl
def tanggap_chanels() -> None:
    """Misspell a hook."""


@hookimpl(specname="tanggap_channels")
def explodes() -> Iterable[Channel]:
    raise ZeroDivisionError("a bug")


@hookimpl(specname="tanggap_channels")
def leaves() -> Iterable[Channel]:
    sys.exit("libfoo is missing")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"tanggap_chanels": tanggap_chanels}, "tanggap_chanels"),
        ({"explodes": explodes}, "a bug"),
        ({"leaves": leaves}, "SystemExit: libfoo is missing"),
        ({"tanggap_channels": channels("nonsense")}, "not a Channel"),
        ({"tanggap_channels": channels(channel("bad", sdk_version=99))}, "SDK 99"),
        ({"tanggap_channels": channels(channel("Bad Key"))}, "lower-case"),
        ({"tanggap_channels": channels(channel("twin"), channel("twin"))}, "declared twice"),
        (
            {"tanggap_channels": channels(channel("fresh"), channel("good"))},
            "already taken by good",
        ),
    ],
)
def test_bad_plugin_is_named_with_its_reason_and_the_good_one_works(
    install: Any, members: dict[str, object], reason: str
) -> None:
    points = [
        install("good", tanggap_channels=channels(channel("good"))),
        install("zbad", **members),
        EntryPoint("zmissing", "no_such_module", "tanggap"),
    ]
    registry = load(points)
    assert set(registry.channels) == {"good"}
    assert reason in registry.broken["zbad"]
    assert "no_such_module" in registry.broken["zmissing"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"name": None}, "name must be str, not a value of type NoneType"),
        ({"health": None}, "health must be a function"),
        ({"hosts": "api.example.com"}, "hosts must be several values, not a value of type str"),
        ({"app_fields": [{"name": "key"}]}, "app_fields[0] must be ConfigField"),
        ({"app_fields": [ConfigField("key", 5)]}, "app_fields[0].label must be str or Mapping"),  # type: ignore[arg-type]
        ({"tone": "casual"}, "tone must be Mapping or None"),
        ({"tone": {"id": "casual"}}, "tone['id'] must be ToneProfile"),
        ({"replying": "yes"}, "replying must be Replying or None"),
        ({"polling": Polling(fetch=print, every=300)}, "polling.every must be timedelta"),  # type: ignore[arg-type]
    ],
)
def test_declaration_of_the_wrong_type_is_refused_by_its_field(
    install: Any, values: dict[str, object], reason: str
) -> None:
    registry = load([install("odd", tanggap_channels=channels(channel("odd", **values)))])
    assert registry.channels == {}
    assert "channel 'odd': " in registry.broken["odd"]
    assert reason in registry.broken["odd"]


def test_rule_action_of_the_wrong_type_is_refused_by_its_field(install: Any) -> None:
    @hookimpl
    def tanggap_rule_actions() -> Iterable[RuleAction]:
        yield RuleAction(key="tell", name=None, run=print)  # type: ignore[arg-type]

    registry = load([install("odd", tanggap_rule_actions=tanggap_rule_actions)])
    assert registry.rule_actions == {}
    assert "rule action 'tell': name must be str or Mapping" in registry.broken["odd"]


def test_second_plugin_of_a_name_is_refused(install: Any) -> None:
    first = install("twin", tanggap_channels=channels(channel("one")))
    second = EntryPoint(
        "twin", install("other", tanggap_channels=channels(channel("two"))).value, "tanggap"
    )
    registry = load([first, second])
    assert set(registry.channels) == {"one"}
    assert "another package brings a plugin of this name" in registry.broken["twin"]


def test_plugin_whose_error_has_no_words_is_refused_alone(install: Any) -> None:
    class Speechless(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    @hookimpl
    def tanggap_channels() -> Iterable[Channel]:
        raise Speechless

    good = install("good", tanggap_channels=channels(channel("good")))
    registry = load([install("bad", tanggap_channels=tanggap_channels), good])
    assert registry.broken["bad"] == "Speechless: its __str__ raised ZeroDivisionError"
    assert set(registry.channels) == {"good"}


@pytest.mark.parametrize("hook", ["tanggap_channels", "tanggap_rule_actions"])
def test_hook_that_forgets_to_return_is_refused(install: Any, hook: str) -> None:
    def forgetful() -> None:
        """Build everything and say nothing."""

    forgetful.__name__ = hook
    registry = load([install("bad", **{hook: hookimpl(forgetful)})])
    assert registry.broken["bad"].startswith(f"TypeError: {hook}() gave None")


def test_entry_point_that_names_no_module_is_refused_by_its_words() -> None:
    registry = load([EntryPoint("bad", "my-plugin:channels", "tanggap")])
    assert "'my-plugin:channels'" in registry.broken["bad"]


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "package",
    ["docs/examples/tanggap_echo/tanggap_echo"]
    + [
        f"plugins/{name}/tanggap_{name}"
        for name in ("discourse", "facebook", "linkedin", "twitter")
    ],
)
def test_shipped_channel_writes_down_the_sdk_it_is_built_for(package: str) -> None:
    """Left out, the number is that of the core it runs under, which then refuses nothing."""
    assert f"sdk_version={SDK_VERSION}," in (ROOT / package / "__init__.py").read_text("utf-8")


def test_strict_loading_raises_the_first_fault() -> None:
    with pytest.raises(ModuleNotFoundError):
        load([EntryPoint("missing", "no_such_module", "tanggap")], strict=True)


def test_safe_mode_leaves_strangers_out(install: Any) -> None:
    stranger = install("stranger", tanggap_channels=channels(channel("stranger")))
    registry = load([stranger], safe_mode=True)
    assert (registry.channels, registry.skipped) == ({}, ["stranger"])


def test_safe_mode_keeps_the_distributions_named_in_our_own_extras(
    install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Distribution:
        name = "tanggap-own"
        version = "1.2"

    lines = ["click>=8", 'tanggap-own<0.2,>=0.1; extra == "own"']
    monkeypatch.setattr(plugin_registry, "requires", lambda _name: lines)
    point = install("own", tanggap_channels=channels(channel("own")))
    vars(point).update(dist=Distribution())
    registry = load([point], safe_mode=True)
    assert registry.version("own") == "own 1.2"


def test_version_of_an_unknown_channel_is_empty() -> None:
    assert Registry().version("nowhere") == ""

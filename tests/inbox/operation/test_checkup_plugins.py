"""What doctor says of plugins, budgets and retention."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import ModuleType

import pytest
from sqlalchemy import delete

from factories import make_account, make_app
from fakes import change_channel
from tanggap.inbox.accounts import plugin_states
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.operation import checkup_plugins
from tanggap.inbox.operation.checkup import examine
from tanggap.inbox.operation.findings import Finding
from tanggap.inbox.privacy.retention import purge_due
from tanggap.inbox.services import Services
from tanggap.plugins.breaker import OPENS_AFTER, Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk import Retention
from tanggap.store.accounts import Account
from tanggap.store.rules import RuleRow

PRICES = {"post": Decimal("0.005")}


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def raises() -> None:
    raise ZeroDivisionError


def test_plugin_that_is_left_alone_is_a_problem(services: Services, account: Account) -> None:
    for _ in range(OPENS_AFTER):
        with pytest.raises(PluginFaultError):
            services.calls.run(Line("fake", "health"), raises)
    plugin_states.sync(services)
    with services.database.read() as session:
        (found,) = checkup_plugins.troubles(session)
    assert found.level == "problem"
    assert "ZeroDivisionError" in found.detail


def retention(services: Services) -> Finding:
    with services.database.read() as session:
        return next(checkup_plugins.retention_kept(services, session))


def test_retention_that_nobody_enforces_is_a_problem(services: Services, account: Account) -> None:
    change_channel(services, retention=Retention(posts=timedelta(hours=48)))
    assert retention(services).level == "problem"
    purge_due(services)
    kept = retention(services)
    assert (kept.level, "texts after 48 hours" in kept.detail) == ("ok", True)


def test_budget_that_is_used_up_says_what_to_do(services: Services, account: Account) -> None:
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        row.read_cap_reads = 1
        read_meter.note_reads(session, row, {"post": ["a", "b"]}, PRICES)
    with services.database.read() as session:
        (found,) = checkup_plugins.accounts(services, session)
    assert (found.level, "cap" in found.fix) == ("problem", True)


def test_account_whose_plugin_is_gone_is_a_problem(services: Services, account: Account) -> None:
    with services.database.read() as session:
        assert list(checkup_plugins.accounts(services, session)) == []
        del services.registry.channels[account.channel]
        (found,) = checkup_plugins.accounts(services, session)
    assert (found.level, account.channel in found.name) == ("problem", True)
    assert "no plugin brings this channel" in found.detail


def test_plugin_without_a_channel_is_among_those_that_work(services: Services) -> None:
    services.registry.add("watcher", "1.0", ModuleType("watcher"))
    (found,) = checkup_plugins.plugins(services)
    assert (found.level, found.detail) == ("ok", "fake; without a channel: watcher")


def test_doctor_tells_all_that_a_review_finds_of_the_rules(services: Services) -> None:
    wrong = "[{call: gone.away}, {assign_team: nobody}, stop]"
    definitions = {
        "x": f"key: x\ncondition: 'true'\nactions: {wrong}\n",
        "y": "key: y\ncondition: 'true'\nactions: [{set_priority: high}]\n",
    }
    with services.database.write() as session:
        session.execute(delete(RuleRow))
        for place, (key, definition) in enumerate(definitions.items(), 1):
            session.add(RuleRow(key=key, position=place, definition=definition))
    found = [one for one in examine(services, lambda: None) if one.name.startswith("rule ")]
    assert any("gone.away" in one.detail for one in found)
    assert any("no team 'nobody'" in one.detail for one in found)
    assert any("never runs" in one.detail for one in found if one.name == "rule y")
    assert all(one.fix for one in found)

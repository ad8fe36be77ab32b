"""The plugins page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tanggap.app import create_app
from tanggap.inbox.accounts import plugin_states
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.plugins.border import CHECKS
from tanggap.plugins.breaker import OPENS_AFTER, Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk import Capability, Health
from tanggap.web.accounts import plugins_page
from visitors import Visitor


def visit(services: Services) -> Visitor:
    queue = open_queue(services.settings, services.keys, immediate=True)
    return Visitor(create_app(tasks=Tasks(services, queue))).sign_in(services)


@pytest.fixture
def admin(services: Services) -> Visitor:
    return visit(services)


def test_loaded_plugin_is_shown_with_what_its_channel_can(admin: Visitor) -> None:
    page = admin.get("/admin/plugins").text
    for said in ("fake", "1.0", "connects accounts", "receives webhooks", "sends replies"):
        assert said in page


def test_broken_plugin_is_shown_with_its_reason_inert(services: Services, admin: Visitor) -> None:
    services.registry.broken["tanggap-acme"] = "ImportError: <b>acme</b>"
    page = admin.get("/admin/plugins").text
    assert "tanggap-acme" in page
    assert "ImportError: &lt;b&gt;acme&lt;/b&gt;" in page


def test_safe_mode_is_announced(services: Services) -> None:
    services.registry.skipped.append("tanggap-acme")
    page = visit(replace(services, settings=replace(services.settings, safe_mode=True)))
    assert "TANGGAP_SAFE_MODE" in page.get("/admin/plugins").text


def test_page_without_any_plugin_opens(services: Services, admin: Visitor) -> None:
    services.registry.plugins.clear()
    services.registry.channels.clear()
    assert admin.get("/admin/plugins").status_code == 200
    assert admin.get("/admin/accounts").status_code == 200


def test_page_is_found_from_the_navigation(admin: Visitor) -> None:
    assert "/admin/plugins" in admin.get("/profile").text


def raises() -> Health:
    raise ZeroDivisionError("a bug")


def test_plugin_that_is_left_alone_shows_why_and_can_be_tried_now(
    admin: Visitor, services: Services
) -> None:
    line = Line("fake", "health")
    for _ in range(OPENS_AFTER):
        with pytest.raises(PluginFaultError):
            services.calls.run(line, raises)
    plugin_states.sync(services)
    page = admin.get("/admin/plugins").text
    assert "ZeroDivisionError" in page
    assert "left alone until" in page
    place = re.search(r'action="(/admin/plugins/states/\d+/retry)"', page)
    assert place is not None
    assert admin.post(place[1]).status_code == 302
    assert services.calls.run(line, lambda: Health("ok")) == Health("ok")


def test_every_part_and_operation_has_a_name() -> None:
    assert set(plugins_page.CAPABILITIES) == {part.value for part in Capability}
    assert set(plugins_page.OPERATIONS) == set(CHECKS)

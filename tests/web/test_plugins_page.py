"""The plugins page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tanggap.app import create_app
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
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

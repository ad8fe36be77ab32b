"""The OpenAPI document is that of the routes, and the routes are as it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from programs import Program
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN
from tanggap.web.api import spec
from tanggap.web.api.setup import BLUEPRINTS
from tanggap.web.api_access import SCOPES

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
EXAMPLES = 2
"""Requests of an operation that has a body; others have one."""

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
]


def test_document_that_ships_is_the_one_the_routes_make() -> None:
    assert spec.stored() == spec.generate(BLUEPRINTS), "run `make docs`"


def test_every_route_has_a_scope_and_is_described() -> None:
    operations = [op for path in spec.stored()["paths"].values() for op in path.values()]
    assert len(operations) == len(SCOPES)
    assert all(op["summary"] and op["tags"] for op in operations)
    assert len({op["operationId"] for op in operations}) == len(operations)
    assert spec.stored()["openapi"].startswith("3.1")
    tags = [tag["name"] for tag in spec.stored()["tags"]]
    assert (
        sorted(set(tags))
        == sorted(tags)
        == sorted({tag for op in operations for tag in op["tags"]})
    )


@SQLITE
def test_document_and_its_page_are_for_everybody_and_need_no_script(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/api/v1/openapi.json").json == spec.stored()
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page.text) == []
    assert "style=" not in page.text
    for path in spec.stored()["paths"]:
        assert path in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@SQLITE
@pytest.mark.parametrize(
    ("mode", "known"), [(GenerationMode.POSITIVE, True), (GenerationMode.NEGATIVE, False)]
)
def test_routes_do_what_the_document_says_of_them(
    app: Flask, services: Services, case: Conversation, mode: GenerationMode, known: bool
) -> None:
    app.config["RATELIMIT_ENABLED"] = False
    program = Program(app, services, ADMIN)
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for result in document.get_all_operations():
        operation = result.ok()
        if not known and not operation.body:
            continue  # addresses that do not fit are tried one by one elsewhere
        ids = {one.name: 1 for one in operation.path_parameters if one.name.endswith("_id")}
        given_ids = ids if known and ids else None
        try:
            strategy = operation.as_strategy(mode, path_parameters=given_ids)
            hold(strategy, program, EXAMPLES if known and operation.body else 1)
        except schemathesis.errors.SchemathesisError as error:
            if "negative" not in str(error).lower():
                raise


def hold(strategy: Any, program: Program, examples: int) -> None:
    """Send a few requests of an operation, the same in every run."""

    @bounds(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(asked=strategy)
    def send(asked: Any) -> None:
        asked.call_and_validate(headers=program.head, checks=CHECKS)

    send()

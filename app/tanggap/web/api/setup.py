"""Put the API into an app: its routes, its guard, and the one shape of its errors."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint, HTTPError
from flask import Flask

from tanggap.web.api import acts, conversations, docs, lists, replies, reports, rules
from tanggap.web.api.routing import StrictJson
from tanggap.web.api_access import guard_api
from tanggap.web.problems import unfit_problem

BLUEPRINTS: Final[tuple[APIBlueprint, ...]] = (
    lists.me_bp,
    conversations.bp,
    acts.bp,
    replies.bp,
    lists.bp,
    rules.bp,
    reports.bp,
)


def install_api(app: Flask) -> None:
    """Make the API known to an app."""
    app.json = StrictJson(app)
    app.config.update(
        VALIDATION_ERROR_STATUS_CODE=422,
        VALIDATION_ERROR_DESCRIPTION="",
        BASE_RESPONSE_SCHEMA=None,
    )
    guard_api(app)
    app.register_error_handler(HTTPError, unfit_problem)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(docs.bp)

"""Put the API into an app: its routes, its guard, and the one shape of its errors."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint, HTTPError
from flask import Flask

from tanggap.web.api import (
    acts,
    answers_edit,
    approvals,
    attachments,
    beside,
    bulk,
    calls,
    collecting,
    company,
    consultations,
    conversations,
    customers,
    desk,
    docs,
    followups,
    forms_edit,
    handover,
    joins,
    lists,
    mails,
    models,
    people,
    privacy,
    replies,
    reports,
    rule_edits,
    rules,
    staff,
    tags,
    timing,
    webhooks,
)
from tanggap.web.api.routing import StrictJson
from tanggap.web.api.wording import speak
from tanggap.web.api_access import guard_api
from tanggap.web.problems import unfit_problem

BLUEPRINTS: Final[tuple[APIBlueprint, ...]] = (
    lists.me_bp,
    conversations.bp,
    beside.bp,
    acts.bp,
    replies.bp,
    attachments.bp,
    handover.bp,
    approvals.bp,
    joins.bp,
    consultations.bp,
    calls.bp,
    collecting.bp,
    followups.bp,
    bulk.bp,
    mails.bp,
    desk.bp,
    customers.bp,
    lists.bp,
    rules.bp,
    rule_edits.bp,
    answers_edit.bp,
    tags.bp,
    forms_edit.bp,
    timing.bp,
    company.bp,
    staff.bp,
    people.bp,
    webhooks.bp,
    privacy.bp,
    models.bp,
    reports.bp,
)

for _blueprint in BLUEPRINTS:
    speak(_blueprint)


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

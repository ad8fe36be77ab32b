"""Which scope every route of the API needs, and who a token stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import Flask, Request, request
from flask_limiter.util import get_remote_address

from tanggap.errors import ForbiddenError
from tanggap.inbox import api_tokens
from tanggap.inbox.api_tokens import NEEDS, TokenScope
from tanggap.inbox.permissions import Permission
from tanggap.inbox.services import Services
from tanggap.web.context import me
from tanggap.web.session import SignedIn, signed_in

PREFIX: Final = "/api/v"
SCHEME: Final = "Bearer"

S = TokenScope
SCOPES: Final[Mapping[str, TokenScope | None]] = {
    "api_me.me": None,
    "api_conversations.index": S.READ_CASES,
    "api_conversations.show": S.READ_CASES,
    "api_acts.assign": S.WORK_CASES,
    "api_acts.change_tags": S.WORK_CASES,
    "api_acts.claim": S.WORK_CASES,
    "api_acts.correct_label": S.WORK_CASES,
    "api_acts.release": S.WORK_CASES,
    "api_acts.set_priority": S.WORK_CASES,
    "api_acts.set_state": S.WORK_CASES,
    "api_acts.snooze": S.WORK_CASES,
    "api_acts.take_note_back": S.WORK_CASES,
    "api_acts.write_note": S.WORK_CASES,
    "api_acts.label_post": S.LABEL_POSTS,
    "api_replies.check": S.REPLY,
    "api_replies.drop_draft": S.REPLY,
    "api_replies.read_draft": S.REPLY,
    "api_replies.retry": S.REPLY,
    "api_replies.save_draft": S.REPLY,
    "api_replies.send": S.REPLY,
    "api_replies.show": S.READ_CASES,
    "api_replies.suggest": S.REPLY,
    "api_replies.undo": S.REPLY,
    "api_lists.accounts": S.READ_CASES,
    "api_lists.alerts": S.READ_CASES,
    "api_lists.author": S.READ_CASES,
    "api_lists.close_alert": S.WORK_CASES,
    "api_lists.labels": S.READ_CASES,
    "api_lists.people": S.READ_PEOPLE,
    "api_lists.teams": S.READ_CASES,
    "api_reports.audit": S.READ_AUDIT,
    "api_reports.counts": S.READ_CASES,
    "api_reports.first_answers": S.READ_REPORTS,
    "api_rules.index": S.READ_RULES,
    "api_rules.show": S.READ_RULES,
    "api_rules.try_new": S.READ_RULES,
    "api_rules.try_stored": S.READ_RULES,
}
"""The scope each route needs; None where any token will do."""

PERMISSIONS: Final[Mapping[str, Permission]] = {
    endpoint: NEEDS[scope] for endpoint, scope in SCOPES.items() if scope is not None
}
"""The same as permissions, which the person of the token needs too."""


def is_api(asked: Request) -> bool:
    """Tell whether a request is for the API."""
    return asked.path.startswith(PREFIX)


def read_token(asked: Request, services: Services) -> SignedIn | None:
    """Find the person whose token a request bears; no cookie ever counts for the API."""
    scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME.lower() or not secret:
        return None
    with services.database.read() as session:
        holder = api_tokens.find_holder(session, secret.strip())
    if holder is None:
        return None
    token = holder.token
    if api_tokens.is_stale(token.last_used_at):
        with services.database.write() as session:
            api_tokens.note_used(session, token.id, get_remote_address())
    person = signed_in(holder.user, has_second_factor=holder.has_second_factor)
    return replace(person, token_id=token.id, scopes=frozenset(token.scopes))


def guard_api(app: Flask) -> None:
    """Hold every request of the API against the scopes of its token."""
    app.before_request(_hold)


def _hold() -> None:
    scope = SCOPES.get(request.endpoint or "")
    if scope is not None and scope.value not in me().scopes:
        raise ForbiddenError(f"this token lacks the scope {scope.value}")

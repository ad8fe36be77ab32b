"""One shape for every error: a page for people, `{"error": {...}}` for scripts."""

from __future__ import annotations

import structlog
from flask import Flask, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, lazy_gettext
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from werkzeug.exceptions import HTTPException, InternalServerError

from tanggap.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ReplyRefusedError,
    TanggapError,
)
from tanggap.inbox.cases.conversations import ClosingOwedError, OutOfSightError, TakenError
from tanggap.inbox.cases.snooze import UnfitTimeError
from tanggap.inbox.cases.tags import UnfitTagError
from tanggap.inbox.cases.wishes import DoNotContactError
from tanggap.inbox.follow_up.praise import NotTheirWordError
from tanggap.inbox.follow_up.ratings import UnfitScoreError
from tanggap.inbox.forms.verifying import NoCodeError
from tanggap.inbox.handover.handover import NothingOwedError, UnfitReasonError
from tanggap.inbox.sending.approvals import DecidedError
from tanggap.inbox.sending.undo import TooLateError
from tanggap.inbox.sending.ways import RefusedByChannelError
from tanggap.inbox.single_use import WrongCodeError
from tanggap.inbox.tone.tone import BlockedByToneError
from tanggap.web import HOOKS
from tanggap.web.api_access import is_api
from tanggap.web.i18n import language, told
from tanggap.web.problems import CODES, core_problem, http_problem, problem
from tanggap.web.security import wants_fragment_or_json
from tanggap.web.signing_in.auth import theme

log = structlog.get_logger(__name__)

_STATUS: dict[type[TanggapError], tuple[int, str]] = {
    NotFoundError: (404, "not_found"),
    ForbiddenError: (403, "forbidden"),
    ConflictError: (409, "conflict"),
    ReplyRefusedError: (422, "reply_refused"),
    TanggapError: (400, "refused"),
}
_MESSAGES = {
    400: lazy_gettext("The server could not make sense of that. Go back, reload, and try again."),
    401: lazy_gettext("You are signed out. Sign in again; what you typed is kept as a draft."),
    403: lazy_gettext("You may not do this. Ask an administrator if you should."),
    404: lazy_gettext("There is nothing at this address. It may have been merged or removed."),
    405: lazy_gettext("This address does not take that kind of request."),
    409: lazy_gettext(
        "A colleague changed this a moment ago. Look at it again, then repeat what you wanted."
    ),
    413: lazy_gettext("That is too large. Send less at once."),
    429: lazy_gettext("Too many tries. Wait a minute, then try again."),
    500: lazy_gettext(
        "Something broke on our side. Try again; if it stays, tell an administrator."
    ),
    503: lazy_gettext(
        "The database cannot be used at the moment. Try again in a minute; if it stays, tell an "
        "administrator."
    ),
}
_AWAY = (OperationalError, InterfaceError, NoConnectionError)
_TRY_AGAIN_SECONDS = "10"
_REFUSALS = {
    "no_replying": lazy_gettext("No installed plugin can answer on this channel."),
    "account_needs_reconnect": lazy_gettext(
        "The account has lost its connection. Reconnect it on the accounts page."
    ),
    "account_disconnected": lazy_gettext(
        "The account is disconnected. Connect it again on the accounts page."
    ),
    "no_mailbox": lazy_gettext("No mailbox is set up. Ask an administrator."),
    "no_address": lazy_gettext("Say first to which address this case goes on."),
    "own_address": lazy_gettext("This is the address that you write from yourselves."),
    "needs_approval": lazy_gettext("Somebody has to approve this answer first. Hand it in."),
    "do_not_contact": lazy_gettext(
        "This customer asked not to be contacted. Ask a supervisor, who may write to them with a "
        "reason."
    ),
    "attachment_gone": lazy_gettext(
        "A picture that stood here is not there any more. Look at what is left, then send again."
    ),
    "attachments_many": lazy_gettext("These are more pictures than an answer takes this way."),
    "attachments_large": lazy_gettext("A picture is larger than the platform takes."),
    "attachments_kind": lazy_gettext("The platform does not take pictures of this kind."),
    "empty": lazy_gettext("The reply is empty. Write something first."),
    "link_in_public": lazy_gettext("This link is for one customer alone. Send it privately."),
    "code_in_public": lazy_gettext("This code is for one customer alone. Send it privately."),
    "too_long": lazy_gettext("The reply is too long for this channel. Shorten it."),
    "post_deleted": lazy_gettext(
        "The customer deleted the post, so nothing is left to answer here."
    ),
}


_REASON_WANTED = lazy_gettext(
    "This customer asked not to be contacted. Write down why you write nevertheless, in 3 to 500 "
    "characters; it goes to the audit log."
)
_WORDS: dict[type[TanggapError], LazyString] = {
    TooLateError: lazy_gettext("The answer is on its way already and cannot be called off."),
    ClosingOwedError: lazy_gettext(
        "This case went private: post the public conclusion, or waive it with a reason."
    ),
    NothingOwedError: lazy_gettext("The case has moved on. Look at it again."),
    UnfitReasonError: lazy_gettext("Write a reason of 3 to 500 characters."),
    NotTheirWordError: lazy_gettext(
        "Choose a post that the customer wrote after you asked for the permission."
    ),
    UnfitScoreError: lazy_gettext("A score goes from 1 to 5."),
    UnfitTagError: lazy_gettext(
        "A tag has between 1 and 50 characters, and a conversation at most 20 tags."
    ),
    UnfitTimeError: lazy_gettext("Choose a time that is still to come, within a year."),
    OutOfSightError: lazy_gettext(
        "This person is limited to other teams or accounts and would not see the case."
    ),
    WrongCodeError: lazy_gettext("This code is not the right one. Ask the customer again."),
    NoCodeError: lazy_gettext("No code that was sent still counts. Send a new one."),
    DecidedError: lazy_gettext("A colleague has decided already. Look at the answer again."),
    ConflictError: _MESSAGES[409],
    ForbiddenError: _MESSAGES[403],
    NotFoundError: _MESSAGES[404],
}


def handle_errors(app: Flask) -> None:
    """Install the handlers on an app."""
    app.register_error_handler(TanggapError, _core_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    for kind in _AWAY:
        app.register_error_handler(kind, _database_away)


def explain(error: TanggapError) -> str:
    """Say in the reader's language what happened and what to do next."""
    if isinstance(error, ReplyRefusedError):
        return _refusal(error)
    if isinstance(error, TakenError):
        return str(gettext("%(name)s was faster and has this conversation.", name=error.holder))
    known = next((words for kind, words in _WORDS.items() if isinstance(error, kind)), error)
    return str(known)


def _refusal(error: ReplyRefusedError) -> str:
    if isinstance(error, RefusedByChannelError):
        return told(error.refusal.message)
    if isinstance(error, DoNotContactError) and error.may_override:
        return str(_REASON_WANTED)
    if isinstance(error, BlockedByToneError):
        return " ".join(told(finding.message) for finding in error.findings)
    return str(_REFUSALS.get(error.reason, error))


def answer(status: int, code: str, message: str) -> ResponseReturnValue:
    """Answer an error in the one shape."""
    if wants_fragment_or_json() or request.path.startswith(HOOKS):
        body = {"code": code, "message": message, "request_id": g.get("request_id", "")}
        return {"error": body}, status
    return render_template("error.html", status=status, message=message), status


def _core_error(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, TanggapError)  # noqa: S101 - narrows the type
    kind = next(kind for kind in _STATUS if isinstance(error, kind))
    status, code = _STATUS[kind]
    if is_api(request):
        return core_problem(error, status, code, explain(error))
    return answer(status, code, explain(error))


def _csrf_error(_error: Exception) -> ResponseReturnValue:
    message = gettext("This page was open too long to be trusted. Reload it and try again.")
    return answer(400, "csrf", message)


def _http_error(error: Exception) -> ResponseReturnValue:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    if is_api(request):
        return http_problem(error)
    code = (error.name or "error").lower().replace(" ", "_")
    return answer(status, code, str(_MESSAGES.get(status, error.description or error.name)))


def _bug(error: Exception) -> ResponseReturnValue:
    log.error("request failed", exc_info=error)
    return _http_error(InternalServerError(original_exception=error))


def _database_away(error: Exception) -> ResponseReturnValue:
    """Say that the database cannot be used, without asking it who is signed in."""
    cause = getattr(error, "orig", None) or error
    log.error("database cannot be used", reason=str(cause).split("\n", 1)[0])
    nobody = AnonymousUserMixin()
    if "_login_user" in g:  # was known before the database went away
        g.language = language()
    g._login_user = nobody  # noqa: SLF001 - where Flask-Login looks before it loads
    message = str(_MESSAGES[503])
    if is_api(request):
        said = problem(503, "service_unavailable", CODES["service_unavailable"])
    elif wants_fragment_or_json() or request.path.startswith(HOOKS):
        said = make_response(answer(503, "service_unavailable", message))
    else:
        # Not `render_template`: what it hands to every page comes from the database in part.
        page = current_app.jinja_env.get_template("error.html")
        said = make_response(
            page.render(
                status=503, message=message, me=nobody, g=g, language=language(), theme=theme()
            ),
            503,
        )
    said.headers["Retry-After"] = _TRY_AGAIN_SECONDS
    return said

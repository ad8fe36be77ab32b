"""The one shape of errors of the API: RFC 9457, `application/problem+json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from apiflask import HTTPError
from flask import Response, current_app, g
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tanggap.errors import ReplyRefusedError, StaleThreadError, TanggapError
from tanggap.inbox.tone.tone import BlockedByToneError

MEDIA_TYPE: Final = "application/problem+json"
CODES: Final[Mapping[str, str]] = {
    "bad_request": "The request cannot be read; its body may not be JSON.",
    "unauthorized": "There is no token, or it is unknown, revoked or expired.",
    "forbidden": "The token lacks the scope, or its person the right.",
    "not_found": "There is no such thing, or the person may not see it.",
    "moved": "The conversation is part of another one now: `moved_to`.",
    "method_not_allowed": "This address takes other methods; `Allow` names them.",
    "conflict": "Somebody was faster. Read the object again, then repeat what you wanted.",
    "stale_thread": "There are posts the writer has not seen: `unseen`, `colleagues`.",
    "other_draft": "The person has written another draft meanwhile: `draft`.",
    "request_entity_too_large": "The body is larger than the server takes.",
    "unsupported_media_type": "The body has to be `application/json`.",
    "invalid": "A value does not fit: `errors` says which.",
    "reply_refused": "The answer cannot be sent as it stands: `reason`, `findings`.",
    "refused": "What was asked for cannot be done; `detail` says why.",
    "too_many_requests": "The token has used up its requests; `Retry-After` says when to go on.",
    "internal_server_error": "Something broke on the server; `request_id` finds it in the log.",
    "service_unavailable": "The database cannot be used just now; `Retry-After` says when to ask.",
}
"""Every `code` of a problem, and what it means."""

MOST_FAULTS: Final = 20
_WORDS: Final = {
    400: "The request cannot be read: {why}.",
    401: "Send a token that is in force: `Authorization: Bearer tgp_...`.",
    404: "There is nothing at this address.",
    405: "This address takes other methods.",
    413: "The body is larger than the server takes.",
    415: "Send the body as `application/json`.",
    422: "Some values do not fit; `errors` says which.",
    429: "This token has used up its requests: {why}.",
    500: "Something broke on the server; `request_id` finds it in the log.",
}


class Fault(BaseModel):
    """One value that does not fit."""

    place: str
    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it; members beyond these depend on `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[Fault] | None = None


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Answer a problem; members that are None are left out."""
    body = {
        "type": f"/api/docs#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": g.get("request_id", ""),
        **{name: value for name, value in more.items() if value is not None},
    }
    answer = current_app.response_class(
        current_app.json.dumps(body) + "\n", status, mimetype=MEDIA_TYPE
    )
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Tanggap"'
    return answer


def core_problem(error: TanggapError, status: int, code: str, detail: str) -> Response:
    """Answer what a use case refused."""
    if isinstance(error, StaleThreadError):
        return problem(409, "stale_thread", detail)
    if isinstance(error, BlockedByToneError):
        codes = [finding.code for finding in error.findings]
        return problem(422, "reply_refused", detail, reason=error.reason, findings=codes)
    if isinstance(error, ReplyRefusedError):
        return problem(422, "reply_refused", detail, reason=error.reason)
    field = getattr(error, "field", None) if code == "refused" else None
    faults = [Fault(place="json", field=field, message=detail).model_dump()] if field else None
    return problem(422 if code == "refused" else status, code, detail, errors=faults)


def http_problem(error: HTTPException) -> Response:
    """Answer what never came to a use case."""
    status = error.code or 500
    code = HTTPStatus(status).name.lower().replace("content_too_large", "request_entity_too_large")
    why = (error.description or HTTPStatus(status).phrase).rstrip(".")
    answer = problem(status, code, _WORDS.get(status, "{why}.").format(why=why))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def unfit_problem(error: HTTPError) -> Response:
    """Answer values that do not fit, the first of many."""
    faults = faults_of(error.detail)[:MOST_FAULTS]
    return problem(422, "invalid", _WORDS[422], errors=faults)


def faults_of(detail: Mapping[str, Mapping[str, Sequence[str]]]) -> list[dict[str, str]]:
    """List what does not fit: by place (json, query) and field."""
    return [
        Fault(place=place, field=field, message=message).model_dump()
        for place, fields in detail.items()
        for field, messages in fields.items()
        for message in messages
    ]

"""What all routes of the API share: strict JSON, rate limits, no cookies."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from apiflask import APIBlueprint
from flask import Response, abort, has_request_context, request
from flask.json.provider import DefaultJSONProvider

from tanggap.errors import MovedError
from tanggap.rules import InvalidRuleError
from tanggap.web.api_access import is_api
from tanggap.web.context import me, services
from tanggap.web.problems import problem
from tanggap.web.rulebook.rule_problems import explain_rule
from tanggap.web.security import csrf, limiter, remote_network

ROOT: Final = "/api/v1"
_NUL: Final = "\x00"


class StrictJson(DefaultJSONProvider):
    """Reads what JSON is, and no more: no NaN, no halves of characters, no depth without end.

    That holds for what programs send; cookies, which the house itself wrote, are read as ever.
    """

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a body; raises `ValueError`."""
        if not (has_request_context() and is_api(request)):
            return super().loads(s, **kwargs)
        try:
            value = json.loads(s, parse_constant=_refuse, **kwargs)
            written = json.dumps(value, ensure_ascii=False)
            written.encode()
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        if value is None:
            raise ValueError("it is null")
        if "\\u0000" in written.replace("\\\\", ""):
            raise ValueError("it holds U+0000")
        return value


def blueprint(name: str, tag: str) -> APIBlueprint:
    """Make a part of the API; its routes are limited together, by token."""
    bp = APIBlueprint(f"api_{name}", __name__, tag=tag, url_prefix=ROOT)
    csrf.exempt(bp)
    limiter.shared_limit(lambda: services().settings.api_rate, scope="api", key_func=_who)(bp)
    bp.before_request(_refuse_unreadable)
    bp.register_error_handler(MovedError, _moved)
    bp.register_error_handler(InvalidRuleError, _unfit_rule)
    return bp


def _who() -> str:
    return f"token {me().token_id}" if me().is_authenticated else remote_network()


def _refuse_unreadable() -> None:
    """Refuse bodies that are no JSON by their own word, and addresses no database takes."""
    if _NUL in request.path or any(_NUL in part for pair in request.args.items() for part in pair):
        abort(400, "the address holds U+0000")
    has_body = bool(request.content_length) or "chunked" in request.headers.get(
        "Transfer-Encoding", ""
    )
    if has_body and not request.is_json:
        abort(415)


def _moved(error: MovedError) -> Response:
    return problem(404, "moved", str(error), moved_to=error.into)


def _unfit_rule(error: InvalidRuleError) -> Response:
    return problem(422, "invalid", str(explain_rule(error)))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")

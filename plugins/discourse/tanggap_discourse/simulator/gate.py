"""What a forum checks before it looks at a call, and how it words what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import TokenStore, json_response

Handler = Callable[..., Response]


class Refused(Exception):
    """A call the forum says no to."""

    def __init__(
        self, status: int, words: str, kind: str = "", extras: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(words)
        self.status = status
        self.kind = kind
        self.extras = extras

    def response(self) -> Response:
        """Answer as Discourse words its errors."""
        body: dict[str, object] = {"errors": [str(self)]}
        if self.kind:
            body["error_type"] = self.kind
        if self.extras:
            body["extras"] = dict(self.extras)
        return json_response(body, self.status)


NOT_FOUND = Refused(404, "The requested URL or resource could not be found.", "not_found")
FORBIDDEN = Refused(403, "You are not permitted to view the requested resource.", "invalid_access")


class Gate:
    """Stands before every route of the API."""

    def __init__(self, tokens: TokenStore, username: str) -> None:
        self._tokens = tokens
        self._username = username

    def guard(self, handler: Handler) -> Handler:
        """Let a call with a good key of the right user through."""

        def guarded(request: Request, **values: str) -> Response:
            try:
                self._check(request)
                return handler(request, **values)
            except Refused as refusal:
                return refusal.response()

        return guarded

    def _check(self, request: Request) -> None:
        grant = self._tokens.find(request.headers.get("Api-Key", ""))
        named = request.headers.get("Api-Username", "").lower()
        if grant is None or named != self._username:
            raise FORBIDDEN

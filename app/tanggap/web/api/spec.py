"""The OpenAPI 3.1 document: what the routes say of themselves, and what all of them share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from apiflask import APIBlueprint, APIFlask

from tanggap.web.api_access import SCOPES
from tanggap.web.problems import MEDIA_TYPE, Problem
from tanggap.web.routing import IdConverter

FILE: Final = Path(__file__).with_name("openapi.json")
DESCRIPTION: Final = (
    "Read and work cases as people do in the inbox, in the name of the person who made the token. "
    "Every error has one shape (RFC 9457); see `code`."
)
_ALWAYS: Final = {401: "Unauthorized", 403: "Forbidden", 429: "Too many requests", 500: "Fault"}
_NESTED: Final = re.compile(r"(#/components/schemas/)\w+\.(\w+)")
_LIMITS: Final = {
    "X-RateLimit-Limit": "Requests allowed in the present window.",
    "X-RateLimit-Remaining": "Requests that are left of them.",
    "X-RateLimit-Reset": "When the window ends, in seconds since 1970.",
}
_HEADERS: Final = {"idempotency-key": "Idempotency-Key"}
_KEY: Final = "^[a-z0-9_-]{1,64}$"
_NOT_SO: Final = "It cannot be done so"
_RESPONSES: Final = "#/components/responses/"
_NAMES: Final = {
    (400, "Not readable"): "Unreadable",
    **{(status, words): words.title().replace(" ", "") for status, words in _ALWAYS.items()},
    (404, "Not found"): "NotFound",
    (409, "Somebody was faster"): "Conflict",
    (413, "Too large"): "TooLarge",
    (415, "No JSON"): "NoJson",
    (422, "A value does not fit"): "Unfit",
    (422, _NOT_SO): "Refused",
}
_MAY_BE_MISSING: Final = ("/models/shadow",)
_CASE: Final = "#/components/schemas/Conversation"
_TRIES: Final = ("/suggestions", "/macros", "/similar", "/actions")
"""What is read by trying it out, and may be refused as an act is."""


@cache
def stored() -> dict[str, Any]:
    """Read the document that ships."""
    document: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return document


def written(document: Mapping[str, Any]) -> str:
    """Write the document as it ships."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def generate(blueprints: Iterable[APIBlueprint]) -> dict[str, Any]:
    """Make the document from the routes."""
    app = APIFlask(
        "tanggap.api",
        title="Tanggap",
        version="1",
        spec_path=None,
        docs_path=None,
        json_errors=False,
    )
    app.url_map.converters["int"] = IdConverter
    app.config.update(
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        DESCRIPTION=DESCRIPTION,
    )
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    with app.app_context():
        written = json.dumps(app.spec)
    document = _with_plain_names(json.loads(_NESTED.sub(r"\1\2", written)))
    return _finished(document, app)


def _with_plain_names(document: dict[str, Any]) -> dict[str, Any]:
    """Call what stands in several schemas by its own name alone, once."""
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {
        name.rpartition(".")[2]: schema for name, schema in sorted(schemas.items())
    }
    _drop_titles(document["components"]["schemas"])
    return document


def _drop_titles(part: Any) -> None:
    """Drop the titles that repeat names; a field that is called so stays."""
    if isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        _drop_titles(inner)


def _finished(document: dict[str, Any], app: APIFlask) -> dict[str, Any]:
    names = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    components.setdefault("schemas", {})["Problem"] = _problem_schema()
    components["responses"] = _problem_responses()
    components["headers"] = {
        name: {"description": words, "schema": {"type": "integer"}}
        for name, words in _LIMITS.items()
    }
    document["security"] = [{"token": []}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            endpoint = names[path, method]
            operation["operationId"] = endpoint.removeprefix("api_").replace(".", "_")
            scope = SCOPES[endpoint]
            operation["x-scope"] = scope.value if scope else None
            _describe(path, method, operation)
    return document


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what is the same everywhere: ids, headers, problems."""
    for parameter in operation.get("parameters", ()):
        _describe_parameter(parameter)
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    for answer in operation["responses"].values():
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}
    if method != "get" and _gives_case(operation):
        operation["responses"]["204"] = {
            "description": "Done; the person does not see the case any more",
            "headers": operation["responses"]["200"]["headers"],
        }
    if operation["responses"].get("204"):
        operation["responses"]["204"].pop("content", None)
    for status, words in _problems(path, method, operation).items():
        operation["responses"][str(status)] = {"$ref": _RESPONSES + _NAMES[status, words]}


def _describe_parameter(parameter: dict[str, Any]) -> None:
    """Say what an address can hold: no null, and ids of the size that databases have."""
    schema = parameter["schema"]
    parameter["name"] = _HEADERS.get(parameter["name"], parameter["name"])
    if parameter["in"] == "path":
        integer = schema.get("type") == "integer"
        schema |= {"minimum": 1, "maximum": 10**18 - 1} if integer else {"pattern": _KEY}
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind.get("type") != "null"]
    if kinds:
        schema |= kinds[0]
        schema.pop("default", None)
    schema.pop("title", None)


def _problems(path: str, method: str, operation: Mapping[str, Any]) -> dict[int, str]:
    found = dict(_ALWAYS)
    found[400] = "Not readable"
    if "{" in path or method != "get" or path.endswith(_MAY_BE_MISSING):
        found[404] = "Not found"
    if method != "get":
        found |= {413: "Too large", 415: "No JSON"}
    if operation.get("requestBody") or _in_query(operation.get("parameters", ())):
        found[422] = "A value does not fit"
    if method != "get":
        found[409] = "Somebody was faster"
        found.setdefault(422, _NOT_SO)
    if path.endswith(_TRIES):
        found[422] = _NOT_SO
    return found


def _problem_responses() -> dict[str, Any]:
    """Describe every problem once; operations refer to them."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        name: {"description": words, "content": content}
        for (_status, words), name in _NAMES.items()
    }


def _gives_case(operation: Mapping[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    return any(one["schema"].get("$ref") == _CASE for one in content.values())


def _in_query(parameters: Sequence[Mapping[str, Any]]) -> bool:
    return any(parameter["in"] != "path" for parameter in parameters)


def _problem_schema() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/Problem.{model}")
    schema["$defs"].pop("Fault")
    fault = {"type": "object", "properties": {n: {"type": "string"} for n in _FAULT}}
    schema["properties"]["errors"] = {"type": "array", "items": fault | {"required": list(_FAULT)}}
    schema.pop("$defs")
    return schema


_FAULT: Final = ("place", "field", "message")

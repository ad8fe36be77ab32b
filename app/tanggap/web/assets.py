"""Serve style sheets, scripts and fonts from an address that changes with their contents."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Flask, abort, request, send_file, url_for
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

from tanggap.web.security import public

STATIC = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600

bp = Blueprint("assets", __name__)


@bp.get("/assets/<version>/<path:name>")
@public
def file(version: str, name: str) -> Response:
    """Send a file; the version only makes the address new, so that browsers may keep it."""
    fresh = version == assets_version()
    place = safe_join(str(STATIC), name)
    if place is None or not Path(place).is_file():
        abort(404)
    response = send_file(
        BytesIO(_content(place)), download_name=Path(place).name, etag=assets_version()
    )
    response.headers["Cache-Control"] = (
        f"public, max-age={_YEAR}, immutable" if fresh else "no-cache"
    )
    return response


@cache
def _content(place: str) -> bytes:
    """Read a file once a process: no handle stays open where a browser leaves midway."""
    return Path(place).read_bytes()


def asset(name: str) -> str:
    """Give the address of a static file."""
    return _address(name, request.script_root)


@lru_cache(maxsize=2_000)
def _address(name: str, _root: str) -> str:
    return url_for("assets.file", version=assets_version(), name=name)


@cache
def assets_version() -> str:
    """Hash all static files, once a process; scripts import each other, so they change together."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def install_assets(app: Flask) -> None:
    """Make `asset()` known to templates."""
    app.add_template_global(asset)

"""How addresses write ids."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter


class IdConverter(IntegerConverter):
    """A number that every database can hold; a longer one is no address of ours."""

    regex = r"\d{1,18}"

"""Requests whose forms and queries hold nothing that no database can store."""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from tanggap.web.api_access import is_api

_NUL = "\x00"
_INSTEAD = "\ufffd"


class StorableRequest(Request):
    """Reads U+0000, which PostgreSQL refuses and no keyboard types, as U+FFFD.

    The API refuses it by itself, since programs are told what is wrong with what they send.
    """

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """Give the query."""
        found: MultiDict[str, str] = super().args
        return found if is_api(self) else _storable(found)

    def _load_form_data(self) -> None:
        super()._load_form_data()
        form = self.__dict__.get("form")
        if form:
            self.__dict__["form"] = _storable(form)


def _storable(given: MultiDict[str, str]) -> MultiDict[str, str]:
    pairs = list(given.items(multi=True))
    if not any(_NUL in part for pair in pairs for part in pair):
        return given
    return ImmutableMultiDict(
        (name.replace(_NUL, _INSTEAD), value.replace(_NUL, _INSTEAD)) for name, value in pairs
    )

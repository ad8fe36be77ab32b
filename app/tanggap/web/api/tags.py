"""The tags of all cases, for programs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tanggap.inbox.rulebook import tag_admin
from tanggap.rules.action_values import MAX_TAG
from tanggap.web.api.asked import Body
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services

bp = blueprint("tags", "Tags")
_Tag = Annotated[str, Field(min_length=1, max_length=MAX_TAG)]


class TagUse(Thing):
    """A tag, how many cases have it, and the rules and macros that give it."""

    tag: str
    cases: int
    open_cases: int
    rules: list[str]
    macros: list[str]


class TagList(Thing):
    """All tags, those that most cases have first."""

    items: list[TagUse]


class Renamed(Body):
    """A tag and what it is to be called; the name of another makes the two one."""

    tag: _Tag
    name: _Tag


class Removed(Body):
    """A tag that no case is to have any longer."""

    tag: _Tag


class Changed(Thing):
    """How many cases were changed."""

    cases: int


@bp.get("/tags")
@bp.output(TagList)
def index() -> TagList:
    """List the tags of cases, of rules and of macros."""
    with services().database.read() as db:
        return TagList(items=[TagUse.model_validate(use) for use in tag_admin.list_tags(db)])


@bp.post("/tags/rename")
@bp.input(Renamed, arg_name="body")
@bp.output(Changed)
def rename(body: Renamed) -> Changed:
    """Give a tag another name on cases, in macros and in saved views; rules keep theirs."""
    return Changed(cases=tag_admin.rename_tag(services(), body.tag, body.name, me().id))


@bp.post("/tags/remove")
@bp.input(Removed, arg_name="body")
@bp.output(Changed)
def remove(body: Removed) -> Changed:
    """Take a tag off all cases, macros and saved views."""
    return Changed(cases=tag_admin.remove_tag(services(), body.tag, me().id))

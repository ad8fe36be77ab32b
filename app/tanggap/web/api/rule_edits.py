"""Changing rules and the lists they read, for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.inbox.rulebook import named_lists, rule_editing, rule_transfer, rule_versions
from tanggap.inbox.rulebook.named_lists import ListView
from tanggap.inbox.rulebook.rule_editing import NEW
from tanggap.rules import InvalidRuleError, Rule, load_rule
from tanggap.web.api.asked import Body, Query
from tanggap.web.api.cases import nothing
from tanggap.web.api.pages import Rule as RuleThing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.rules import rule_of
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services

bp = blueprint("rule_edits", "Changing rules")
_RULE = "/rules/<string:key>"
_LIST = "/lists/<string:key>"
Version = Annotated[int, Field(ge=0, le=10**9)]
_Name = Annotated[str, Field(min_length=1, max_length=255)]


class Definition(Body):
    """A rule, as YAML."""

    definition: Annotated[str, Field(min_length=1, max_length=50_000)]


class ChangedRule(Definition):
    """A rule as it should be; `seen` is the version that was looked at."""

    seen: Version


class RuleSwitch(Body):
    """Whether a rule runs."""

    enabled: bool


class RuleMove(Body):
    """By how many places a rule moves; up is negative."""

    places: Annotated[int, Field(ge=-1_000, le=1_000)]


class RestoredRule(Body):
    """The version that is put in force again; `seen` is the one that is now, 0 for none."""

    version: Annotated[int, Field(ge=1, le=10**9)]
    seen: Version


class RuleFile(Body):
    """Many rules, as the export writes them; with `replace_all` others go."""

    definition: Annotated[str, Field(min_length=1, max_length=500_000)]
    replace_all: bool = False


class SeenQuery(Query):
    """The version that was looked at."""

    seen: Version


class NamedListChange(Body):
    """A list as it should be; `seen` is its `version`, empty for a new one."""

    name_id: _Name
    name_en: _Name
    entries: Annotated[list[Annotated[str, Field(max_length=255)]], Field(max_length=10_000)]
    seen: Annotated[str, Field(max_length=64)] = ""


class RuleVersion(Thing):
    """A version of a rule, with the lines that went and came."""

    number: int
    current: bool
    author: str
    at: datetime
    diff: list[str]


class RuleVersionList(Thing):
    """The versions of a rule, the newest first."""

    items: list[RuleVersion]


class ImportedRules(Thing):
    """What came of a file."""

    created: int
    changed: int
    same: int
    removed: int


class RuleExport(Thing):
    """All rules in force, as YAML that an import takes."""

    definition: str


class NamedList(Thing):
    """A list of handles or names that rules read; `used_by` are the keys of those rules."""

    key: str
    name_id: str
    name_en: str
    entries: list[str]
    used_by: list[str]
    version: str


class NamedListList(Thing):
    """All lists."""

    items: list[NamedList]


@bp.post("/rules/check")
@bp.input(Definition, arg_name="body")
@bp.output({}, status_code=204)
def check(body: Definition) -> Response:
    """Tell whether a rule could be saved: 204, or 422 with what is wrong and where."""
    rule = load_rule(body.definition, labels=None)
    with services().database.read() as db:
        rule_editing.check_candidate(services(), db, rule)
    return nothing()


@bp.post("/rules")
@bp.input(Definition, arg_name="body")
@bp.output(RuleThing, status_code=201)
def create(body: Definition) -> RuleThing:
    """Put a new rule in force, after all others."""
    return _saved(load_rule(body.definition, labels=None), NEW)


@bp.put(_RULE)
@bp.input(ChangedRule, arg_name="body")
@bp.output(RuleThing)
def save(key: str, body: ChangedRule) -> RuleThing:
    """Change a rule; 409 when a colleague changed it since `seen`. The earlier versions stay."""
    rule = load_rule(body.definition, labels=None)
    if rule.key != key:
        raise InvalidRuleError("the key is another one", f"Write {key} as its key.", field="key")
    return _saved(rule, body.seen)


@bp.put(_RULE + "/switch")
@bp.input(RuleSwitch, arg_name="body")
@bp.output(RuleThing)
def switch(key: str, body: RuleSwitch) -> RuleThing:
    """Switch a rule on or off at once."""
    rule_editing.set_enabled(services(), key, body.enabled, user_id=me().id)
    return _shown(key)


@bp.post(_RULE + "/move")
@bp.input(RuleMove, arg_name="body")
@bp.output(RuleThing)
def move(key: str, body: RuleMove) -> RuleThing:
    """Move a rule up or down among the others."""
    rule_editing.move_rule(services(), key, body.places, user_id=me().id)
    return _shown(key)


@bp.delete(_RULE)
@bp.input(SeenQuery, location="query", arg_name="query")
@bp.output({}, status_code=204)
def delete(key: str, query: SeenQuery) -> Response:
    """Take a rule out of force; its versions stay, so that it can be restored."""
    rule_editing.delete_rule(services(), key, seen=query.seen, user_id=me().id)
    return nothing()


@bp.get(_RULE + "/versions")
@bp.output(RuleVersionList)
def versions(key: str) -> RuleVersionList:
    """List who changed a rule when, and how."""
    with services().database.read() as db:
        found = rule_versions.history(db, key)
    return RuleVersionList(items=[RuleVersion.model_validate(one) for one in found])


@bp.post(_RULE + "/restore")
@bp.input(RestoredRule, arg_name="body")
@bp.output(RuleThing)
def restore(key: str, body: RestoredRule) -> RuleThing:
    """Put an earlier version in force again."""
    rule_editing.restore_version(services(), key, body.version, seen=body.seen, user_id=me().id)
    return _shown(key)


@bp.get("/rules/export")
@bp.output(RuleExport)
def export() -> RuleExport:
    """Give all rules in force as YAML."""
    with services().database.read() as db:
        return RuleExport(definition=rule_transfer.export_rules(db))


@bp.post("/rules/import")
@bp.input(RuleFile, arg_name="body")
@bp.output(ImportedRules)
def import_(body: RuleFile) -> ImportedRules:
    """Take over a file of rules, in its order: all of it or, when refused, nothing."""
    done = rule_transfer.import_rules(
        services(), body.definition, replace_all=body.replace_all, user_id=me().id
    )
    return ImportedRules.model_validate(done)


@bp.get("/lists")
@bp.output(NamedListList)
def lists() -> NamedListList:
    """List the lists that rules read."""
    with services().database.read() as db:
        return NamedListList(items=[_list(one) for one in named_lists.list_lists(db)])


@bp.put(_LIST)
@bp.input(NamedListChange, arg_name="body")
@bp.output(NamedList)
def save_list(key: str, body: NamedListChange) -> NamedList:
    """Store a list, a new one where there is none of this key."""
    named_lists.save_list(
        services(),
        key,
        name_id=body.name_id,
        name_en=body.name_en,
        entries=body.entries,
        seen=body.seen,
        user_id=me().id,
    )
    with services().database.read() as db:
        return _list(named_lists.read_list(db, key))


@bp.delete(_LIST)
@bp.output({}, status_code=204)
def delete_list(key: str) -> Response:
    """Delete a list; 409 while a rule in force reads it."""
    named_lists.delete_list(services(), key, user_id=me().id)
    return nothing()


def _saved(rule: Rule, seen: int) -> RuleThing:
    rule_editing.save_rule(services(), replace(rule), seen=seen, user_id=me().id)
    return _shown(rule.key)


def _shown(key: str) -> RuleThing:
    with services().database.read() as db:
        return rule_of(rule_editing.read_rule(db, key))


def _list(one: ListView) -> NamedList:
    own = {name: getattr(one.row, name) for name in ("key", "name_id", "name_en", "entries")}
    return NamedList(**own, used_by=list(one.used_by), version=one.version)

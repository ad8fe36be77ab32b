"""Rules, for programs: read them, and try what one would do."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from tanggap.inbox.rulebook.dry_run import dry_run
from tanggap.inbox.rulebook.rule_editing import check_candidate, read_rule
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.rules import Rule, dump_rule, load_rule
from tanggap.web.api import pages
from tanggap.web.api.asked import NewRule, Trial
from tanggap.web.api.routing import blueprint
from tanggap.web.context import services

bp = blueprint("rules", "Rules")
_RULE = "/rules/<string:key>"


@bp.get("/rules")
@bp.output(pages.RuleList)
def index() -> pages.RuleList:
    """List the rules in force, in the order in which they run."""
    with services().database.read() as db:
        rules = current_rules(db).rules
    return pages.RuleList(items=[rule_of(one) for one in rules])


@bp.get(_RULE)
@bp.output(pages.Rule)
def show(key: str) -> pages.Rule:
    """Read a rule in force."""
    with services().database.read() as db:
        return rule_of(read_rule(db, key))


@bp.post(_RULE + "/try")
@bp.input(Trial, arg_name="body")
@bp.output(pages.Tried)
def try_stored(key: str, body: Trial) -> pages.Tried:
    """Hold a rule in force against the newest posts; nothing is changed."""
    with services().database.read() as db:
        return _tried(db, read_rule(db, key), body.posts)


@bp.post("/rules/try")
@bp.input(NewRule, arg_name="body")
@bp.output(pages.Tried)
def try_new(body: NewRule) -> pages.Tried:
    """Hold a rule that is not in force against the newest posts; nothing is changed."""
    with services().database.read() as db:
        rule = load_rule(body.definition, labels=None)
        check_candidate(services(), db, rule)
        return _tried(db, rule, body.posts)


def _tried(db: Session, rule: Rule, posts: int) -> pages.Tried:
    found = dry_run(db, rule, posts=posts)
    matches = [
        pages.Match(
            post_id=one.post.post_id,
            conversation_id=one.post.conversation_id,
            label=one.post.label,
            text=one.post.text,
            before=pages.Place.model_validate(one.before),
            after=pages.Place.model_validate(one.after),
        )
        for one in found.matches
    ]
    names = set(pages.Tried.model_fields) - {"matches"}
    return pages.Tried(**{name: getattr(found, name) for name in names}, matches=matches)


def rule_of(rule: Rule) -> pages.Rule:
    """Write a rule down."""
    return pages.Rule(
        key=rule.key,
        name={"id": rule.name.id, "en": rule.name.en},
        version=rule.version,
        position=rule.position,
        enabled=rule.enabled,
        trigger=rule.trigger.value,
        condition=rule.condition,
        definition=dump_rule(replace(rule)),
    )

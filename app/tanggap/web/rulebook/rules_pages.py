"""The pages of rules: their list, the editor with its live preview, versions, and YAML."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.rulebook import rule_editing, rule_form_timing, rule_transfer, rule_versions
from tanggap.inbox.rulebook.rule_deeds import deeds_of
from tanggap.inbox.rulebook.rule_form import Problems, RuleForm, form_of, place_of, read_form, step
from tanggap.inbox.rulebook.rule_form_actions import inputs_of
from tanggap.inbox.rulebook.rule_form_rows import join_of
from tanggap.rules import InvalidRuleError, Rule, Trigger
from tanggap.rules.actions import ACTIONS
from tanggap.rules.builder import MAX_LEVELS
from tanggap.rules.builder_reading import has_comments, read_rows
from tanggap.rules.model import TIMED
from tanggap.rules.yaml_nodes import MAX_BYTES
from tanggap.store.users import list_teams
from tanggap.web import time_words
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.labels import current_labels
from tanggap.web.rulebook import rule_words
from tanggap.web.rulebook.action_words import action_text
from tanggap.web.rulebook.rule_problems import explain_rule
from tanggap.web.rulebook.rules_view import (
    TRIED,
    checked,
    list_rules,
    options,
    place_name,
    preview,
    remark_text,
)

bp = Blueprint("rules", __name__, url_prefix="/admin/rules")

_RULE = "/rule/<key>"


@bp.get("")
def index() -> ResponseReturnValue:
    """Show every rule in its order, in plain words."""
    return _index()


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Show and save a rule that does not exist yet."""
    with services().database.read() as session:
        if request.method == "GET":
            return _editor(session, step(RuleForm(), "act:", current_labels()), None)
        return _edited(session, None)


@bp.route(_RULE, methods=["GET", "POST"])
def edit(key: str) -> ResponseReturnValue:
    """Show and save a rule."""
    with services().database.read() as session:
        rule = rule_editing.read_rule(session, key)
        if request.method == "GET":
            return _editor(session, form_of(rule), rule)
        return _edited(session, rule)


@bp.get(_RULE + "/about")
def show(key: str) -> ResponseReturnValue:
    """Show what a rule says and what it did lately; nothing can be changed here."""
    with services().database.read() as session:
        rule_editing.read_rule(session, key)
        listed = next(it for it in list_rules(services(), session) if it.rule.key == key)
        return render_template(
            "admin/rule_show.html",
            it=listed,
            deeds=deeds_of(session, key),
            teams=list_teams(session),
            words=rule_words,
            action_text=action_text,
            remark_text=remark_text,
        )


@bp.post("/preview")
@bp.post(_RULE + "/preview")
def try_it(key: str | None = None) -> ResponseReturnValue:
    """Say what the rule in the form means and would have done."""
    with services().database.read() as session:
        before = rule_editing.read_rule(session, key) if key else None
        return _render("admin/rule_preview.html", session, _typed(), before)


@bp.post(_RULE + "/switch")
def switch(key: str) -> ResponseReturnValue:
    """Switch a rule on or off."""
    enabled = request.form.get("enabled") == "1"
    try:
        rule_editing.set_enabled(services(), key, enabled, user_id=me().id)
    except InvalidRuleError as error:
        return _index(str(explain_rule(error))), 422
    return redirect(url_for(".index", _anchor=f"rule-{key}"), 303)


@bp.post(_RULE + "/move")
def move(key: str) -> ResponseReturnValue:
    """Move a rule one place up or down."""
    places = -1 if request.form.get("to") == "up" else 1
    rule_editing.move_rule(services(), key, places, user_id=me().id)
    return redirect(url_for(".index", _anchor=f"rule-{key}"), 303)


@bp.post(_RULE + "/delete")
def delete(key: str) -> ResponseReturnValue:
    """Take a rule out of force."""
    rule_editing.delete_rule(services(), key, seen=_seen(), user_id=me().id)
    flash(gettext("The rule is deleted. It can be restored from the list below."))
    return redirect(url_for(".index"), 303)


@bp.get(_RULE + "/history")
def history(key: str) -> ResponseReturnValue:
    """Show who changed a rule when, and how."""
    return _history(key, "")


@bp.post(_RULE + "/restore")
def restore(key: str) -> ResponseReturnValue:
    """Put an earlier version in force again."""
    number = request.form.get("version", "")
    try:
        rule_editing.restore_version(
            services(), key, read_id(number) or 0, seen=_seen(), user_id=me().id
        )
    except InvalidRuleError as error:
        return _history(key, explain_rule(error)), 422
    flash(gettext("Version %(number)s is in force again.", number=number))
    return redirect(url_for(".edit", key=key), 303)


@bp.get("/rules.yaml")
def export() -> ResponseReturnValue:
    """Give all rules as a file."""
    with services().database.read() as session:
        text = rule_transfer.export_rules(session)
    headers = {"Content-Disposition": 'attachment; filename="rules.yaml"'}
    return text, 200, {"Content-Type": "application/yaml; charset=utf-8", **headers}


@bp.post("/import")
def import_() -> ResponseReturnValue:
    """Take over the rules of a file, all of them or none."""
    file = request.files.get("file")
    data = file.read(MAX_BYTES + 1) if file else b""
    text = request.form.get("yaml", "") or data.decode("utf-8", "replace")
    try:
        done = rule_transfer.import_rules(
            services(), text, replace_all=bool(request.form.get("replace")), user_id=me().id
        )
    except InvalidRuleError as error:
        return _index(explain_rule(error), typed=text if len(text) <= MAX_BYTES else ""), 422
    flash(
        gettext(
            "New: %(created)s, changed: %(changed)s, the same: %(same)s, removed: %(removed)s.",
            created=done.created,
            changed=done.changed,
            same=done.same,
            removed=done.removed,
        )
    )
    return redirect(url_for(".index"), 303)


def _index(problem: str = "", typed: str = "") -> str:
    with services().database.read() as session:
        return render_template(
            "admin/rules.html",
            rules=list_rules(services(), session),
            deleted=rule_versions.deleted_rules(session),
            problem=problem,
            typed=typed,
            words=rule_words,
            remark_text=remark_text,
        )


def _history(key: str, problem: str) -> str:
    with services().database.read() as session:
        versions = rule_versions.history(session, key)
        alive = any(version.current for version in versions)
        rule = rule_editing.read_rule(session, key) if alive else None
        gone = rule_versions.deleted_rules(session).get(key)
    return render_template(
        "admin/rule_history.html",
        key=key,
        rule=rule or gone,
        seen=rule.version if rule else rule_editing.NEW,
        versions=versions,
        problem=problem,
    )


def _edited(session: Session, before: Rule | None) -> ResponseReturnValue:
    """Do one step of the form, or save it."""
    form, act = _typed(), request.form.get("do", "")
    if act:
        form = step(form, act, current_labels())
        if "HX-Request" in request.headers:
            return _render("admin/rule_form.html", session, form, before)
        return _editor(session, form, before)
    rule, problems = checked(services(), session, form, before)
    if rule is None or problems:
        return _editor(session, form, before, problems), 422
    if before is None:
        rule = rule_editing.with_free_key(session, rule)
    return _save(session, form, rule, before)


def _save(session: Session, form: RuleForm, rule: Rule, before: Rule | None) -> ResponseReturnValue:
    try:
        version = rule_editing.save_rule(services(), rule, seen=_seen(), user_id=me().id)
    except InvalidRuleError as error:
        return _editor(session, form, before, {place_of(error): error}), 422
    except ConflictError as error:
        flash(explain(error), "error")
        return _moved_on(form, rule.key), 409
    changed = before is None or version != before.version
    flash(gettext("The rule is saved.") if changed else gettext("Nothing was changed."))
    return redirect(url_for(".index", _anchor=f"rule-{rule.key}"), 303)


def _moved_on(form: RuleForm, key: str) -> str:
    """Show what was typed again, over the rule as it is now."""
    with services().database.read() as session:
        return _editor(session, form, rule_editing.read_rule(session, key))


def _editor(
    session: Session, form: RuleForm, before: Rule | None, problems: Problems | None = None
) -> str:
    return _render("admin/rule_edit.html", session, form, before, problems)


def _render(
    template: str,
    session: Session,
    form: RuleForm,
    before: Rule | None,
    problems: Problems | None = None,
) -> str:
    """Show the editor or a part of it; problems are shown once somebody tried to save."""
    shown = options(services(), session)
    rule, found = checked(services(), session, form, before)
    posts = request.form.get("posts", "")
    here = url_for(".edit", key=before.key) if before else url_for(".new")
    values: dict[str, Any] = {
        "form": form,
        "before": before,
        "problems": problems or {},
        "found": found,
        "options": shown,
        "preview": preview(session, form, rule, shown, read_id(posts) or 0),
    }
    return render_template(
        template,
        **values,
        here=here,
        triggers=list(Trigger),
        timed=TIMED,
        actions=ACTIONS,
        tried=TRIED,
        levels=MAX_LEVELS,
        words=rule_words,
        times=rule_form_timing,
        time_words=time_words,
        explain=explain_rule,
        place_name=place_name,
        inputs_of=inputs_of,
        join_of=join_of,
        text_fits=not form.text.strip() or read_rows(form.text) is not None,
        text_remarks=has_comments(form.text),
    )


def _typed() -> RuleForm:
    return read_form(request.form, current_labels())


def _seen() -> int:
    seen = request.form.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else rule_editing.NEW

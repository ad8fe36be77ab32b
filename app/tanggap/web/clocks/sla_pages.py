"""How soon cases want an answer: the table of targets, its editor, and what a case falls under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.accounts import badge
from tanggap.inbox.clocks import sla, sla_report
from tanggap.inbox.clocks.sla_form import UNITS, TypedPolicy, read_policy, write_policy
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.rules.clocks import BY_POLICY, FIELDS, CaseFacts, Policy, choose_targets
from tanggap.rules.clocks.defaults import load_default_policies
from tanggap.store.accounts import list_accounts
from tanggap.store.clocks import SlaPolicy
from tanggap.store.conversations import PRIORITIES
from tanggap.store.users import list_teams
from tanggap.web.clocks.clock_words import CLOCKS
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.i18n import language, name_of
from tanggap.web.labels import current_labels, label_name
from tanggap.web.templating import channel_name

bp = Blueprint("sla", __name__, url_prefix="/admin/sla")

PERIODS = (7, 30)
NAMES = {
    "channel": lazy_gettext("Platform"),
    "account": lazy_gettext("Account"),
    "team": lazy_gettext("Team"),
    "label": lazy_gettext("Label"),
    "priority": lazy_gettext("Priority"),
    "visibility": lazy_gettext("Visibility"),
}
VISIBILITIES = {"public": lazy_gettext("public"), "private": lazy_gettext("private")}
PROBLEMS = {
    "name": lazy_gettext("Give the policy a name of at most 80 characters."),
    "where": lazy_gettext("Say for which cases the policy is: choose at least one."),
    "target": lazy_gettext("Write a whole number above 0; at most 90 days."),
    "targets": lazy_gettext("Set at least one target."),
    "share": lazy_gettext("Write a whole number from 1 to 100."),
    "left": lazy_gettext("Write a whole number of minutes."),
}
SHOWN_FIELDS = ("channel", "label", "priority", "account", "team", "visibility")

Choices = Mapping[str, Mapping[str, str]]


@bp.get("")
def index() -> ResponseReturnValue:
    """Show all policies, what a described case falls under, badges and how it went."""
    days = read_id(request.args.get("days"))
    days = days if days in PERIODS else PERIODS[0]
    with services().database.read() as session:
        rows = sla.list_policies(session)
        choices = policy_choices(session)
        facts, problem = _asked_facts(session, choices)
        chosen = choose_targets(sla.load_policies(session), facts)
        report = sla_report.read_report(session, days or PERIODS[0])
        gauges = badge.read_gauges(services(), session)
    return render_template(
        "admin/sla.html",
        rows=[(row, sla.to_policy(row)) for row in rows],
        kinds=BY_POLICY,
        choices=choices,
        fields=SHOWN_FIELDS,
        names=NAMES,
        facts={name: getattr(facts, name) for name in FIELDS},
        chosen=chosen,
        problem=problem,
        report=report,
        days=days,
        periods=PERIODS,
        gauges=gauges,
        described=_described,
        title=_title,
    )


@bp.route("/new", methods=["GET", "POST"])
@bp.route("/<int:policy_id>", methods=["GET", "POST"])
def edit(policy_id: int | None = None) -> ResponseReturnValue:
    """Show and save one policy."""
    with services().database.read() as session:
        row = sla.policy_by_id(session, policy_id) if policy_id is not None else None
        choices = policy_choices(session)
    for_all = row is not None and not sla.to_policy(row).where
    if request.method == "GET":
        policy = sla.to_policy(row) if row else Policy(ref="", where={})
        policy = replace(policy, name=_title(policy))
        return _editor(row, write_policy(policy), choices, for_all=for_all)
    typed = read_policy(request.form, allowed_values(choices, row), for_all=for_all)
    if typed.problems:
        return _editor(row, typed, choices, for_all=for_all), 422
    try:
        sla.save_policy(
            services(),
            policy_id,
            _as_it_came(typed.policy, row),
            enabled=for_all or "enabled" in request.form,
            version=request.form.get("version", ""),
            user_id=me().id,
        )
    except ConflictError as error:
        flash(explain(error), "error")
        return _editor(row, typed, choices, for_all=for_all), 409
    flash(gettext("Saved. Due times are worked out anew within a minute."))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:policy_id>/delete")
def delete(policy_id: int) -> ResponseReturnValue:
    """Delete a policy."""
    try:
        sla.delete_policy(services(), policy_id, user_id=me().id)
    except ConflictError as error:
        flash(explain(error), "error")
    else:
        flash(gettext("The policy does not hold any more."))
    return redirect(url_for(".index"), 303)


def _editor(row: SlaPolicy | None, typed: TypedPolicy, choices: Choices, *, for_all: bool) -> str:
    return render_template(
        "admin/sla_edit.html",
        row=row,
        title=_title(sla.to_policy(row)) if row else gettext("New policy"),
        typed=typed,
        version=sla.version_of(row) if row else "",
        choices=choices,
        fields=SHOWN_FIELDS,
        names=NAMES,
        kinds=BY_POLICY,
        clocks=CLOCKS,
        units=tuple(UNITS),
        for_all=for_all,
        wording=PROBLEMS,
    )


def allowed_values(choices: Choices, row: SlaPolicy | None) -> dict[str, frozenset[str]]:
    """List what a policy may be for, by field."""
    allowed = {name: frozenset(known) for name, known in choices.items()}
    if row is not None:
        # What is not to be chosen any more may stay: a label of an earlier model, for instance.
        for name, value in sla.to_policy(row).where.items():
            allowed[name] |= {str(value)}
    return allowed


def policy_choices(session: Session) -> Choices:
    """List what policies may be for, by field, with the names that people read."""
    accounts = list_accounts(session)
    return {
        "channel": {key: channel_name(key) for key in sorted(services().registry.channels)},
        "account": {str(a.id): f"{a.name} · {channel_name(a.channel)}" for a in accounts},
        "team": {str(team.id): team.name_in(language()) for team in list_teams(session)},
        "label": {label: label_name(label) for label in current_labels()},
        "priority": {priority: name_of(priority, "priority") for priority in PRIORITIES},
        "visibility": {name: str(shown) for name, shown in VISIBILITIES.items()},
    }


def _described(policy: Policy, choices: Choices) -> Sequence[tuple[str, str]]:
    """Say for which cases a policy is."""
    return [
        (str(NAMES[name]), choices[name].get(str(value), str(value)))
        for name, value in policy.where.items()
    ]


def _title(policy: Policy) -> str:
    """Name a policy; one that is named as it came, in the reader's language."""
    shipped = zip(load_default_policies("id"), load_default_policies(language()), strict=True)
    known = (new.name for old, new in shipped if _named(old) == _named(policy))
    return next(known, policy.name)


def _as_it_came(typed: Policy, row: SlaPolicy | None) -> Policy:
    """Keep the name of a policy that is called as it was shown, whatever language that was."""
    before = sla.to_policy(row) if row is not None else typed
    return replace(typed, name=before.name) if typed.name == _title(before) else typed


def _named(policy: Policy) -> tuple[str, Mapping[str, str | int]]:
    return policy.name, policy.where


def _asked_facts(session: Session, choices: Choices) -> tuple[CaseFacts, str]:
    """Read which case is asked about: one by its number, or one that is described."""
    number = read_id(request.args.get("case"))
    if number is not None:
        try:
            return sla.facts_of(read_conversation(session, number)), ""
        except NotFoundError as error:
            return CaseFacts(), explain(error)
    given = {name: request.args[name] for name in FIELDS if request.args.get(name) in choices[name]}
    return CaseFacts(
        channel=given.get("channel", ""),
        account=int(given["account"]) if "account" in given else None,
        team=int(given["team"]) if "team" in given else None,
        label=given.get("label"),
        priority=given.get("priority", "normal"),
        visibility=given.get("visibility", "public"),
    ), ""

"""Connected accounts: developer apps, the trip to the consent page, reconnecting, leaving."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.accounts import channel_apps, connect
from tanggap.inbox.accounts.channel_apps import FieldProblem, loaded_channel
from tanggap.inbox.accounts.connect import Choice, Connected, ConnectError
from tanggap.inbox.accounts.connect_saving import webhook_url
from tanggap.inbox.arrival.importing import IMPORT_CHANNEL
from tanggap.inbox.operation import health
from tanggap.sdk.errors import InvalidConfig
from tanggap.store import accounts
from tanggap.web.context import me, services
from tanggap.web.i18n import told

bp = Blueprint("accounts", __name__, url_prefix="/admin/accounts")

CAUSES = {
    "expired": lazy_gettext("its access has expired"),
    "revoked": lazy_gettext("somebody withdrew the access on the platform"),
    "missing_scope": lazy_gettext("it lacks a permission that was not granted"),
    "app_not_approved": lazy_gettext("the platform has not approved the developer app for this"),
    "expires": lazy_gettext("its access ends soon and cannot be renewed by itself"),
    "no_plugin": lazy_gettext(
        "no plugin brings its channel any more, so nothing comes in and nothing goes out"
    ),
    "read_budget": lazy_gettext("80 % of its read budget of this month are used; it begins anew"),
    "read_cap": lazy_gettext(
        "its read budget is used up, so that only webhooks bring posts; reading begins anew"
    ),
}
_UNNAMED_CAUSE = lazy_gettext("the platform refuses its access")
STATES = {
    accounts.ACTIVE: lazy_gettext("Connected"),
    accounts.NEEDS_RECONNECT: lazy_gettext("Needs reconnecting"),
    accounts.DISCONNECTED: lazy_gettext("Disconnected"),
}
_FIELD_PROBLEMS = {
    "required": lazy_gettext("This is needed."),
    "choice": lazy_gettext("Choose one of the values offered."),
    "url": lazy_gettext("Enter a whole address, such as https://example.com."),
    "https": lazy_gettext(
        "The address must begin with https://, unless TANGGAP_PRIVATE_HOSTS lists its host."
    ),
}
_CONNECT_ERRORS = {
    "trip_over": lazy_gettext(
        "This connection was not started by you, was used already, or took longer than "
        "%(minutes)s minutes. Start again."
    ),
    "none_ticked": lazy_gettext("No account was ticked, so none was connected. Start again."),
    "app_missing": lazy_gettext("Fill in the developer app of %(channel)s first."),
    "no_account": lazy_gettext(
        "%(channel)s offered no account. Sign in there as somebody who manages one."
    ),
    "wrong_account": lazy_gettext(
        "%(channel)s signed you in for %(offered)s, not for %(name)s. Sign in there as somebody "
        "who manages %(name)s, then reconnect."
    ),
    "account_refused": lazy_gettext("%(name)s was not connected: %(detail)s"),
    "refused_expired": lazy_gettext(
        "%(channel)s connected no account, because the access it gave has expired already. Start "
        "again. It said: %(detail)s"
    ),
    "refused_revoked": lazy_gettext(
        "%(channel)s connected no account, because the access was withdrawn there. Grant it again. "
        "It said: %(detail)s"
    ),
    "refused_missing_scope": lazy_gettext(
        "%(channel)s connected no account, because a permission is missing. Start again and leave "
        "all of them ticked. It said: %(detail)s"
    ),
    "refused_app_not_approved": lazy_gettext(
        "%(channel)s connected no account, because it has not approved the developer app for this. "
        "Apply for the approval in the developer portal. It said: %(detail)s"
    ),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Show every channel with its developer app and its accounts."""
    registry = services().registry
    with services().database.read() as session:
        rows = accounts.list_accounts(session)
        ready = {
            key: channel_apps.is_configured(services(), session, key) for key in registry.channels
        }
        troubles = {trouble.account_id: trouble for trouble in health.troubles(services(), session)}
    return render_template(
        "admin/accounts.html",
        channels=[loaded.channel for loaded in registry.channels.values()],
        ready=ready,
        by_form={
            key
            for key, loaded in registry.channels.items()
            if loaded.channel.connecting and not loaded.channel.oauth
        },
        rows=rows,
        troubles=troubles,
        imported=[row for row in rows if row.channel == IMPORT_CHANNEL],
        orphans=[row for row in rows if row.channel not in {*registry.channels, IMPORT_CHANNEL}],
    )


@bp.route("/<channel>/app", methods=["GET", "POST"])
def app_form(channel: str) -> ResponseReturnValue:
    """Show and save the developer app of a channel; secrets are taken, never given."""
    loaded = loaded_channel(services(), channel)
    problem: InvalidConfig | None = None
    if request.method == "POST":
        try:
            channel_apps.save_app(services(), channel, request.form, user_id=me().id)
        except InvalidConfig as error:
            problem = error
        else:
            flash(
                gettext("The developer app of %(channel)s is saved.", channel=loaded.channel.name)
            )
            return redirect(url_for("accounts.index"))
    with services().database.read() as session:
        fields = channel_apps.form_state(services(), session, channel)
    page = render_template(
        "admin/channel_app.html",
        channel=loaded.channel,
        fields=fields,
        typed=request.form,
        problem_field=problem.field if problem else None,
        problem=explain_field(problem) if problem else "",
        callback_url=connect.callback_url(services(), channel),
        webhook_url=webhook_url(services(), channel) if loaded.channel.webhook else "",
    )
    return page, 422 if problem else 200


@bp.post("/<channel>/connect")
def begin(channel: str) -> ResponseReturnValue:
    """Leave for the consent page, by a page of our own.

    Browsers apply `form-action` of our content security policy to redirects after a form, so a
    form cannot lead to another site directly.
    """
    account_id = request.form.get("account_id", type=int)
    try:
        url = connect.begin(services(), channel, user_id=me().id, account_id=account_id)
    except ConnectError as error:
        return back_with(error)
    name = loaded_channel(services(), channel).channel.name
    return render_template("admin/leaving.html", url=url, name=name)


@bp.get("/<channel>/callback")
def callback(channel: str) -> ResponseReturnValue:
    """Come back from the consent page."""
    name = loaded_channel(services(), channel).channel.name
    code, state = request.args.get("code"), request.args.get("state", "")
    if not code:
        said = request.args.get("error_description") or request.args.get("error") or "?"
        message = gettext(
            "%(channel)s connected no account. It said: %(said)s", channel=name, said=said
        )
        flash(message, "error")
        return redirect(url_for("accounts.index"))
    try:
        result = connect.finish(services(), channel, state=state, code=code, user_id=me().id)
    except ConnectError as error:
        return back_with(error)
    if isinstance(result, Choice):
        return render_template(
            "admin/choose_accounts.html", channel=channel, name=name, choice=result
        )
    return back_connected(result)


@bp.post("/<channel>/choose")
def choose(channel: str) -> ResponseReturnValue:
    """Connect the accounts that were ticked."""
    try:
        result = connect.choose(
            services(),
            channel,
            ticket=request.form.get("ticket", ""),
            external_ids=request.form.getlist("external_id"),
            user_id=me().id,
        )
    except ConnectError as error:
        return back_with(error)
    return back_connected(result)


@bp.post("/<int:account_id>/disconnect")
def disconnect(account_id: int) -> ResponseReturnValue:
    """Stop an account and forget its token."""
    warning = connect.disconnect(services(), account_id, user_id=me().id)
    flash(gettext("The account is disconnected. Its conversations stay."))
    if warning:
        flash(warning, "warning")
    return redirect(url_for("accounts.index"))


@bp.app_template_global("account_troubles")
def account_troubles() -> list[health.Trouble]:
    """List the accounts that the banner on every page names."""
    with services().database.read() as session:
        return health.troubles(services(), session)


@bp.app_template_global("account_cause")
def account_cause(cause: str) -> str:
    """Say why an account does not work, to follow its name."""
    return str(CAUSES.get(cause, _UNNAMED_CAUSE))


@bp.app_template_global("account_state")
def account_state(state: str) -> str:
    """Name an account's state."""
    return str(STATES.get(state, state))


def explain_field(problem: InvalidConfig) -> str:
    """Say what is wrong with a typed value."""
    known = _FIELD_PROBLEMS.get(problem.problem) if isinstance(problem, FieldProblem) else None
    return str(known or told(problem.message))


def _explain(error: ConnectError) -> str:
    known: Any = _CONNECT_ERRORS.get(error.reason)
    facts = {name: told(fact) for name, fact in error.facts.items()}
    return str(known) % facts if known else str(error)


def back_with(error: ConnectError) -> ResponseReturnValue:
    """Go back to the accounts with the reason why none was connected."""
    flash(_explain(error), "error")
    return redirect(url_for("accounts.index"))


def back_connected(result: Connected) -> ResponseReturnValue:
    """Go back to the accounts with the names of those that were connected."""
    with services().database.read() as session:
        names = [accounts.account_by_id(session, id_).name for id_ in result.account_ids]
    flash(gettext("Connected: %(names)s", names=", ".join(names)))
    for warning in result.warnings:
        flash(warning, "warning")
    return redirect(url_for("accounts.index"))

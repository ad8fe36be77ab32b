"""One account: how it is read, what that costs, and connecting it by typed values."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_currency, gettext, lazy_gettext

from tanggap.inbox.accounts import account_settings, connect_form, gaps
from tanggap.inbox.accounts.channel_apps import loaded_channel
from tanggap.inbox.accounts.connect import Choice, ConnectError
from tanggap.inbox.arrival import read_meter
from tanggap.sdk.errors import InvalidConfig
from tanggap.store import accounts
from tanggap.web.accounts.accounts import back_connected, back_with, explain_field
from tanggap.web.context import me, services

bp = Blueprint("account", __name__, url_prefix="/admin/accounts")

GAP_CAUSES = {
    gaps.PLATFORM: lazy_gettext("the platform did not answer"),
    gaps.ACCESS: lazy_gettext("the platform refused the access"),
    gaps.RATE_LIMIT: lazy_gettext("the platform asked to slow down"),
    gaps.PLUGIN: lazy_gettext("the plugin failed"),
    gaps.BUDGET: lazy_gettext("the read budget was used up"),
    gaps.STOPPED: lazy_gettext("the worker did not run"),
    gaps.DISCONNECTED: lazy_gettext("the account was disconnected"),
    gaps.WEBHOOKS: lazy_gettext("webhooks did not come; polling found the posts"),
}
_CAP_PROBLEMS = {
    "usd": lazy_gettext("Enter an amount above 0, such as 25 or 25.50, or leave it empty."),
    "reads": lazy_gettext("Enter a whole number above 0, or leave it empty."),
}


@bp.get("/<int:account_id>")
def show(account_id: int) -> ResponseReturnValue:
    """Show how an account is doing."""
    return _page(account_id)


@bp.post("/<int:account_id>/caps")
def set_caps(account_id: int) -> ResponseReturnValue:
    """Set or lift the monthly read budget."""
    usd, reads = request.form.get("usd", ""), request.form.get("reads", "")
    try:
        with services().database.write() as session:
            read_meter.set_caps(session, account_id, usd=usd, reads=reads, user_id=me().id)
    except InvalidConfig as problem:
        return _page(account_id, problem), 422
    flash(gettext("The read budget is saved."))
    return redirect(url_for(".show", account_id=account_id))


@bp.post("/<int:account_id>/settings")
def save_settings(account_id: int) -> ResponseReturnValue:
    """Save what the channel lets an operator set for the account."""
    try:
        account_settings.save(services(), account_id, request.form, user_id=me().id)
    except InvalidConfig as problem:
        return _page(account_id, problem), 422
    flash(gettext("The settings of the account are saved."))
    return redirect(url_for(".show", account_id=account_id))


@bp.route("/<channel>/form", methods=["GET", "POST"])
def form(channel: str) -> ResponseReturnValue:
    """Connect or reconnect an account by typed values; secrets are taken, never given."""
    account_id = request.values.get("account_id", type=int)
    problem: InvalidConfig | None = None
    try:
        if request.method == "POST":
            result = connect_form.submit(
                services(), channel, request.form, user_id=me().id, account_id=account_id
            )
            if not isinstance(result, Choice):
                return back_connected(result)
            name = loaded_channel(services(), channel).channel.name
            return render_template(
                "admin/choose_accounts.html", channel=channel, name=name, choice=result
            )
    except InvalidConfig as error:
        problem = error
    except ConnectError as error:
        return back_with(error)
    return _form(channel, account_id, problem)


@bp.app_template_filter("usd")
def usd(amount: Decimal) -> str:
    """Write an amount of US dollars."""
    # A price may be a fraction of a cent.
    pattern = "¤#,##0.00##" if amount < 1 else "¤#,##0.00"
    return str(format_currency(amount, "USD", format=pattern, currency_digits=False))


@bp.app_template_filter("gap_cause")
def gap_cause(cause: str) -> str:
    """Say why an account could not be read."""
    return str(GAP_CAUSES.get(cause, cause))


def _form(
    channel: str, account_id: int | None, problem: InvalidConfig | None
) -> ResponseReturnValue:
    try:
        with services().database.read() as session:
            fields = connect_form.form_fields(services(), session, channel, account_id)
    except ConnectError as error:
        return back_with(error)
    page = render_template(
        "admin/connect_form.html",
        channel=loaded_channel(services(), channel).channel,
        account_id=account_id,
        fields=fields,
        typed=request.form,
        problem_field=problem.field if problem else None,
        problem=explain_field(problem) if problem else "",
    )
    return page, 422 if problem else 200


def _page(account_id: int, problem: InvalidConfig | None = None) -> str:
    with services().database.read() as session:
        account = accounts.account_by_id(session, account_id)
        channel = services().registry.channel(account.channel)
        polling = channel.polling if channel is not None else None
        return render_template(
            "admin/account.html",
            account=account,
            channel=channel,
            gaps=gaps.list_gaps(session, account_id),
            meter=read_meter.read_meter(session, account),
            prices=polling.read_prices_usd if polling is not None else {},
            settings=account_settings.form_state(services(), account),
            typed=request.form,
            cap_usd=_dollars(account.read_cap_micro_usd),
            problem_field=problem.field if problem else None,
            problem=_CAP_PROBLEMS.get(problem.field) or explain_field(problem) if problem else "",
        )


def _dollars(micro_usd: int | None) -> str:
    return f"{Decimal(micro_usd) / read_meter.MICRO:.2f}" if micro_usd else ""

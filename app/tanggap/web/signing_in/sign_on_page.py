"""The page on which administrators set up single sign-on."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.people.people import UnfitError
from tanggap.inbox.people.sign_on_protocol import SignOnError
from tanggap.inbox.people.sign_on_settings import GroupRule, Wanted, read_provider, save_provider
from tanggap.store.sign_on import OWN, SECOND_FACTORS, SignOnProvider
from tanggap.store.users import ADMIN, ROLES, list_teams, list_users
from tanggap.web.context import me, services
from tanggap.web.filters import read_id
from tanggap.web.signing_in.sign_on import callback_address, provider
from tanggap.web.staff_words import explain

bp = Blueprint("sign_on_page", __name__, url_prefix="/admin/single-sign-on")

_GROUPS: Final = 50
_PROBLEMS: Final = {
    "issuer": lazy_gettext(
        "Enter the provider's address as it calls itself; it begins with https://."
    ),
    "client_id": lazy_gettext("Enter the client id that the provider gave you."),
    "client_secret": lazy_gettext("Enter the client secret that the provider gave you."),
    "domains": lazy_gettext("Write domains such as example.com, separated by commas."),
    "groups": lazy_gettext("Each group needs a role; one that is limited needs a team as well."),
    "role": lazy_gettext("Choose one of the roles."),
    "second_factor": lazy_gettext("Choose whose second step counts."),
    "break_glass": lazy_gettext(
        "Choose an administrator who keeps their password, for the day the provider is down."
    ),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Show what is set up."""
    with services().database.read() as db:
        return _page(db, _stored(read_provider(db)))


@bp.post("")
def save() -> ResponseReturnValue:
    """Ask the provider whether it is what was typed, then store it."""
    wanted = _typed()
    problem = _unreachable(wanted) if wanted.enabled else ""
    if not problem:
        try:
            with services().database.write() as db:
                changed = save_provider(db, services().vault, wanted, by_user_id=me().id)
        except UnfitError as error:
            problem = str(_PROBLEMS.get(error.field, error))
        except ConflictError as error:
            problem = explain(error)
    if problem:
        with services().database.read() as db:
            return _page(db, wanted, problem), 422
    flash(gettext("Saved.") if changed else gettext("Nothing was changed."))
    return redirect(url_for(".index"), 303)


def _unreachable(wanted: Wanted) -> str:
    """Say why the provider cannot be used as it was typed; empty if it can."""
    try:
        provider().discover(wanted.issuer.strip())
    except SignOnError as error:
        return str(gettext("The provider did not answer as it should: %(why)s.", why=str(error)))
    return ""


def _typed() -> Wanted:
    form = request.form
    return Wanted(
        enabled="enabled" in form,
        name=form.get("name", ""),
        issuer=form.get("issuer", ""),
        client_id=form.get("client_id", ""),
        secret=form.get("client_secret", ""),
        domains=form.get("domains", "")[:2_000],
        groups_claim=form.get("groups_claim", ""),
        groups=[_group(number) for number in range(_GROUPS) if form.get(f"group{number}")],
        role=form.get("role", ""),
        second_factor=form.get("second_factor", OWN),
        passwords_off="passwords_off" in form,
        break_glass_id=read_id(form.get("break_glass")),
    )


def _group(number: int) -> GroupRule:
    form = request.form
    written = form.getlist(f"team{number}")
    return GroupRule(
        group=form.get(f"group{number}", ""),
        role=form.get(f"role{number}", ""),
        teams=tuple(id_ for one in written if (id_ := read_id(one)) is not None),
        limited=f"limited{number}" in form,
    )


def _stored(row: SignOnProvider | None) -> Wanted:
    if row is None:
        return Wanted(enabled=False, name="", issuer="", client_id="")
    return Wanted(
        enabled=row.enabled,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        domains=", ".join(row.domains),
        groups_claim=row.groups_claim,
        groups=[_rule(one) for one in row.groups],
        role=row.role,
        second_factor=row.second_factor,
        passwords_off=row.passwords_off,
        break_glass_id=row.break_glass_id,
    )


def _rule(kept: dict[str, Any]) -> GroupRule:
    return GroupRule(
        group=kept["group"],
        role=kept["role"],
        teams=tuple(kept["teams"]),
        limited=kept["limited"],
    )


def _page(db: Session, shown: Wanted, problem: str = "") -> str:
    return render_template(
        "admin/sign_on.html",
        shown=shown,
        problem=problem,
        has_secret=read_provider(db) is not None,
        callback=callback_address(),
        groups=[*shown.groups, GroupRule(group="", role="agent")],
        roles=ROLES,
        teams=list_teams(db),
        admins=[one for one in list_users(db) if one.role == ADMIN],
        second_factors=SECOND_FACTORS,
    )

"""Short lists: who the token stands for, accounts, teams, people, labels, authors, alerts."""

from __future__ import annotations

from tanggap.inbox.people.people import user_by_id
from tanggap.inbox.rulebook import alerts as alerting
from tanggap.store.accounts import list_accounts
from tanggap.store.posts import author_by_id
from tanggap.store.users import list_everybody, list_teams
from tanggap.web.api import pages, things
from tanggap.web.api.asked import AlertQuery
from tanggap.web.api.routing import blueprint
from tanggap.web.context import me as present
from tanggap.web.context import services
from tanggap.web.labels import current_labels, label_name

me_bp = blueprint("me", "Token")
bp = blueprint("lists", "Lists")


@me_bp.get("/me")
@me_bp.output(things.Me)
def me() -> things.Me:
    """Tell whom the token stands for, and its scopes."""
    with services().database.read() as db:
        user = user_by_id(db, present().id)
        person = things.Person.model_validate(user)
    return things.Me(user=person, scopes=sorted(present().scopes))


@bp.get("/accounts")
@bp.output(pages.AccountList)
def accounts() -> pages.AccountList:
    """List the connected accounts."""
    with services().database.read() as db:
        rows = list_accounts(db)
    return pages.AccountList(items=[things.Account.model_validate(row) for row in rows])


@bp.get("/teams")
@bp.output(pages.TeamList)
def teams() -> pages.TeamList:
    """List the teams."""
    with services().database.read() as db:
        rows = list_teams(db)
    return pages.TeamList(items=[things.TeamRef.model_validate(row) for row in rows])


@bp.get("/people")
@bp.output(pages.PersonList)
def people() -> pages.PersonList:
    """List everybody, those who may not sign in any more last."""
    with services().database.read() as db:
        rows = list_everybody(db)
        return pages.PersonList(items=[things.Person.model_validate(row) for row in rows])


@bp.get("/labels")
@bp.output(pages.LabelList)
def labels() -> pages.LabelList:
    """List the labels of the active model."""
    return pages.LabelList(
        items=[things.Label(key=label, name=label_name(label)) for label in current_labels()]
    )


@bp.get("/authors/<int:author_id>")
@bp.output(things.Author)
def author(author_id: int) -> things.Author:
    """Read what the platform tells of somebody who writes."""
    with services().database.read() as db:
        return things.Author.model_validate(author_by_id(db, author_id))


@bp.get("/alerts")
@bp.input(AlertQuery, location="query", arg_name="query")
@bp.output(pages.AlertPage)
def alerts(query: AlertQuery) -> pages.AlertPage:
    """List the open alerts, or the closed ones, newest first."""
    with services().database.read() as db:
        page = alerting.list_alerts(db, closed=query.closed == "1", after=query.after)
    return pages.AlertPage(
        items=[things.Alert.model_validate(line.alert) for line in page.lines], next=page.after
    )


@bp.post("/alerts/<int:alert_id>/close")
@bp.output({}, status_code=204)
def close_alert(alert_id: int) -> tuple[str, int]:
    """Close an alert; closing it twice changes nothing."""
    with services().database.write() as db:
        alerting.close_alert(db, alert_id, present().id)
    return "", 204

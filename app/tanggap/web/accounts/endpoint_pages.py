"""Outgoing webhooks: set them up, see what they were told, let them hear again."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from tanggap.inbox.endpoints import endpoint_delivery, endpoints
from tanggap.inbox.endpoints.endpoints import UnfitEndpointError, Wish
from tanggap.inbox.events.endpoint_events import TEST, TYPES, take_noted
from tanggap.store.endpoints import DELIVERED, FAILED, PENDING, Endpoint
from tanggap.web.context import me, services, tasks
from tanggap.web.filters import read_id

bp = Blueprint("endpoints", __name__, url_prefix="/admin/webhooks")

EVENTS: Final = {
    "case.opened": lazy_gettext("a case was opened"),
    "case.assigned": lazy_gettext("a case was given to a team or a person"),
    "case.resolved": lazy_gettext("a case was resolved"),
    "case.reopened": lazy_gettext("a case was opened again"),
    "case.customer_wrote": lazy_gettext("a customer wrote after our answer"),
    "case.handover": lazy_gettext("a case went private, came back or was concluded"),
    "case.joined": lazy_gettext("cases were merged or split"),
    "case.rated": lazy_gettext("a customer said how satisfied they are"),
    "form.answered": lazy_gettext("a customer filled in a form"),
    "post.triaged": lazy_gettext("a post was labelled"),
    "post.edited": lazy_gettext("a post was edited"),
    "post.deleted": lazy_gettext("a post was deleted"),
    "reply.sent": lazy_gettext("an answer was sent"),
    "reply.failed": lazy_gettext("an answer could not be sent"),
    "clock.warning": lazy_gettext("a clock is about to break"),
    "clock.broken": lazy_gettext("a clock broke"),
    "alert.raised": lazy_gettext("an alert was raised"),
    TEST: lazy_gettext("a test"),
}
STATES: Final = {
    PENDING: lazy_gettext("on its way"),
    DELIVERED: lazy_gettext("delivered"),
    FAILED: lazy_gettext("failed"),
}
REASONS: Final = {
    endpoints.BY_PERSON: lazy_gettext("paused by a person"),
    endpoints.BY_FAILURES: lazy_gettext("paused because it failed again and again"),
    endpoints.BY_GONE: lazy_gettext("paused because it says it is gone (410)"),
}
PROBLEMS: Final = {
    "name": lazy_gettext("Give it a name of at most 80 characters; 50 webhooks are the most."),
    "events": lazy_gettext("Choose at least one event."),
    "url": lazy_gettext(
        "This address cannot be called. It must be a public https address without name, password "
        "and #; TANGGAP_PRIVATE_HOSTS can allow hosts of your own network."
    ),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """List the endpoints."""
    with services().database.read() as db:
        found = endpoints.list_endpoints(db)
    return render_template("admin/endpoints.html", found=found, events=EVENTS, reasons=REASONS)


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Describe another endpoint, and show its secret once it is there."""
    if request.method == "GET":
        return _editor(Wish(name="", url="", events=("case.opened", "case.resolved")))
    wish = _typed()
    try:
        endpoint, secret = endpoints.create_endpoint(services(), wish, me().id)
    except UnfitEndpointError as error:
        return _editor(wish, problem=error.field), 422
    return render_template("admin/endpoint_secret.html", endpoint=endpoint, secret=secret, old=None)


@bp.route("/<int:endpoint_id>", methods=["GET", "POST"])
def edit(endpoint_id: int) -> ResponseReturnValue:
    """Show and change an endpoint."""
    with services().database.read() as db:
        endpoint = endpoints.endpoint_by_id(db, endpoint_id)
    if request.method == "GET":
        wish = Wish(
            name=endpoint.name,
            url=endpoint.url,
            events=endpoint.events,
            with_texts=endpoint.with_texts,
        )
        return _editor(wish, endpoint)
    wish = _typed()
    try:
        endpoints.change_endpoint(services(), endpoint_id, wish, me().id)
    except UnfitEndpointError as error:
        return _editor(wish, endpoint, problem=error.field), 422
    flash(gettext("The webhook is changed."))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:endpoint_id>/secret")
def rotate(endpoint_id: int) -> ResponseReturnValue:
    """Make a new secret and show it, this once."""
    with services().database.write() as db:
        secret = endpoints.rotate_secret(db, services().vault, endpoint_id, me().id)
        endpoint = endpoints.endpoint_by_id(db, endpoint_id)
    hours = round(endpoints.OVERLAP.total_seconds() / 3600)
    return render_template(
        "admin/endpoint_secret.html", endpoint=endpoint, secret=secret, old=hours
    )


@bp.post("/<int:endpoint_id>/test")
def test(endpoint_id: int) -> ResponseReturnValue:
    """Send a test."""
    with services().database.write() as db:
        endpoints.send_test(db, endpoint_id, me().id)
    tasks().tell_endpoints()
    flash(gettext("A test is on its way. Its outcome stands in the log in a moment."))
    return redirect(url_for(".log", endpoint_id=endpoint_id), 303)


@bp.post("/<int:endpoint_id>/pause")
def pause(endpoint_id: int) -> ResponseReturnValue:
    """Stop telling an endpoint."""
    with services().database.write() as db:
        endpoints.pause_endpoint(db, endpoint_id, me().id)
    flash(gettext("The webhook is paused. What happens meanwhile waits for it."))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:endpoint_id>/resume")
def resume(endpoint_id: int) -> ResponseReturnValue:
    """Tell an endpoint again."""
    with services().database.write() as db:
        endpoints.resume_endpoint(db, endpoint_id, me().id)
    tasks().tell_endpoints()
    flash(gettext("The webhook is told again, first of what waited for it."))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:endpoint_id>/remove")
def remove(endpoint_id: int) -> ResponseReturnValue:
    """Take an endpoint away."""
    with services().database.write() as db:
        endpoints.remove_endpoint(db, endpoint_id, me().id)
    flash(gettext("The webhook is removed."))
    return redirect(url_for(".index"), 303)


@bp.get("/<int:endpoint_id>/log")
def log(endpoint_id: int) -> ResponseReturnValue:
    """List what an endpoint was told."""
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    with services().database.read() as db:
        endpoint = endpoints.endpoint_by_id(db, endpoint_id)
        rows, before = endpoint_delivery.list_messages(
            db, endpoint_id, state=state, before=read_id(request.args.get("before"))
        )
    return render_template(
        "admin/endpoint_log.html",
        endpoint=endpoint,
        rows=rows,
        before=before,
        state=state,
        states=STATES,
        events=EVENTS,
        reasons=REASONS,
    )


@bp.get("/messages/<int:message_id>")
def message(message_id: int) -> ResponseReturnValue:
    """Show one message with its tries."""
    with services().database.read() as db:
        found, tries = endpoint_delivery.tries_of(db, message_id)
    return render_template(
        "admin/endpoint_message.html", it=found, tries=tries, states=STATES, events=EVENTS
    )


@bp.post("/messages/<int:message_id>/replay")
def replay(message_id: int) -> ResponseReturnValue:
    """Send one message once more."""
    with services().database.write() as db:
        endpoint_delivery.replay(db, message_id, me().id)
    tasks().tell_endpoints()
    flash(gettext("The message is sent again, under the same id."))
    return redirect(url_for(".message", message_id=message_id), 303)


@bp.post("/<int:endpoint_id>/replay")
def replay_failed(endpoint_id: int) -> ResponseReturnValue:
    """Send everything once more that failed for good."""
    with services().database.write() as db:
        count = endpoint_delivery.replay_failed(db, endpoint_id, me().id)
    tasks().tell_endpoints()
    flash(ngettext("%(num)d message is sent again.", "%(num)d messages are sent again.", count))
    return redirect(url_for(".log", endpoint_id=endpoint_id), 303)


@bp.before_app_request
def _forget() -> None:
    """Begin anew: what this thread wrote before was told by whoever asked for it, or a sweep."""
    take_noted()


@bp.after_app_request
def _bring(response: Response) -> Response:
    """Have what was just done brought to the endpoints that ask for it."""
    if take_noted():
        tasks().tell_endpoints()
    return response


@bp.app_template_global("endpoint_troubles")
def troubles() -> list[Endpoint]:
    """List the endpoints that were paused because they did not hear, for whoever can mend it."""
    if not me().may("manage_integrations"):
        return []
    with services().database.read() as db:
        return list(endpoints.paused_by_trouble(db))


@bp.app_template_filter("endpoint_host")
def endpoint_host(url: str) -> str:
    """Show of an address what is no secret."""
    return urlsplit(url).netloc


def _typed() -> Wish:
    form = request.form
    return Wish(
        name=form.get("name", ""),
        url=form.get("url", ""),
        events=form.getlist("event"),
        with_texts=form.get("with_texts") == "1",
    )


def _editor(wish: Wish, endpoint: Endpoint | None = None, *, problem: str = "") -> str:
    return render_template(
        "admin/endpoint_edit.html",
        wish=wish,
        endpoint=endpoint,
        types=[(type_, EVENTS[type_]) for type_ in TYPES],
        wrong=problem,
        problem=str(PROBLEMS[problem]) if problem else "",
    )

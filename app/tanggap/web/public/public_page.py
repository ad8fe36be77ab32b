"""The page behind a single-use link, for customers: the company's colours, no sign-in, no cookie.

Whatever is wrong with a link, the answer is the same, so that nobody learns whether it ever was.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from tanggap.inbox.operation.company import read_company
from tanggap.inbox.single_use import LinkOverError, find_link
from tanggap.store.single_use import SingleUseLink
from tanggap.web.context import services
from tanggap.web.i18n import LANGUAGES
from tanggap.web.public.public_purposes import PURPOSES, SMALL, PublicPurpose
from tanggap.web.security import csrf, limiter, public

bp = Blueprint("public_page", __name__, url_prefix="/p")
# The secret in the address is what a forged request could not know; customers get no cookie.
csrf.exempt(bp)

_LANGUAGE = "lang"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="{colour}"/>'
    '<text x="16" y="23" font-family="sans-serif" font-size="20" font-weight="700" '
    'text-anchor="middle" fill="{on}">{letter}</text></svg>'
)


@bp.get("/<token>")
@public
@limiter.limit(lambda: services().settings.public_rate)
def show(token: str) -> ResponseReturnValue:
    """Show the page; this never uses the link up, since previews fetch it too."""
    try:
        link, purpose = _open(token)
    except LinkOverError:
        return link_over()
    return purpose.show(link)


@bp.post("/<token>")
@public
@limiter.limit(lambda: services().settings.public_rate)
def take(token: str) -> ResponseReturnValue:
    """Take what the customer sent."""
    try:
        link, purpose = _open(token)
        request.max_content_length = purpose.max_bytes
        return purpose.take(link)
    except LinkOverError:
        return link_over()


@bp.get("/company.css")
@public
def style() -> Response:
    """Give the company's colours as a style sheet, since pages may hold no style of their own."""
    with services().database.read() as db:
        card = read_company(db)
    text = f":root {{ --company: {card.colour}; --on-company: {card.on_colour}; }}\n"
    answer = current_app.response_class(text, mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@bp.get("/icon.svg")
@public
def icon() -> Response:
    """Give the icon of the page: the first letter of the company in its colours."""
    with services().database.read() as db:
        card = read_company(db)
    letter = escape((card.logo_text or card.name)[:1].upper())
    drawn = _ICON.format(colour=card.colour, on=card.on_colour, letter=letter)
    answer = current_app.response_class(drawn, mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def link_over() -> ResponseReturnValue:
    """Say that a link does not work, and nothing about it."""
    _speak(None)
    return render_template("public/over.html"), 404


def done(heading: str, text: str) -> ResponseReturnValue:
    """Thank a customer; the link is used up."""
    return render_template("public/done.html", heading=heading, text=text)


def _open(token: str) -> tuple[SingleUseLink, PublicPurpose]:
    request.max_content_length = SMALL
    with services().database.read() as db:
        link = find_link(db, token)
    purpose = PURPOSES.get(link.purpose)
    if purpose is None:
        raise LinkOverError
    _speak(link.language)
    return link, purpose


def _speak(known: str | None) -> None:
    """Choose the language of the page: what was clicked, the case's, the browser's."""
    wanted = request.args.get(_LANGUAGE, "")
    if wanted not in LANGUAGES:
        wanted = known or request.accept_languages.best_match(list(LANGUAGES)) or ""
    g.language = wanted
    refresh()


@bp.context_processor
def _page() -> dict[str, object]:
    with services().database.read() as db:
        return {"company": read_company(db)}


@bp.after_request
def _keep_private(response: AnyResponse) -> AnyResponse:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@bp.errorhandler(413)
@bp.errorhandler(429)
def _refused(error: HTTPException) -> ResponseReturnValue:
    """Say so on a page of the company's: the usual one leads to the inbox."""
    if error.code == 413:
        heading, text = (
            gettext("That is too large"),
            gettext("Choose a smaller photo and try again."),
        )
    else:
        heading, text = gettext("Too many tries"), gettext("Wait a minute, then try again.")
    return render_template("public/done.html", heading=heading, text=text), error.code or 400

"""API tokens: a person's own on their profile, everybody's for those who see to integrations."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.people import api_tokens
from tanggap.inbox.people.api_tokens import TokenScope, UnfitTokenError, Wish
from tanggap.web.context import me, services
from tanggap.web.filters import read_id

bp = Blueprint("tokens", __name__)

SCOPES: Final = {
    TokenScope.READ_CASES: lazy_gettext("Read cases, posts, accounts, teams and alerts"),
    TokenScope.WORK_CASES: lazy_gettext("Claim, assign, resolve, tag, snooze, write notes"),
    TokenScope.REPLY: lazy_gettext("Answer customers, drafts and suggestions"),
    TokenScope.LABEL_POSTS: lazy_gettext("Say what posts are"),
    TokenScope.READ_RULES: lazy_gettext("Read and try rules"),
    TokenScope.READ_REPORTS: lazy_gettext("Read reports"),
    TokenScope.READ_PEOPLE: lazy_gettext("Read who works here"),
    TokenScope.READ_AUDIT: lazy_gettext("Read the audit log"),
    TokenScope.APPROVE_REPLIES: lazy_gettext("Approve answers of others"),
    TokenScope.BULK_CASES: lazy_gettext("Change many conversations at once"),
    TokenScope.EDIT_RULES: lazy_gettext("Change rules and their lists"),
    TokenScope.EDIT_TONE: lazy_gettext("Change tone, templates and macros"),
    TokenScope.EDIT_FORMS: lazy_gettext("Change forms"),
    TokenScope.READ_STAFF: lazy_gettext("Read who is there and what waits"),
    TokenScope.PLAN_STAFF: lazy_gettext("Change teams, skills and shifts"),
    TokenScope.MANAGE_PEOPLE: lazy_gettext("Invite people, change roles and limits"),
    TokenScope.READ_MODELS: lazy_gettext("Read which model labels the posts"),
    TokenScope.MANAGE_MODELS: lazy_gettext("Choose which model labels the posts"),
    TokenScope.REPLAY_DELIVERIES: lazy_gettext("Process failed deliveries again"),
    TokenScope.MANAGE_WEBHOOKS: lazy_gettext("Set outgoing webhooks up"),
    TokenScope.MANAGE_PRIVACY: lazy_gettext("Export and erase people, set retention"),
    TokenScope.EDIT_CLOCKS: lazy_gettext("Change targets and opening hours"),
    TokenScope.MANAGE_COMPANY: lazy_gettext("Change what customers see of the company"),
    TokenScope.MANAGE_ACCOUNTS: lazy_gettext("Change budgets and settings of accounts"),
    TokenScope.MANAGE_PLUGINS: lazy_gettext("See what plugins fail at, and try again"),
}
DAYS: Final = (7, 30, 90, 365)
_PROBLEMS: Final = {
    "name": lazy_gettext("Give the token a name of at most 80 characters; 50 tokens are the most."),
    "scopes": lazy_gettext("Choose at least one thing the token may do."),
    "days": lazy_gettext("Choose how long the token holds."),
}


@bp.get("/profile/tokens")
def index() -> ResponseReturnValue:
    """Show a person's own tokens, and the form for another one."""
    return _page()


@bp.post("/profile/tokens")
def create() -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    form = request.form
    wish = Wish(form.get("name", ""), form.getlist("scope"), read_id(form.get("days")) or 0)
    longest = services().settings.api_token_days
    try:
        with services().database.write() as db:
            _, secret = api_tokens.create_token(db, me().id, wish, longest=longest)
    except UnfitTokenError as error:
        return _page(problem=str(_PROBLEMS[error.field]), typed=wish), 422
    return _page(secret=secret)


@bp.post("/profile/tokens/<int:token_id>/revoke")
def revoke(token_id: int) -> ResponseReturnValue:
    """End one of a person's own tokens."""
    with services().database.write() as db:
        api_tokens.revoke_token(db, token_id, by_user_id=me().id, of_user_id=me().id)
    flash(gettext("The token is revoked. Programs that use it are refused from now on."))
    return redirect(url_for(".index"), 303)


@bp.get("/admin/tokens")
def everybody() -> ResponseReturnValue:
    """Show everybody's tokens."""
    with services().database.read() as db:
        tokens = api_tokens.all_tokens(db)
    return render_template("admin/tokens.html", tokens=tokens, scopes=_words())


@bp.post("/admin/tokens/<int:token_id>/revoke")
def revoke_any(token_id: int) -> ResponseReturnValue:
    """End somebody's token."""
    with services().database.write() as db:
        api_tokens.revoke_token(db, token_id, by_user_id=me().id)
    flash(gettext("The token is revoked. Programs that use it are refused from now on."))
    return redirect(url_for(".everybody"), 303)


def _page(*, secret: str = "", problem: str = "", typed: Wish | None = None) -> str:
    with services().database.read() as db:
        tokens = api_tokens.tokens_of(db, me().id)
    longest = services().settings.api_token_days
    return render_template(
        "tokens.html",
        tokens=tokens,
        scopes=_words(),
        allowed=api_tokens.scopes_for(me().role, limited=me().sight.limited),
        days=sorted({min(one, longest) for one in DAYS}),
        secret=secret,
        problem=problem,
        typed=typed or Wish("", (), min(90, longest)),
    )


def _words() -> dict[str, str]:
    return {scope.value: str(words) for scope, words in SCOPES.items()}

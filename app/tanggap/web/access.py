"""Which permission every route needs; a route without a row is for nobody but administrators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import structlog
from flask import Flask, current_app, request
from jinja2 import pass_context
from jinja2.runtime import Context
from werkzeug.wrappers import Response

from tanggap.inbox.permissions import Permission, require
from tanggap.store import sight
from tanggap.web import api_access
from tanggap.web.context import me
from tanggap.web.security import is_public

log = structlog.get_logger(__name__)


class Open(StrEnum):
    """What needs no permission: anybody at all, or anybody who is signed in."""

    TO_ALL = "anybody"
    SIGNED_IN = "anybody signed in"


P = Permission
ROUTES: Final[Mapping[str, Permission | Open]] = {
    "api_docs.document": Open.TO_ALL,
    "api_docs.page": Open.TO_ALL,
    "assets.file": Open.TO_ALL,
    "auth.choose_language": Open.TO_ALL,
    "auth.choose_theme": Open.TO_ALL,
    "auth.login": Open.TO_ALL,
    "auth.sign_in": Open.TO_ALL,
    "first_run.show": Open.TO_ALL,
    "first_run.set_up": Open.TO_ALL,
    "first_run.add_samples": P.MANAGE_ACCOUNTS,
    "first_run.remove_samples": P.MANAGE_ACCOUNTS,
    "health.healthz": Open.TO_ALL,
    "health.readyz": Open.TO_ALL,
    "invitation.accept": Open.TO_ALL,
    "invitation.show": Open.TO_ALL,
    "public_page.icon": Open.TO_ALL,
    "public_page.show": Open.TO_ALL,
    "public_page.style": Open.TO_ALL,
    "public_page.take": Open.TO_ALL,
    "sign_on.come_back": Open.TO_ALL,
    "sign_on.ended": Open.TO_ALL,
    "sign_on.leave": Open.TO_ALL,
    "second_factor.ask": Open.TO_ALL,
    "second_factor.enter": Open.TO_ALL,
    "second_factor.confirm": Open.SIGNED_IN,
    "second_factor.remove": Open.SIGNED_IN,
    "second_factor.renew": Open.SIGNED_IN,
    "second_factor.show": Open.SIGNED_IN,
    "auth.logout": Open.SIGNED_IN,
    "profile.change_password": Open.SIGNED_IN,
    "profile.show": Open.SIGNED_IN,
    "sign_ins.end": Open.SIGNED_IN,
    "sign_ins.end_others": Open.SIGNED_IN,
    "sign_ins.index": Open.SIGNED_IN,
    "presence.show": Open.SIGNED_IN,
    "presence.switch": Open.SIGNED_IN,
    "inbox.home": P.READ_CASES,
    "inbox.index": P.READ_CASES,
    "inbox.rows": P.READ_CASES,
    "inbox.show": P.READ_CASES,
    "live.changes": P.READ_CASES,
    "why.show": P.READ_CASES,
    "composer.answers": P.WORK_CASES,
    "composer.measure": P.WORK_CASES,
    "composer.retry": P.WORK_CASES,
    "composer.save_draft": P.WORK_CASES,
    "composer.send": P.WORK_CASES,
    "composer.show": P.WORK_CASES,
    "composer.undo": P.WORK_CASES,
    "approvals.approve": P.APPROVE_REPLIES,
    "approvals.index": P.APPROVE_REPLIES,
    "approvals.send_back": P.APPROVE_REPLIES,
    "approvals.withdraw": P.WORK_CASES,
    "bulk.act": P.BULK_CASES,
    "bulk.index": P.BULK_CASES,
    "views.delete": P.READ_CASES,
    "views.following": P.WORK_CASES,
    "views.index": P.READ_CASES,
    "views.save": P.READ_CASES,
    "case_state.change_tags": P.WORK_CASES,
    "case_state.snooze": P.WORK_CASES,
    "conversation.assign": P.WORK_CASES,
    "conversation.claim": P.WORK_CASES,
    "conversation.correct_label": P.WORK_CASES,
    "conversation.release": P.WORK_CASES,
    "conversation.set_state": P.WORK_CASES,
    "author_cards.link": P.WORK_CASES,
    "author_cards.save": P.WORK_CASES,
    "author_cards.show": P.READ_CASES,
    "author_cards.unlink": P.WORK_CASES,
    "macros.delete": P.EDIT_TONE,
    "macros.index": P.EDIT_TONE,
    "macros.run": P.WORK_CASES,
    "macros.save": P.EDIT_TONE,
    "joins.choose": P.WORK_CASES,
    "joins.merge": P.WORK_CASES,
    "joins.split": P.WORK_CASES,
    "joins.undo": P.WORK_CASES,
    "consultations.answer": P.WORK_CASES,
    "consultations.ask": P.WORK_CASES,
    "consultations.index": P.READ_CASES,
    "consultations.withdraw": P.WORK_CASES,
    "shift_notes.confirm": P.READ_CASES,
    "shift_notes.index": P.WORK_CASES,
    "shift_notes.leave": P.WORK_CASES,
    "case_clocks.acknowledged": P.WORK_CASES,
    "case_clocks.answered": P.WORK_CASES,
    "case_clocks.pause": P.WORK_CASES,
    "case_clocks.promise": P.WORK_CASES,
    "case_clocks.resume": P.WORK_CASES,
    "follow_up.ask": P.WORK_CASES,
    "follow_up.index": P.READ_CASES,
    "follow_up.report": P.SEE_REPORTS,
    "handover.conclude": P.WORK_CASES,
    "handover.prepare": P.WORK_CASES,
    "handover.rate": P.WORK_CASES,
    "handover.solve": P.WORK_CASES,
    "handover.waive": P.WORK_CASES,
    "call_backs.end": P.WORK_CASES,
    "call_backs.index": P.READ_CASES,
    "call_backs.move": P.WORK_CASES,
    "call_backs.number": P.WORK_CASES,
    "call_backs.plan": P.WORK_CASES,
    "case_forms.ask": P.WORK_CASES,
    "case_forms.decide": P.WORK_CASES,
    "case_forms.menu": P.WORK_CASES,
    "case_forms.photo": P.WORK_CASES,
    "case_forms.revoke": P.WORK_CASES,
    "case_forms.take_code": P.WORK_CASES,
    "case_forms.withdraw": P.WORK_CASES,
    "praise.decline": P.WORK_CASES,
    "praise.export": P.SEE_REPORTS,
    "praise.grant": P.WORK_CASES,
    "praise.index": P.READ_CASES,
    "praise.withdraw": P.WORK_CASES,
    "notes.remove": P.WORK_CASES,
    "notes.save_draft": P.WORK_CASES,
    "notes.write": P.WORK_CASES,
    "alerts.close": P.WORK_CASES,
    "alerts.index": P.READ_CASES,
    "lists.delete": P.EDIT_RULES,
    "lists.index": P.EDIT_RULES,
    "lists.save": P.EDIT_RULES,
    "notifications.follow": P.READ_CASES,
    "notifications.index": P.READ_CASES,
    "notifications.mark_read": P.READ_CASES,
    "signs.show": P.READ_CASES,
    "masking.reveal": P.REVEAL_PERSONAL,
    "mails.address": P.WORK_CASES,
    "mails.dismiss": P.WORK_CASES,
    "mails.file": P.READ_CASES,
    "mails.go_on": P.WORK_CASES,
    "mails.index": P.WORK_CASES,
    "mails.put": P.WORK_CASES,
    "mails.show": P.WORK_CASES,
    "mailbox.edit": P.MANAGE_ACCOUNTS,
    "mailbox.try_it": P.MANAGE_ACCOUNTS,
    "moderation.actions": P.WORK_CASES,
    "moderation.moderate": P.WORK_CASES,
    "labelling.answer": P.LABEL_POSTS,
    "labelling.show": P.LABEL_POSTS,
    "templates.edit": P.EDIT_TONE,
    "templates.index": P.EDIT_TONE,
    "templates.new": P.EDIT_TONE,
    "templates.preview": P.EDIT_TONE,
    "templates.remove": P.EDIT_TONE,
    "templates.switch": P.EDIT_TONE,
    "tone.blocking": P.EDIT_TONE,
    "tone.check": P.EDIT_TONE,
    "tone.edit": P.EDIT_TONE,
    "tone.index": P.EDIT_TONE,
    "tone.reset": P.EDIT_TONE,
    "tone.try_everywhere": P.EDIT_TONE,
    "calendar.drop": P.EDIT_CLOCKS,
    "calendar.edit": P.EDIT_CLOCKS,
    "sla.delete": P.EDIT_CLOCKS,
    "sla.edit": P.EDIT_CLOCKS,
    "sla.index": P.SEE_REPORTS,
    "staff.board": P.SEE_STAFF,
    "people.index": P.PLAN_STAFF,
    "staff.person": P.PLAN_STAFF,
    "staff.save_work": P.PLAN_STAFF,
    "staff.save_shifts": P.PLAN_STAFF,
    "staff.add_exception": P.PLAN_STAFF,
    "staff.remove_exception": P.PLAN_STAFF,
    "teams.index": P.PLAN_STAFF,
    "teams.create": P.PLAN_STAFF,
    "teams.save": P.PLAN_STAFF,
    "audit.index": P.SEE_AUDIT,
    "people.invite": P.MANAGE_PEOPLE,
    "people.withdraw": P.MANAGE_PEOPLE,
    "sign_on_page.index": P.MANAGE_PEOPLE,
    "sign_on_page.save": P.MANAGE_PEOPLE,
    "people.set_limits": P.MANAGE_PEOPLE,
    "people.set_role": P.MANAGE_PEOPLE,
    "people.end_sessions": P.MANAGE_PEOPLE,
    "people.deactivate": P.MANAGE_PEOPLE,
    "people.remove_second_factor": P.MANAGE_PEOPLE,
    "people.reactivate": P.MANAGE_PEOPLE,
    "rules.delete": P.EDIT_RULES,
    "rules.edit": P.EDIT_RULES,
    "rules.export": P.EDIT_RULES,
    "rules.history": P.SEE_RULES,
    "rules.import_": P.EDIT_RULES,
    "rules.index": P.SEE_RULES,
    "rules.move": P.EDIT_RULES,
    "rules.new": P.EDIT_RULES,
    "rules.restore": P.EDIT_RULES,
    "rules.show": P.SEE_RULES,
    "rules.switch": P.EDIT_RULES,
    "rules.try_it": P.EDIT_RULES,
    "models.index": P.SEE_MODELS,
    "models.activate": P.MANAGE_MODELS,
    "models.rollback": P.MANAGE_MODELS,
    "models.shadow": P.MANAGE_MODELS,
    "dead_letters.index": P.REPLAY_DELIVERIES,
    "dead_letters.replay": P.REPLAY_DELIVERIES,
    "dead_letters.replay_all": P.REPLAY_DELIVERIES,
    "dead_letters.show": P.REPLAY_DELIVERIES,
    "account.form": P.MANAGE_ACCOUNTS,
    "account.save_settings": P.MANAGE_ACCOUNTS,
    "account.set_caps": P.MANAGE_ACCOUNTS,
    "account.show": P.MANAGE_ACCOUNTS,
    "accounts.app_form": P.MANAGE_ACCOUNTS,
    "accounts.begin": P.MANAGE_ACCOUNTS,
    "accounts.callback": P.MANAGE_ACCOUNTS,
    "accounts.choose": P.MANAGE_ACCOUNTS,
    "accounts.disconnect": P.MANAGE_ACCOUNTS,
    "accounts.index": P.MANAGE_ACCOUNTS,
    "forms.customers": P.EDIT_FORMS,
    "forms.edit": P.EDIT_FORMS,
    "forms.index": P.EDIT_FORMS,
    "forms.new": P.EDIT_FORMS,
    "forms.preview": P.EDIT_FORMS,
    "forms.version": P.EDIT_FORMS,
    "company.index": P.MANAGE_COMPANY,
    "company.save": P.MANAGE_COMPANY,
    "privacy.certificate": P.MANAGE_PRIVACY,
    "privacy.download": P.MANAGE_PRIVACY,
    "privacy.erase": P.MANAGE_PRIVACY,
    "privacy.erasure": P.MANAGE_PRIVACY,
    "privacy.export": P.MANAGE_PRIVACY,
    "privacy.index": P.MANAGE_PRIVACY,
    "privacy.person": P.MANAGE_PRIVACY,
    "privacy.retention": P.MANAGE_PRIVACY,
    "plugins.index": P.MANAGE_PLUGINS,
    "plugins.retry": P.MANAGE_PLUGINS,
    "api_me.me": Open.SIGNED_IN,
    "tokens.create": Open.SIGNED_IN,
    "tokens.index": Open.SIGNED_IN,
    "tokens.revoke": Open.SIGNED_IN,
    "tokens.everybody": P.MANAGE_INTEGRATIONS,
    "tokens.revoke_any": P.MANAGE_INTEGRATIONS,
    "endpoints.edit": P.MANAGE_INTEGRATIONS,
    "endpoints.index": P.MANAGE_INTEGRATIONS,
    "endpoints.log": P.MANAGE_INTEGRATIONS,
    "endpoints.message": P.MANAGE_INTEGRATIONS,
    "endpoints.new": P.MANAGE_INTEGRATIONS,
    "endpoints.pause": P.MANAGE_INTEGRATIONS,
    "endpoints.remove": P.MANAGE_INTEGRATIONS,
    "endpoints.replay": P.MANAGE_INTEGRATIONS,
    "endpoints.replay_failed": P.MANAGE_INTEGRATIONS,
    "endpoints.resume": P.MANAGE_INTEGRATIONS,
    "endpoints.rotate": P.MANAGE_INTEGRATIONS,
    "endpoints.test": P.MANAGE_INTEGRATIONS,
    **api_access.PERMISSIONS,
}


def guard(app: Flask) -> None:
    """Hold every request against the table, after it is known who asks."""
    app.before_request(_hold)
    app.after_request(_keep_limits)
    app.teardown_request(_leave)
    app.add_template_test(_is_allowed, "allowed")


def needed(endpoint: str) -> Permission | Open | None:
    """Give what a route needs; None where the table has no row."""
    return ROUTES.get(endpoint)


def _hold() -> None:
    endpoint = request.endpoint
    if endpoint is None or is_public(current_app.view_functions.get(endpoint)):
        return
    row = needed(endpoint)
    limited = me().sight.limited
    if row is None:
        log.warning("add a row for this route to ROUTES in web/access.py", endpoint=endpoint)
        require(me().role, Permission.MANAGE_PEOPLE, limited=limited)
    if isinstance(row, Permission):
        require(me().role, row, limited=limited)
    sight.enter(me().sight)


def _keep_limits(response: Response) -> Response:
    """Let an answer that is made while it is sent see no more than the request did."""
    now = sight.current()
    if now.limited and response.is_streamed:
        response.response = _within(now, response.response)
    return response


def _within(now: sight.Sight, parts: Iterable[Any]) -> Iterator[Any]:
    rest = iter(parts)
    while True:
        with sight.limited_to(now):
            part = next(rest, None)
        if part is None:
            return
        yield part


def _leave(_error: BaseException | None) -> None:
    sight.enter(sight.EVERYTHING)


@pass_context  # without it Jinja folds `"x" is allowed` into what the first viewer may
def _is_allowed(_context: Context, permission: str) -> bool:
    return me().may(permission)

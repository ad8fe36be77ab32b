"""Which scope every route of the API needs, and who a token stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import Flask, Request, request
from flask_limiter.util import get_remote_address

from tanggap.errors import ForbiddenError
from tanggap.inbox.people import api_tokens
from tanggap.inbox.people.api_tokens import NEEDS, TokenScope
from tanggap.inbox.people.permissions import Permission
from tanggap.inbox.services import Services
from tanggap.web.context import me
from tanggap.web.session import SignedIn, signed_in

PREFIX: Final = "/api/v"
SCHEME: Final = "Bearer"

S = TokenScope
SCOPES: Final[Mapping[str, TokenScope | None]] = {
    "api_me.me": None,
    "api_conversations.index": S.READ_CASES,
    "api_conversations.show": S.READ_CASES,
    "api_acts.assign": S.WORK_CASES,
    "api_acts.change_tags": S.WORK_CASES,
    "api_acts.claim": S.WORK_CASES,
    "api_acts.correct_label": S.WORK_CASES,
    "api_acts.release": S.WORK_CASES,
    "api_acts.set_priority": S.WORK_CASES,
    "api_acts.set_state": S.WORK_CASES,
    "api_acts.snooze": S.WORK_CASES,
    "api_acts.take_note_back": S.WORK_CASES,
    "api_acts.write_note": S.WORK_CASES,
    "api_acts.label_post": S.LABEL_POSTS,
    "api_acts.next_to_label": S.LABEL_POSTS,
    "api_replies.check": S.REPLY,
    "api_replies.drop_draft": S.REPLY,
    "api_replies.read_draft": S.REPLY,
    "api_replies.retry": S.REPLY,
    "api_replies.save_draft": S.REPLY,
    "api_replies.send": S.REPLY,
    "api_replies.show": S.READ_CASES,
    "api_replies.suggest": S.REPLY,
    "api_replies.undo": S.REPLY,
    "api_lists.accounts": S.READ_CASES,
    "api_lists.alerts": S.READ_CASES,
    "api_lists.author": S.READ_CASES,
    "api_lists.close_alert": S.WORK_CASES,
    "api_lists.labels": S.READ_CASES,
    "api_lists.people": S.READ_PEOPLE,
    "api_lists.teams": S.READ_CASES,
    "api_reports.audit": S.READ_AUDIT,
    "api_reports.counts": S.READ_CASES,
    "api_reports.first_answers": S.READ_REPORTS,
    "api_rules.index": S.READ_RULES,
    "api_rules.show": S.READ_RULES,
    "api_rules.try_new": S.READ_RULES,
    "api_rules.try_stored": S.READ_RULES,
    "api_timing.create": S.EDIT_CLOCKS,
    "api_timing.delete": S.EDIT_CLOCKS,
    "api_timing.drop_hours": S.EDIT_CLOCKS,
    "api_timing.hours": S.EDIT_CLOCKS,
    "api_timing.index": S.READ_REPORTS,
    "api_timing.save": S.EDIT_CLOCKS,
    "api_timing.save_hours": S.EDIT_CLOCKS,
    "api_company.reset_tone": S.EDIT_TONE,
    "api_tags.index": S.EDIT_TONE,
    "api_tags.remove": S.EDIT_TONE,
    "api_tags.rename": S.EDIT_TONE,
    "api_company.retry": S.MANAGE_PLUGINS,
    "api_company.save": S.MANAGE_COMPANY,
    "api_company.save_settings": S.MANAGE_ACCOUNTS,
    "api_company.save_team_tone": S.EDIT_TONE,
    "api_company.save_tone": S.EDIT_TONE,
    "api_company.set_caps": S.MANAGE_ACCOUNTS,
    "api_company.show": S.MANAGE_COMPANY,
    "api_company.tone": S.EDIT_TONE,
    "api_company.troubles": S.MANAGE_PLUGINS,
    "api_answers.create": S.EDIT_TONE,
    "api_answers.create_macro": S.EDIT_TONE,
    "api_answers.delete_macro": S.EDIT_TONE,
    "api_answers.index": S.EDIT_TONE,
    "api_answers.list_macros": S.EDIT_TONE,
    "api_answers.remove": S.EDIT_TONE,
    "api_answers.save": S.EDIT_TONE,
    "api_answers.save_macro": S.EDIT_TONE,
    "api_approvals.approve": S.APPROVE_REPLIES,
    "api_approvals.index": S.APPROVE_REPLIES,
    "api_approvals.send_back": S.APPROVE_REPLIES,
    "api_approvals.withdraw": S.REPLY,
    "api_attachments.index": S.REPLY,
    "api_attachments.lay": S.REPLY,
    "api_attachments.remove": S.REPLY,
    "api_beside.show": S.READ_CASES,
    "api_bulk.act_on_many": S.BULK_CASES,
    "api_bulk.offer": S.WORK_CASES,
    "api_bulk.run_macro": S.WORK_CASES,
    "api_bulk.similar": S.REPLY,
    "api_calls.end": S.WORK_CASES,
    "api_calls.index": S.READ_CASES,
    "api_calls.move": S.WORK_CASES,
    "api_calls.of_case": S.READ_CASES,
    "api_calls.plan": S.WORK_CASES,
    "api_collecting.ask": S.REPLY,
    "api_collecting.decide": S.WORK_CASES,
    "api_collecting.index": S.WORK_CASES,
    "api_collecting.revoke": S.WORK_CASES,
    "api_collecting.take_code": S.WORK_CASES,
    "api_collecting.withdraw": S.WORK_CASES,
    "api_consultations.answer": S.WORK_CASES,
    "api_consultations.ask": S.WORK_CASES,
    "api_consultations.index": S.READ_CASES,
    "api_consultations.show": S.READ_CASES,
    "api_consultations.withdraw": S.WORK_CASES,
    "api_customers.link": S.WORK_CASES,
    "api_customers.save": S.WORK_CASES,
    "api_customers.show": S.READ_CASES,
    "api_customers.unlink": S.WORK_CASES,
    "api_desk.bell": S.READ_CASES,
    "api_desk.confirm_note": S.READ_CASES,
    "api_desk.delete_view": S.READ_CASES,
    "api_desk.following": S.WORK_CASES,
    "api_desk.leave_note": S.WORK_CASES,
    "api_desk.mark_read": S.READ_CASES,
    "api_desk.notes": S.WORK_CASES,
    "api_desk.save_view": S.READ_CASES,
    "api_desk.switch": S.READ_CASES,
    "api_desk.views": S.READ_CASES,
    "api_followups.ask": S.REPLY,
    "api_followups.decline": S.WORK_CASES,
    "api_followups.export": S.READ_REPORTS,
    "api_followups.grant": S.WORK_CASES,
    "api_followups.index": S.READ_CASES,
    "api_followups.praises": S.READ_CASES,
    "api_followups.report": S.READ_REPORTS,
    "api_followups.withdraw": S.WORK_CASES,
    "api_forms.create": S.EDIT_FORMS,
    "api_forms.index": S.EDIT_FORMS,
    "api_forms.save": S.EDIT_FORMS,
    "api_forms.show": S.EDIT_FORMS,
    "api_handover.acknowledged": S.WORK_CASES,
    "api_handover.answered": S.WORK_CASES,
    "api_handover.conclude": S.WORK_CASES,
    "api_handover.pause": S.WORK_CASES,
    "api_handover.prepare": S.REPLY,
    "api_handover.promise": S.WORK_CASES,
    "api_handover.rate": S.WORK_CASES,
    "api_handover.resume": S.WORK_CASES,
    "api_handover.solve": S.WORK_CASES,
    "api_handover.waive": S.WORK_CASES,
    "api_joins.merge": S.WORK_CASES,
    "api_joins.mergeable": S.WORK_CASES,
    "api_joins.split": S.WORK_CASES,
    "api_joins.undo": S.WORK_CASES,
    "api_mails.actions": S.REPLY,
    "api_mails.dismiss": S.WORK_CASES,
    "api_mails.go_on": S.WORK_CASES,
    "api_mails.index": S.WORK_CASES,
    "api_mails.moderate": S.REPLY,
    "api_mails.put": S.WORK_CASES,
    "api_mails.show": S.WORK_CASES,
    "api_models.activate": S.MANAGE_MODELS,
    "api_models.index": S.READ_MODELS,
    "api_models.letters": S.REPLAY_DELIVERIES,
    "api_models.replay": S.REPLAY_DELIVERIES,
    "api_models.replay_all": S.REPLAY_DELIVERIES,
    "api_models.rollback": S.MANAGE_MODELS,
    "api_models.shadow": S.MANAGE_MODELS,
    "api_models.shadow_report_": S.READ_MODELS,
    "api_people.deactivate": S.MANAGE_PEOPLE,
    "api_people.end_sessions": S.MANAGE_PEOPLE,
    "api_people.index": S.MANAGE_PEOPLE,
    "api_people.invite": S.MANAGE_PEOPLE,
    "api_people.reactivate": S.MANAGE_PEOPLE,
    "api_people.set_limits": S.MANAGE_PEOPLE,
    "api_people.set_role": S.MANAGE_PEOPLE,
    "api_people.withdraw": S.MANAGE_PEOPLE,
    "api_privacy.erase": S.MANAGE_PRIVACY,
    "api_privacy.erasure": S.MANAGE_PRIVACY,
    "api_privacy.export": S.MANAGE_PRIVACY,
    "api_privacy.exports": S.MANAGE_PRIVACY,
    "api_privacy.find": S.MANAGE_PRIVACY,
    "api_privacy.preview": S.MANAGE_PRIVACY,
    "api_privacy.preview_retention": S.MANAGE_PRIVACY,
    "api_privacy.retention": S.MANAGE_PRIVACY,
    "api_privacy.save_retention": S.MANAGE_PRIVACY,
    "api_rule_edits.check": S.READ_RULES,
    "api_rule_edits.create": S.EDIT_RULES,
    "api_rule_edits.delete": S.EDIT_RULES,
    "api_rule_edits.delete_list": S.EDIT_RULES,
    "api_rule_edits.export": S.READ_RULES,
    "api_rule_edits.import_": S.EDIT_RULES,
    "api_rule_edits.lists": S.READ_RULES,
    "api_rule_edits.move": S.EDIT_RULES,
    "api_rule_edits.restore": S.EDIT_RULES,
    "api_rule_edits.save": S.EDIT_RULES,
    "api_rule_edits.save_list": S.EDIT_RULES,
    "api_rule_edits.switch": S.EDIT_RULES,
    "api_rule_edits.versions": S.READ_RULES,
    "api_staff.add_absence": S.PLAN_STAFF,
    "api_staff.board": S.READ_STAFF,
    "api_staff.create_team": S.PLAN_STAFF,
    "api_staff.remove_absence": S.PLAN_STAFF,
    "api_staff.save_shifts": S.PLAN_STAFF,
    "api_staff.save_team": S.PLAN_STAFF,
    "api_staff.save_work": S.PLAN_STAFF,
    "api_staff.working": S.READ_PEOPLE,
    "api_webhooks.change": S.MANAGE_WEBHOOKS,
    "api_webhooks.create": S.MANAGE_WEBHOOKS,
    "api_webhooks.index": S.MANAGE_WEBHOOKS,
    "api_webhooks.message": S.MANAGE_WEBHOOKS,
    "api_webhooks.messages": S.MANAGE_WEBHOOKS,
    "api_webhooks.pause": S.MANAGE_WEBHOOKS,
    "api_webhooks.remove": S.MANAGE_WEBHOOKS,
    "api_webhooks.replay": S.MANAGE_WEBHOOKS,
    "api_webhooks.replay_failed": S.MANAGE_WEBHOOKS,
    "api_webhooks.resume": S.MANAGE_WEBHOOKS,
    "api_webhooks.rotate": S.MANAGE_WEBHOOKS,
    "api_webhooks.show": S.MANAGE_WEBHOOKS,
    "api_webhooks.test": S.MANAGE_WEBHOOKS,
}
"""The scope each route needs; None where any token will do."""

PERMISSIONS: Final[Mapping[str, Permission]] = {
    endpoint: NEEDS[scope] for endpoint, scope in SCOPES.items() if scope is not None
}
"""The same as permissions, which the person of the token needs too."""


def is_api(asked: Request) -> bool:
    """Tell whether a request is for the API."""
    return asked.path.startswith(PREFIX)


def read_token(asked: Request, services: Services) -> SignedIn | None:
    """Find the person whose token a request bears; no cookie ever counts for the API."""
    scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME.lower() or not secret:
        return None
    with services.database.read() as session:
        holder = api_tokens.find_holder(session, secret.strip())
    if holder is None:
        return None
    token = holder.token
    if api_tokens.is_stale(token.last_used_at):
        with services.database.write() as session:
            api_tokens.note_used(session, token.id, get_remote_address())
    person = signed_in(holder.user, has_second_factor=holder.has_second_factor)
    return replace(person, token_id=token.id, scopes=frozenset(token.scopes))


def guard_api(app: Flask) -> None:
    """Hold every request of the API against the scopes of its token."""
    app.before_request(_hold)


def _hold() -> None:
    scope = SCOPES.get(request.endpoint or "")
    if scope is not None and scope.value not in me().scopes:
        raise ForbiddenError(f"this token lacks the scope {scope.value}")

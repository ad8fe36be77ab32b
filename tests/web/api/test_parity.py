"""Whatever people do in the browser programs can do as well, or there is a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Flask

from tanggap.web.access import ROUTES
from tanggap.web.api_access import SCOPES

SIGN_IN: Final = "signing in is for people at a screen; programs have tokens"
SECOND: Final = "a token that leaked must not weaken how people sign in"
TOKENS: Final = "a token must neither make others nor end those of the people who could end it"
LOOKS: Final = "what a page looks like; programs have no pages"
CUSTOMERS: Final = "people without an account come here by a link of their own"
UNCOVERED: Final = "personal data is uncovered by a person who looks, each time noted"
CONSENT: Final = "it needs a person's consent at the platform, in their browser, and secrets"
SECRETS: Final = "passwords and secrets of the installation are typed by people"
LEARNING: Final = "people practise themselves"
SAMPLES: Final = "made once, by whoever sets the installation up"
TYPING: Final = "what is typed so far; programs write at once"
UPLOAD: Final = "a file of personal data; a person who may brings it"

ANSWERS: Final[Mapping[str, str | tuple[str, ...]]] = {
    "account.form": CONSENT,
    "account.save_settings": ("api_company.save_settings",),
    "account.set_caps": ("api_company.set_caps",),
    "accounts.app_form": SECRETS,
    "accounts.begin": CONSENT,
    "accounts.choose": CONSENT,
    "accounts.disconnect": CONSENT,
    "alerts.close": ("api_lists.close_alert",),
    "approvals.approve": ("api_approvals.approve",),
    "approvals.send_back": ("api_approvals.send_back",),
    "approvals.withdraw": ("api_approvals.withdraw",),
    "attachments.describe": ("api_attachments.lay",),
    "attachments.lay": ("api_attachments.lay",),
    "attachments.remove": ("api_attachments.remove",),
    "auth.choose_language": LOOKS,
    "auth.choose_theme": LOOKS,
    "auth.logout": SIGN_IN,
    "auth.sign_in": SIGN_IN,
    "author_cards.link": ("api_customers.link",),
    "author_cards.save": ("api_customers.save",),
    "author_cards.unlink": ("api_customers.unlink",),
    "bulk.act": ("api_bulk.act_on_many",),
    "calendar.drop": ("api_timing.drop_hours",),
    "calendar.edit": ("api_timing.save_hours",),
    "call_backs.end": ("api_calls.end",),
    "call_backs.move": ("api_calls.move",),
    "call_backs.number": UNCOVERED,
    "call_backs.plan": ("api_calls.plan",),
    "case_clocks.acknowledged": ("api_handover.acknowledged",),
    "case_clocks.answered": ("api_handover.answered",),
    "case_clocks.pause": ("api_handover.pause",),
    "case_clocks.promise": ("api_handover.promise",),
    "case_clocks.resume": ("api_handover.resume",),
    "case_forms.ask": ("api_collecting.ask",),
    "case_forms.decide": ("api_collecting.decide",),
    "case_forms.revoke": ("api_collecting.revoke",),
    "case_forms.take_code": ("api_collecting.take_code",),
    "case_forms.withdraw": ("api_collecting.withdraw",),
    "case_state.change_tags": ("api_acts.change_tags",),
    "case_state.snooze": ("api_acts.snooze",),
    "company.save": ("api_company.save",),
    "composer.measure": ("api_replies.check",),
    "composer.retry": ("api_replies.retry",),
    "composer.save_draft": ("api_replies.save_draft", "api_replies.drop_draft"),
    "composer.send": ("api_replies.send",),
    "composer.show": LOOKS,
    "composer.undo": ("api_replies.undo",),
    "consultations.answer": ("api_consultations.answer",),
    "consultations.ask": ("api_consultations.ask",),
    "consultations.withdraw": ("api_consultations.withdraw",),
    "conversation.assign": ("api_acts.assign",),
    "conversation.claim": ("api_acts.claim",),
    "conversation.correct_label": ("api_acts.correct_label",),
    "conversation.release": ("api_acts.release",),
    "conversation.set_state": ("api_acts.set_state",),
    "dead_letters.replay": ("api_models.replay",),
    "dead_letters.replay_all": ("api_models.replay_all",),
    "dead_letters.reveal": UNCOVERED,
    "endpoints.edit": ("api_webhooks.change",),
    "endpoints.new": ("api_webhooks.create",),
    "endpoints.pause": ("api_webhooks.pause",),
    "endpoints.remove": ("api_webhooks.remove",),
    "endpoints.replay": ("api_webhooks.replay",),
    "endpoints.replay_failed": ("api_webhooks.replay_failed",),
    "endpoints.resume": ("api_webhooks.resume",),
    "endpoints.rotate": ("api_webhooks.rotate",),
    "endpoints.test": ("api_webhooks.test",),
    "first_run.add_samples": SAMPLES,
    "first_run.remove_samples": SAMPLES,
    "first_run.set_up": SAMPLES,
    "follow_up.ask": ("api_followups.ask",),
    "forms.customers": UPLOAD,
    "forms.edit": ("api_forms.save",),
    "forms.new": ("api_forms.create",),
    "forms.preview": LOOKS,
    "handover.conclude": ("api_handover.conclude",),
    "handover.prepare": ("api_handover.prepare",),
    "handover.rate": ("api_handover.rate",),
    "handover.solve": ("api_handover.solve",),
    "handover.waive": ("api_handover.waive",),
    "invitation.accept": CUSTOMERS,
    "joins.merge": ("api_joins.merge",),
    "joins.split": ("api_joins.split",),
    "joins.undo": ("api_joins.undo",),
    "labelling.answer": ("api_acts.label_post",),
    "lists.delete": ("api_rule_edits.delete_list",),
    "lists.save": ("api_rule_edits.save_list",),
    "macros.delete": ("api_answers.delete_macro",),
    "macros.run": ("api_bulk.run_macro",),
    "tags.remove": ("api_tags.remove",),
    "tags.rename": ("api_tags.rename",),
    "macros.save": ("api_answers.create_macro", "api_answers.save_macro"),
    "mailbox.add": SECRETS,
    "mailbox.edit": SECRETS,
    "mailbox.try_it": SECRETS,
    "mails.address": UNCOVERED,
    "mails.dismiss": ("api_mails.dismiss",),
    "mails.go_on": ("api_mails.go_on",),
    "mails.put": ("api_mails.put",),
    "masking.reveal": UNCOVERED,
    "media.try_again": LOOKS,
    "models.activate": ("api_models.activate",),
    "models.rollback": ("api_models.rollback",),
    "models.shadow": ("api_models.shadow",),
    "moderation.moderate": ("api_mails.moderate",),
    "notes.remove": ("api_acts.take_note_back",),
    "notes.save_draft": TYPING,
    "notes.write": ("api_acts.write_note",),
    "notifications.mark_read": ("api_desk.mark_read",),
    "people.deactivate": ("api_people.deactivate",),
    "people.end_sessions": ("api_people.end_sessions",),
    "people.invite": ("api_people.invite",),
    "people.reactivate": ("api_people.reactivate",),
    "people.remove_second_factor": SECOND,
    "people.set_limits": ("api_people.set_limits",),
    "people.set_role": ("api_people.set_role",),
    "people.withdraw": ("api_people.withdraw",),
    "plugins.retry": ("api_company.retry",),
    "practice.answer": LEARNING,
    "praise.decline": ("api_followups.decline",),
    "praise.grant": ("api_followups.grant",),
    "praise.withdraw": ("api_followups.withdraw",),
    "presence.switch": ("api_desk.switch",),
    "privacy.download": UNCOVERED,
    "privacy.erase": ("api_privacy.erase",),
    "privacy.export": ("api_privacy.export",),
    "privacy.retention": ("api_privacy.save_retention", "api_privacy.preview_retention"),
    "profile.change_password": SIGN_IN,
    "public_page.take": CUSTOMERS,
    "rules.delete": ("api_rule_edits.delete",),
    "rules.edit": ("api_rule_edits.save",),
    "rules.import_": ("api_rule_edits.import_",),
    "rules.move": ("api_rule_edits.move",),
    "rules.new": ("api_rule_edits.create",),
    "rules.restore": ("api_rule_edits.restore",),
    "rules.switch": ("api_rule_edits.switch",),
    "rules.try_it": ("api_rules.try_new", "api_rules.try_stored", "api_rule_edits.check"),
    "second_factor.confirm": SECOND,
    "second_factor.enter": SIGN_IN,
    "second_factor.remove": SECOND,
    "second_factor.renew": SECOND,
    "shift_notes.confirm": ("api_desk.confirm_note",),
    "shift_notes.leave": ("api_desk.leave_note",),
    "sign_ins.end": SIGN_IN,
    "sign_ins.end_others": SIGN_IN,
    "sign_on_page.save": SECRETS,
    "signs.show": TYPING,
    "sla.delete": ("api_timing.delete",),
    "sla.edit": ("api_timing.create", "api_timing.save"),
    "staff.add_exception": ("api_staff.add_absence",),
    "staff.remove_exception": ("api_staff.remove_absence",),
    "staff.save_shifts": ("api_staff.save_shifts",),
    "staff.save_work": ("api_staff.save_work",),
    "teams.create": ("api_staff.create_team",),
    "teams.save": ("api_staff.save_team",),
    "templates.edit": ("api_answers.save",),
    "templates.new": ("api_answers.create",),
    "templates.preview": LOOKS,
    "templates.remove": ("api_answers.remove",),
    "templates.switch": ("api_answers.save",),
    "tokens.create": TOKENS,
    "tokens.revoke": TOKENS,
    "tokens.revoke_any": TOKENS,
    "tone.blocking": ("api_company.save_team_tone",),
    "tone.check": LOOKS,
    "tone.edit": ("api_company.save_tone",),
    "tone.reset": ("api_company.reset_tone",),
    "tone.try_everywhere": LOOKS,
    "views.delete": ("api_desk.delete_view",),
    "views.save": ("api_desk.save_view",),
}
"""What each route of the browser that changes something is for programs, or why it is nothing."""

ANSWER_IT = (
    "these routes change something and have no row: name the operations of the API that do the "
    "same, or say why programs cannot"
)


def test_every_act_of_the_browser_is_one_of_the_api_or_has_a_reason(app: Flask) -> None:
    acts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint in ROUTES
        and rule.endpoint not in SCOPES
        and (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert sorted(acts - set(ANSWERS)) == [], ANSWER_IT
    assert sorted(set(ANSWERS) - acts) == [], "these rows are of routes that are gone"


def test_operations_that_the_table_names_are_there_with_a_right_of_the_same_kind() -> None:
    named = {
        (route, operation)
        for route, answer in ANSWERS.items()
        if not isinstance(answer, str)
        for operation in answer
    }
    assert sorted(one for one in named if one[1] not in ROUTES) == []
    other = {(route, op) for route, op in named if ROUTES[route] != ROUTES[op]}
    assert other == OTHER_RIGHTS


OTHER_RIGHTS: Final = {("presence.switch", "api_desk.switch")}
"""Acts that need another permission of programs: everybody may go away, but tokens have scopes."""

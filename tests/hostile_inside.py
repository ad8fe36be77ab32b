"""What stands inside of structures and sealed values, where every text is hostile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from photos import picture
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField, definition_json
from tanggap.inbox.services import Services

KEPT: Final = object()
"""What the column itself begins with, or holds already."""

_LISTS_OF_OURS: Final = (
    *("calendars.added", "calendars.exceptions", "calendars.removed"),
    *("conversations.tags", "erasures.author_ids", "erasures.identities", "erasures.left"),
    *("invitations.only_accounts", "invitations.only_teams", "invitations.team_ids"),
    *("person_exports.counts", "rule_orders.rules", "staff.languages", "staff.platforms"),
    *("teams.blocking", "users.only_accounts", "users.only_teams"),
)


class Inside:
    """What stands inside of structures and sealed values."""

    def __init__(self, services: Services, text: str) -> None:
        seal, sealed = services.vault.seal, services.vault.seal_bytes
        self.values: Mapping[str, Any] = {
            "accounts.config": {"client_id": text},
            "accounts.sealed_token": KEPT,
            "action_runs.values": {"text": text},
            "answer_templates.channels": KEPT,
            "answer_templates.labels": KEPT,
            "answer_templates.texts": [no_program(text)],
            "api_tokens.scopes": ["cases:read"],
            "audit_entries.detail": {"reason": text, "tag": text, text: text},
            "calendars.week": [[[480, 1020]]] * 7,
            "call_backs.sealed_phone": seal({"phone": "+6281234567890"}),
            "case_joins.kept": KEPT,
            "case_vectors.vector": bytes(384 * 4),
            "channel_apps.config": {"client_id": text},
            "channel_apps.sealed_secrets": KEPT,
            "connect_attempts.sealed": seal({"step": "choose"}),
            "considerations.inputs": {"label": "complaint", "text": text},
            "deliveries.body": text.encode(),
            "deliveries.headers": {"X-Hostile": text},
            "deliveries.query": {text: text},
            "endpoints.events": ["case.opened"],
            "endpoints.sealed_secrets": seal({"secret": "whsec_AAAA"}),
            "erasures.before": {"posts": 1},
            "erasures.counts": {"posts": 1},
            "form_photos.sealed": sealed(picture()),
            "form_requests.sealed_answers": seal({"words": text, "choice": text}),
            "form_versions.definition": definition_json(form(text)),
            "handlings.skills": [text],
            "mail_files.sealed": sealed(text.encode()),
            "mail_legs.sealed_address": seal({"address": text}),
            "mailboxes.sealed": seal({"smtp": "x", "imap": "x"}),
            "mails.left_out": [text],
            "mails.raw": sealed(
                b"From: x@contoh.example\r\n\r\n" + text.encode("utf-8", "replace")
            ),
            "mails.sealed_sender": seal({"address": text}),
            "macros.tags": [text],
            "model_events.detail": {"file": text, "previous": text},
            "models.label_names": {"complaint": {"id": text, "en": text}},
            "models.labels": ["complaint", "question", "feedback", "praise", "none"],
            "named_lists.entries": [text],
            "notes.mentions": KEPT,
            "person_exports.sealed": sealed(b"zip"),
            "post_previews.sealed": sealed(picture()),
            "posts.attachments": [
                {"kind": "link", "url": f"javascript:{text}", "description": text},
                {"kind": "image", "url": f"https://x.example/{text}", "description": text},
            ],
            "posts.mentions": [text],
            "posts.metrics": {"likes": 1},
            "practice_answers.findings": KEPT,
            "reply_attachments.sealed": sealed(picture()),
            "rule_events.chain": KEPT,
            "rule_runs.actions": KEPT,
            "saved_views.query": {"q": text},
            "second_factors.recovery_hashes": KEPT,
            "second_factors.sealed_secret": seal({"secret": "JBSWY3DPEHPK3PXP"}),
            "sign_on_providers.domains": [text],
            "sign_on_providers.groups": [
                {"group": text, "role": "agent", "teams": [], "limited": False}
            ],
            "sign_on_providers.sealed_secret": seal({"client_secret": "x"}),
            "sla_policies.targets": {"first_answer": [3600, False]},
            "staff.products": [text],
            "teams.forbidden": [text],
            "tone_profiles.changes": {"forbidden": [text]},
            "verdicts.probabilities": {"complaint": 0.9},
            **dict.fromkeys(_LISTS_OF_OURS, KEPT),
        }


def form(text: str) -> FormDefinition:
    """Make a form with hostile questions."""
    said: dict[str, Any] = dict.fromkeys(("label_id", "label_en", "help_id", "help_en"), text)
    choice = FormField(key="choice", kind=FieldKind.CHOICE, choices=((text, text),) * 2, **said)
    words = FormField(key="words", kind=FieldKind.TEXT, **said)
    return FormDefinition(intro_id=text, intro_en=text, fields=(words, choice))


def no_program(text: str) -> str:
    """Leave out what is refused when a text that may hold variables is saved: too much, too."""
    return text.replace("{", "{ ")[:1_000]

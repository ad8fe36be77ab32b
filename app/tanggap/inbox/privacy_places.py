"""Every place that holds personal data: what each table says of customers, and what goes.

A table is in `PLACES` (it says something of customers) or in `COMPANY` (it does not), and each of
its columns that can hold words is named: a new one without a row here fails
`tests/inbox/test_privacy_places.py`. Which rows are a person's is found by the foreign keys, from
whatever leads to an author, a case or a post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import JSON, Column, LargeBinary, String, Table, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from tanggap.store.base import Base


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What goes of a table's rows when their person is erased.

    `blank` columns are emptied, `hashed` ones keep a keyed hash so that the same thing is known
    again, and with `drop` the rows go altogether. `kept` columns hold no words of or about the
    person: figures, states and the company's own keys. `custom` rows are found in their own way.
    """

    blank: Sequence[str] = ()
    hashed: Sequence[str] = ()
    kept: Sequence[str] = ()
    drop: bool = False
    custom: bool = False


PLACES: Final[Mapping[str, Place]] = {
    "authors": Place(
        blank=("name", "handle", "avatar_url", "followers", "verified"),
        hashed=("external_id",),
        kept=("channel",),
        custom=True,
    ),
    "author_cards": Place(drop=True, kept=("tier", "note")),
    "conversations": Place(
        blank=("snippet",),
        hashed=("thread_id",),
        kept=(
            *("channel", "visibility", "state", "label", "language", "tags", "handover"),
            "next_due",
        ),
        custom=True,
    ),
    "posts": Place(
        blank=("text", "attachments", "mentions", "url", "in_reply_to", "quoted_id"),
        hashed=("external_id", "thread_id"),
        kept=("source", "kind", "visibility", "metrics", "triage"),
        custom=True,
    ),
    "post_revisions": Place(drop=True, kept=("text",)),
    "post_previews": Place(drop=True, kept=("state", "error_code", "sealed")),
    "post_aliases": Place(drop=True, kept=("external_id",)),
    "verdicts": Place(kept=("label", "probabilities", "language", "model_version")),
    "shadow_verdicts": Place(kept=("label",)),
    "corrections": Place(
        blank=("reason", "text_hash"), kept=("from_label", "label", "model_version")
    ),
    "label_requests": Place(kept=("reason", "guess", "model_version")),
    "moderations": Place(blank=("error",), kept=("action", "state", "error_code")),
    "deliveries": Place(
        blank=("body", "headers", "query", "error"),
        kept=("channel", "body_hash", "state", "plugin_version"),
        custom=True,
    ),
    "notes": Place(blank=("text", "mentions"), kept=("kind",)),
    "note_drafts": Place(drop=True, kept=("text",)),
    "drafts": Place(drop=True, kept=("text", "visibility", "purpose")),
    "approvals": Place(blank=("text", "words"), kept=("visibility", "purpose", "state")),
    "replies": Place(
        blank=("text", "error", "url", "external_id"),
        kept=("visibility", "purpose", "idempotency_key", "state", "error_code"),
    ),
    "reply_attachments": Place(drop=True, kept=("description", "sealed")),
    "reply_parts": Place(blank=("text", "url", "external_id"), kept=("idempotency_key",)),
    "rule_runs": Place(blank=("error",), kept=("rule_key", "trigger", "occasion", "actions")),
    "rule_events": Place(blank=("error",), kept=("trigger", "rule_key", "occasion", "chain")),
    "considerations": Place(blank=("inputs",), kept=("trigger", "occasion")),
    "action_runs": Place(
        blank=("values", "error"), kept=("rule_key", "occasion", "action", "state")
    ),
    "alerts": Place(blank=("text",), kept=("key", "level", "rule_key")),
    "notifications": Place(blank=("text",), kept=("kind", "key")),
    "audit_entries": Place(
        blank=("detail",),
        kept=("action", "object_type", "object_id", "remote_address"),
        custom=True,
    ),
    "case_events": Place(blank=("reason",), kept=("what", "clock")),
    "clocks": Place(kept=("kind", "ended_by")),
    "handlings": Place(kept=("skills", "tone", "template")),
    "snoozes": Place(blank=("words",), kept=("woken_by",)),
    "signs": Place(kept=("tab",)),
    "seen_marks": Place(),
    "growths": Place(),
    "followed_threads": Place(drop=True, kept=("thread_id",)),
    "private_legs": Place(drop=True, kept=("thread_id",)),
    "merged_conversations": Place(),
    "case_joins": Place(kept=("kind", "kept")),
    "case_vectors": Place(drop=True, kept=("version", "vector")),
    "consultations": Place(blank=("question", "answer")),
    "shift_note_cases": Place(blank=("text",)),
    "handovers": Place(blank=("reason",), kept=("closing",)),
    "ratings": Place(blank=("words",), kept=("channel", "label", "by")),
    "practice_answers": Place(drop=True, kept=("channel", "label", "expected", "text", "findings")),
    "testimonials": Place(drop=True, kept=("state", "quote", "consent", "consent_url")),
    "call_backs": Place(
        blank=("sealed_phone", "phone_hint", "words", "outcome"), kept=("zone", "state")
    ),
    "mail_legs": Place(
        blank=("sealed_address", "address_hash", "address_hint", "subject"), kept=("token",)
    ),
    "mails": Place(
        blank=(
            *("message_id", "sealed_sender", "sender_hash", "sender_hint", "sender_name"),
            *("subject", "text", "quoted", "left_out", "raw"),
        ),
        kept=("key", "direction", "kind", "state"),
    ),
    "mail_files": Place(drop=True, kept=("name", "content_type", "sealed")),
    "form_requests": Place(blank=("sealed_answers",), kept=("language",)),
    "form_photos": Place(drop=True, kept=("field", "sealed")),
    "single_use_links": Place(drop=True, kept=("token_hash", "code_hash", "purpose", "language")),
    "verifications": Place(drop=True, kept=("method",)),
    "endpoint_messages": Place(kept=("uid", "type", "object_id", "occasion", "state")),
    "endpoint_attempts": Place(blank=("error", "request_head", "response_head")),
    "person_exports": Place(drop=True, kept=("counts", "sealed")),
    "named_lists": Place(blank=("entries",), kept=("key", "name_id", "name_en"), custom=True),
}
"""The tables that say something of customers."""

_SETUP: Final = "what the company set up"
_STAFF: Final = "the company's own people"
_KEYS: Final = "positions and counts"
COMPANY: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("channel_apps", "accounts", "company", "forms", "form_versions", "mailboxes"),
            *("endpoints", "macros", "rules", "rule_orders", "schedule_marks", "sla_policies"),
            *("teams", "tone_profiles", "answer_templates", "calendars", "sign_on_providers"),
            *("models", "model_events", "retention_rules", "clock_runs"),
        ),
        _SETUP,
    ),
    **dict.fromkeys(
        (
            *("users", "api_tokens", "identities", "invitations", "presences", "saved_views"),
            *("second_factors", "shift_exceptions", "shift_notes", "shifts", "sign_ins", "staff"),
            *("team_members", "connect_attempts"),
        ),
        _STAFF,
    ),
    **dict.fromkeys(
        (
            *("changes", "gaps", "plugin_states", "read_days", "recheck_marks"),
            "retention_marks",
        ),
        _KEYS,
    ),
    "billed_reads": "numbers of posts of the last days, for the platform's bill",
    "early_events": "edits whose post never came; they name nobody and go after seven days",
    "known_customers": "hashes of a list that the company keeps elsewhere",
    "suppressions": "keyed hashes that keep who was erased from coming back",
    "erasures": "certificates, which name nobody",
}
"""The tables that say nothing of customers, with the reason."""

_WORDY: Final = (String, Text, JSON, LargeBinary)


def can_hold_words(column: Column[Any]) -> bool:
    """Tell whether a column could hold words, a picture or an identity."""
    return isinstance(_kind(column), _WORDY)


def empty_value(column: Column[Any]) -> Any:
    """Give what an emptied column holds."""
    kind = _kind(column)
    if column.nullable:
        return None
    if isinstance(kind, JSON):
        default: Any = column.default
        return default.arg(None) if default is not None else {}
    if isinstance(kind, LargeBinary):
        return b""
    return "" if isinstance(kind, String) else kind.python_type()


def _kind(column: Column[Any]) -> TypeEngine[Any]:
    kind = column.type
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def unclassified(places: Mapping[str, Place] = PLACES) -> dict[str, list[str]]:
    """List tables, and their columns that can hold words, about which nobody has decided."""
    found: dict[str, list[str]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in COMPANY:
            continue
        place = places.get(table.name)
        named = set() if place is None else {*place.blank, *place.hashed, *place.kept}
        if place is None:
            found[table.name] = ["(the table)"]
            continue
        missing = [c.name for c in table.c if can_hold_words(c) and c.name not in named]
        if missing:
            found[table.name] = missing
    return found


def table_of(name: str) -> Table:
    """Give a table by its name."""
    return Base.metadata.tables[name]

"""Places of personal data in words."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext

PLACES: Final = {
    "authors": lazy_gettext("Names, handles and pictures"),
    "author_cards": lazy_gettext("What was noted about them"),
    "conversations": lazy_gettext("Lines of cases in lists"),
    "posts": lazy_gettext("Posts, messages and our answers"),
    "post_revisions": lazy_gettext("Texts before they were edited"),
    "post_previews": lazy_gettext("Pictures of their posts"),
    "post_aliases": lazy_gettext("Earlier numbers of posts"),
    "deliveries": lazy_gettext("Raw payloads, dead letters included"),
    "corrections": lazy_gettext("Reasons of corrections, for training"),
    "notes": lazy_gettext("Internal notes"),
    "note_drafts": lazy_gettext("Begun notes"),
    "reply_attachments": lazy_gettext("Pictures of our answers"),
    "drafts": lazy_gettext("Drafts"),
    "approvals": lazy_gettext("Answers handed in for approval"),
    "replies": lazy_gettext("Answers in the outbox"),
    "reply_parts": lazy_gettext("Parts of long answers"),
    "outbox": lazy_gettext("Answers called off"),
    "considerations": lazy_gettext("What rules saw"),
    "action_runs": lazy_gettext("What rules sent to plugins"),
    "moderations": lazy_gettext("Errors of actions on posts"),
    "alerts": lazy_gettext("Alerts"),
    "notifications": lazy_gettext("Lines on the bell"),
    "audit_entries": lazy_gettext("Words in the audit log"),
    "named_lists": lazy_gettext("Lists that rules read"),
    "case_events": lazy_gettext("Reasons given for clocks"),
    "case_vectors": lazy_gettext("Vectors for similar cases"),
    "consultations": lazy_gettext("Questions to other teams"),
    "shift_note_cases": lazy_gettext("Hand-over notes"),
    "handovers": lazy_gettext("Reasons of waived conclusions"),
    "ratings": lazy_gettext("Words of ratings"),
    "practice_answers": lazy_gettext("Practice answers"),
    "testimonials": lazy_gettext("Testimonials"),
    "call_backs": lazy_gettext("Call-backs and telephone numbers"),
    "mail_legs": lazy_gettext("E-mail addresses"),
    "mails": lazy_gettext("E-mails"),
    "mail_files": lazy_gettext("Files of e-mails"),
    "form_requests": lazy_gettext("Answers in forms"),
    "form_photos": lazy_gettext("Photos in forms"),
    "single_use_links": lazy_gettext("Links to forms"),
    "verifications": lazy_gettext("Proofs of who they are"),
    "endpoint_attempts": lazy_gettext("Log of outgoing webhooks"),
    "person_exports": lazy_gettext("Exports that were not downloaded"),
}


def place_name(name: str) -> str:
    """Name a place; one that is new by its table."""
    return str(PLACES.get(name, name.replace("_", " ")))


def step_name(name: str) -> str:
    """Name the step that an erasure is at."""
    return place_name(name) if name else ""

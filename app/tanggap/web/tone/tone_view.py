"""The tone linter's findings and the steps of answers, in the reader's language."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask
from flask_babel import lazy_gettext

from tanggap.rules.tone import Finding
from tanggap.web.i18n import told

STEPS: Final = {
    "acknowledge": lazy_gettext("Acknowledge"),
    "ask_privately": lazy_gettext("Ask for details"),
    "move_private": lazy_gettext("Go on in private"),
    "update": lazy_gettext("Keep informed"),
    "resolve": lazy_gettext("Answer or solve"),
    "public_closing": lazy_gettext("Close in public"),
    "thank": lazy_gettext("Thank"),
    "follow_up": lazy_gettext("Follow up"),
    "write_private": lazy_gettext("Write first in private"),
    "ask_rating": lazy_gettext("Ask whether they are satisfied"),
    "ask_permission": lazy_gettext("Ask to share the praise"),
    "call_off": lazy_gettext("Call off a promised call"),
}


def shown(finding: Finding) -> dict[str, Any]:
    """Write a finding for the composer's script."""
    fix = finding.fix
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": told(finding.message),
        "start": finding.start,
        "end": finding.end,
        "fix": {"start": fix.start, "end": fix.end, "text": fix.replacement} if fix else None,
    }


def step_name(step: str) -> str:
    """Name the step of an answer."""
    return str(STEPS.get(step, step))


def show_tone(app: Flask) -> None:
    """Install what templates need to show tone."""
    app.add_template_filter(step_name)

"""Which plugins are loaded, and why others are not."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from tanggap.store.users import ADMIN
from tanggap.web.context import services
from tanggap.web.security import needs_role

bp = Blueprint("plugins", __name__, url_prefix="/admin/plugins")

CAPABILITIES = {
    "oauth": lazy_gettext("connects accounts"),
    "webhook": lazy_gettext("receives webhooks"),
    "polling": lazy_gettext("asks for new posts"),
    "replying": lazy_gettext("sends replies"),
}


@bp.get("")
@needs_role(ADMIN)
def index() -> ResponseReturnValue:
    """Show every plugin that was found."""
    registry = services().registry
    channels = {
        plugin.name: [
            (
                loaded.channel,
                [CAPABILITIES[part.value] for part in sorted(loaded.channel.capabilities)],
            )
            for loaded in registry.channels.values()
            if loaded.plugin == plugin.name
        ]
        for plugin in registry.plugins
    }
    return render_template(
        "admin/plugins.html",
        registry=registry,
        channels=channels,
        safe_mode=services().settings.safe_mode,
    )

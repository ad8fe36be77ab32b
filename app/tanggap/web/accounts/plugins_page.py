"""Which plugins are loaded, and why others are not."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.accounts import plugin_states
from tanggap.web.context import me, services, tasks

bp = Blueprint("plugins", __name__, url_prefix="/admin/plugins")

CAPABILITIES = {
    "oauth": lazy_gettext("connects accounts"),
    "webhook": lazy_gettext("receives webhooks"),
    "polling": lazy_gettext("asks for new posts"),
    "replying": lazy_gettext("sends replies"),
    "connecting": lazy_gettext("connects accounts by typed values"),
    "moderating": lazy_gettext("acts on posts"),
    "rechecking": lazy_gettext("finds deleted posts"),
    "profiles": lazy_gettext("finds names"),
}
OPERATIONS = {
    "health": lazy_gettext("checking that it works"),
    "oauth.authorize_url": lazy_gettext("leading to the consent page"),
    "oauth.exchange": lazy_gettext("connecting an account"),
    "oauth.list_accounts": lazy_gettext("connecting an account"),
    "oauth.refresh": lazy_gettext("renewing the access"),
    "connecting.connect": lazy_gettext("connecting an account"),
    "webhook.verify": lazy_gettext("checking a webhook"),
    "webhook.challenge": lazy_gettext("answering a webhook's challenge"),
    "webhook.parse": lazy_gettext("reading a webhook"),
    "webhook.subscribe": lazy_gettext("asking for webhooks"),
    "webhook.unsubscribe": lazy_gettext("taking webhooks back"),
    "polling.fetch": lazy_gettext("asking for new posts"),
    "replying.send": lazy_gettext("sending a reply"),
    "replying.find_sent": lazy_gettext("looking for a sent reply"),
    "replying.measure": lazy_gettext("counting a text"),
    "replying.check": lazy_gettext("checking whether a reply is possible"),
    "replying.split": lazy_gettext("cutting a long text"),
    "replying.limit": lazy_gettext("asking how long a text may be"),
    "replying.attaching": lazy_gettext("asking which pictures an answer takes"),
    "replying.closes": lazy_gettext("asking until when a reply is possible"),
    "replying.invite": lazy_gettext("asking how to invite to a private message"),
    "rechecking.look_up": lazy_gettext("looking for deleted posts"),
    "rechecking.wanted": lazy_gettext("asking whether to look for deleted posts"),
    "profiles.look_up": lazy_gettext("asking for names"),
    "oauth.revoke": lazy_gettext("giving up a token"),
    "moderating.allows": lazy_gettext("checking what is possible with a post"),
    "moderating.act": lazy_gettext("acting on a post"),
    "rule_action.run": lazy_gettext("carrying out a rule's action"),
}


@bp.get("")
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
    with services().database.read() as session:
        troubles = plugin_states.list_troubles(session)
    return render_template(
        "admin/plugins.html",
        registry=registry,
        channels=channels,
        troubles=troubles,
        operations=OPERATIONS,
        actions={
            plugin.name: [
                (name, loaded.action)
                for name, loaded in registry.rule_actions.items()
                if loaded.plugin == plugin.name
            ]
            for plugin in registry.plugins
        },
        stuck=services().calls.stuck(),
        safe_mode=services().settings.safe_mode,
    )


@bp.post("/states/<int:state_id>/retry")
def retry(state_id: int) -> ResponseReturnValue:
    """Have a plugin that is left alone called again now."""
    plugin_states.ask_retry(services(), state_id, user_id=me().id)
    tasks().sweep()
    flash(gettext("It is called again now."))
    return redirect(url_for(".index"))

"""The hooks a plugin may implement; a new one ships only with a plugin that uses it."""

from __future__ import annotations

from collections.abc import Iterable

from pluggy import HookspecMarker

from tanggap.sdk.channel import Channel, RuleAction
from tanggap.sdk.views import PostView, ReplyView, Routing, Verdict

hookspec = HookspecMarker("tanggap")


@hookspec
def tanggap_channels() -> Iterable[Channel]:  # type: ignore[empty-body]
    """Declare the channels this plugin brings; called once at start."""


@hookspec
def tanggap_rule_actions() -> Iterable[RuleAction]:  # type: ignore[empty-body]
    """Declare what rules may do beyond the core's own actions; called once at start."""


@hookspec
def tanggap_post_triaged(post: PostView, verdict: Verdict, routing: Routing) -> None:
    """Learn of a post that was labelled and routed; called after commit, in a job."""


@hookspec
def tanggap_reply_sent(post: PostView, reply: ReplyView) -> None:
    """Learn of a reply that reached the platform; called after commit, in a job."""

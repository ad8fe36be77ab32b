"""Keep a log of what happened to posts and answers, and count it for the health check."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tanggap.sdk import PostView, ReplyView, Routing, Verdict, hookimpl

LOG_VARIABLE = "ECHO_LOG"


@hookimpl
def tanggap_post_triaged(post: PostView, verdict: Verdict, routing: Routing) -> None:
    """Note what a post was taken for and where it went."""
    _note("triaged", post, label=verdict.label, team=routing.team or "")


@hookimpl
def tanggap_reply_sent(post: PostView, reply: ReplyView) -> None:
    """Note who answered."""
    _note("answered", post, agent=reply.agent_name)


def tally() -> Counter[str]:
    """Count the lines of the log by what they say; nothing where no log is kept."""
    path = _log()
    if path is None or not path.exists():
        return Counter()
    with path.open(encoding="utf-8") as lines:
        return Counter(json.loads(line)["what"] for line in lines)


def _note(what: str, post: PostView, **more: str) -> None:
    path = _log()
    if path is None:
        return
    line = {"what": what, "at": datetime.now(UTC).isoformat(), "channel": post.channel, **more}
    # One short line opened for appending: several workers do not tear each other's lines.
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps({**line, "post": post.external_id}) + "\n")


def _log() -> Path | None:
    name = os.environ.get(LOG_VARIABLE, "")
    return Path(name) if name else None

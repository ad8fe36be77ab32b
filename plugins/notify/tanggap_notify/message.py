"""Write the message: the operator's template, filled with what strangers wrote, made harmless."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from tanggap.sdk import PostView, Verdict

DEFAULT_TEXT: Final = "{label} · {channel} · {author}: {text}\n{case}"
MAX_TEXT: Final = 500
MAX_MESSAGE: Final = 3_000
_PLACE: Final = re.compile(r"\{(\w+)\}")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")
_ZERO_WIDTH: Final = "\u200b"


def values_of(post: PostView, verdict: Verdict) -> Mapping[str, str]:
    """List what a template may name."""
    text = post.text if len(post.text) <= MAX_TEXT else f"{post.text[:MAX_TEXT]}…"
    return {
        "author": post.author_name or post.author_handle or "?",
        "handle": post.author_handle,
        "channel": post.channel,
        "account": post.account_name,
        "label": verdict.label,
        "kind": post.kind,
        "text": text,
        "case": post.case_url or post.url or "",
    }


def fill(template: str, values: Mapping[str, str], harmless: Callable[[str], str]) -> str:
    """Fill a template; what strangers wrote is made harmless, an unknown name stays as it is.

    Values are put in once and never read as templates, and nothing but these names is looked up.
    """

    def put(place: re.Match[str]) -> str:
        name = place[1]
        if name not in values:
            return place[0]
        # The link is ours and must stay one.
        return values[name] if name == "case" else harmless(values[name])

    return _PLACE.sub(put, template)[:MAX_MESSAGE]


def slack_safe(text: str) -> str:
    """Keep a text from being markup: Slack and Google Chat call people and rooms by `<…>`."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _calls_nobody(escaped)


def markdown_safe(text: str) -> str:
    """Keep a text from being Markdown, links and headings included."""
    return _calls_nobody(_MARKDOWN.sub(r"\\\1", text).replace("<", "\\<").replace("&", "&amp;"))


def _calls_nobody(text: str) -> str:
    """Break what would call a whole room, such as `@all`."""
    return text.replace("@", f"@{_ZERO_WIDTH}")


def plain(text: str) -> dict[str, object]:
    """Write the body that Slack, Mattermost and Google Chat take."""
    return {"text": text}


def card(text: str) -> dict[str, object]:
    """Write the body that a Teams workflow takes: a card with one text."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": text, "wrap": True}],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": content}]}


FORMATS: Final[Mapping[str, tuple[Callable[[str], str], Callable[[str], dict[str, object]]]]] = {
    "slack": (slack_safe, plain),
    "mattermost": (markdown_safe, plain),
    "google": (slack_safe, plain),
    "teams": (markdown_safe, card),
}
"""How each chat wants its texts escaped and its body written."""

r"""LinkedIn's "little text": @[Name](urn:li:organization:1), {hashtag|\#|tag} and \-escapes."""

from __future__ import annotations

import re

_MENTION = re.compile(r"@\[((?:[^\]\\]|\\.)*)\]\(urn:li:[^()]*\)")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^{}|]*)\}")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")


def plain_text(little: str) -> str:
    """Show a post's "little text" as people see it."""
    shown = _HASHTAG.sub(r"#\1", _MENTION.sub(r"@\1", little))
    return _ESCAPED.sub(r"\1", shown)


def mentions_in(little: str) -> tuple[str, ...]:
    """Name whom a post mentions."""
    return tuple(_ESCAPED.sub(r"\1", name) for name in _MENTION.findall(little))

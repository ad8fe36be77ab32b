"""Find the pictures and files in a post as Discourse renders it."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

from tanggap.sdk import Attachment

_MOST = 20
_LONGEST = 200_000
_DECORATION = frozenset({"emoji", "avatar", "site-icon", "thumbnail"})


def attachments_of(cooked: str, address: str) -> tuple[Attachment, ...]:
    """List what a rendered post shows; addresses are made whole, whatever they are."""
    reader = _Reader(address)
    try:
        reader.feed(cooked[:_LONGEST])
    except (AssertionError, ValueError):
        # Broken markup: what was found until then is all there is.
        return tuple(reader.found[:_MOST])
    return tuple(reader.found[:_MOST])


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.found: list[Attachment] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = set(given.get("class", "").split())
        if tag == "img" and not classes & _DECORATION:
            self._add("image", given.get("src", ""), given.get("alt", ""))
        elif tag == "a" and "attachment" in classes:
            self._add("file", given.get("href", ""), "")

    def _add(self, kind: str, link: str, description: str) -> None:
        try:
            url = urljoin(f"{self.address}/", link)
        except ValueError:
            return
        if link and url.startswith(("http://", "https://")):
            whole = Attachment("image" if kind == "image" else "file", url, description[:300])
            self.found.append(whole)

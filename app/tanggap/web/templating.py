"""What templates call: icons, safe addresses, colours and short names."""

from __future__ import annotations

import zlib
from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import format_decimal, gettext
from markupsafe import Markup

from tanggap.inbox.arrival.importing import IMPORT_CHANNEL
from tanggap.inbox.search.counters import COUNT_CAP
from tanggap.inbox.search.matching import SEARCH_CAP
from tanggap.store.base import utcnow
from tanggap.store.posts import Author
from tanggap.web.assets import asset
from tanggap.web.context import me, services
from tanggap.web.i18n import LANGUAGES
from tanggap.web.i18n import language as chosen_language
from tanggap.web.signing_in.auth import theme

HUES = 8


def install_filters(app: Flask) -> None:
    """Make them known to an app's templates."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["search_cap"] = SEARCH_CAP
    app.add_template_global(icon)
    app.add_template_global(channel_mark)
    app.add_template_filter(channel_name)
    app.add_template_filter(author_name)
    app.add_template_filter(monogram)
    app.add_template_filter(hue)
    app.add_template_filter(web_address)
    app.add_template_filter(percent)
    app.add_template_filter(decimals)
    app.add_template_filter(seconds)
    app.add_template_filter(capped)
    app.add_template_filter(seconds_left)
    app.context_processor(_page)


def icon(name: str) -> Markup:
    """Draw an icon that screen readers pass over."""
    source = asset("vendor/icons.svg")
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        source, name
    )


def channel_name(key: str) -> str:
    """Name a channel as its plugin does; one without a plugin by its key."""
    channel = services().registry.channel(key)
    if channel is None and key == IMPORT_CHANNEL:
        return str(gettext("Imported"))
    return channel.name if channel is not None else key


def channel_mark(key: str) -> Markup:
    """Draw a channel as a small tile for narrow rows; its whole name is told with it."""
    name = channel_name(key)
    return Markup(
        '<span class="channel-mark hue-{}" title="{}" aria-hidden="true">{}</span>'
        '<span class="unseen">{}</span>'
    ).format(hue(key), name, monogram(name)[:1], name)


def author_name(author: Author) -> str:
    """Name an author; where the platform tells nothing, by the platform."""
    known = author.name or author.handle
    return known or str(gettext("%(channel)s member", channel=channel_name(author.channel)))


def monogram(name: str) -> str:
    """Shorten a name to the one or two characters of its picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def hue(text: str) -> int:
    """Give a name one of the colours, always the same."""
    return zlib.crc32(text.encode("utf-8", "replace")) % HUES


def web_address(url: str | None) -> str | None:
    """Keep an address that a person may safely follow."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def percent(share: float) -> str:
    """Write a share of one in percent, never promising certainty."""
    return f"{min(99, round(share * 100))} %"


def decimals(number: float, places: int) -> str:
    """Write a number with so many decimals as the reader's language does."""
    return str(format_decimal(number, f"0.{'0' * places}"))


def seconds(duration: float) -> str:
    """Write a duration in seconds."""
    return str(format_decimal(round(duration, 2)))


def seconds_left(moment: datetime) -> int:
    """Count the seconds until a moment; at least one."""
    return max(1, round((moment - utcnow()).total_seconds()))


def capped(count: int) -> str:
    """Write a counter; one at the cap says that there may be more."""
    written = format_decimal(count)
    return f"{written}+" if count >= COUNT_CAP else written


def _page() -> dict[str, object]:
    return {
        "me": me(),
        "theme": theme(),
        "language": chosen_language(),
        "languages": LANGUAGES,
        "here": request.full_path.rstrip("?"),
    }

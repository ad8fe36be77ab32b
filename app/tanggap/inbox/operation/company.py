"""The company's name, colours and contact, as its customers and its own pages show them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.store import audit
from tanggap.store.company import ONLY, Company
from tanggap.store.storable import storable

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_NAME_MOST: Final = 120
_LOGO_MOST: Final = 24
_CONTACT_MOST: Final = 500
_WEBSITE_MOST: Final = 255


@dataclass(frozen=True, slots=True)
class CompanyCard:
    """What is known of the company; the defaults hold until somebody fills it in.

    `colour` is written #rrggbb, `zone` names a time zone of the IANA database.
    """

    name: str = "Tanggap"
    logo_text: str = ""
    colour: str = "#0f766e"
    contact: str = ""
    website: str = ""
    zone: str = "Asia/Jakarta"

    @property
    def on_colour(self) -> str:
        """Black or white, whichever is read better on the colour (WCAG relative luminance)."""
        return "#000000" if _luminance(self.colour) > 0.179 else "#ffffff"


class UnfitCompanyError(TanggapError):
    """A field of the company cannot be used; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_company(session: Session) -> CompanyCard:
    """Give what is known of the company, or the defaults."""
    row = session.get(Company, ONLY)
    if row is None:
        return CompanyCard()
    return CompanyCard(row.name, row.logo_text, row.colour, row.contact, row.website, row.zone)


def save_company(session: Session, card: CompanyCard, *, user_id: int | None = None) -> CompanyCard:
    """Store what is known of the company; raises `UnfitCompanyError`."""
    fit = _fit(card)
    before = read_company(session)
    row = session.get(Company, ONLY, with_for_update=True)
    if row is None:
        row = Company(id=ONLY)
        session.add(row)
    names = CompanyCard.__slots__
    for name in names:
        setattr(row, name, getattr(fit, name))
    changed = {
        name: [getattr(before, name), getattr(fit, name)]
        for name in names
        if getattr(before, name) != getattr(fit, name)
    }
    audit.record(
        session, "company.saved", "company", ONLY, user_id=user_id, detail={"changed": changed}
    )
    session.flush()
    return fit


def _fit(card: CompanyCard) -> CompanyCard:
    name = " ".join(storable(card.name).split())
    if not 0 < len(name) <= _NAME_MOST:
        raise UnfitCompanyError("name", f"a name has between 1 and {_NAME_MOST} characters")
    logo_text = " ".join(storable(card.logo_text).split())
    if len(logo_text) > _LOGO_MOST:
        raise UnfitCompanyError("logo_text", f"at most {_LOGO_MOST} characters")
    colour = card.colour.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise UnfitCompanyError("colour", "write a colour such as #0f766e")
    contact = storable(card.contact.strip())
    if len(contact) > _CONTACT_MOST:
        raise UnfitCompanyError("contact", f"at most {_CONTACT_MOST} characters")
    return CompanyCard(name, logo_text, colour, contact, _website(card.website), _zone(card.zone))


def _website(written: str) -> str:
    website = storable(written.strip())
    try:
        parts = urlsplit(website)
    except ValueError:
        parts = urlsplit("invalid:")
    fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    if website and (not fits or len(website) > _WEBSITE_MOST):
        raise UnfitCompanyError("website", "write an address such as https://contoh.example")
    return website


def _zone(written: str) -> str:
    try:
        return ZoneInfo(written.strip()).key
    except (ValueError, OSError, KeyError) as error:
        raise UnfitCompanyError("zone", "write a time zone such as Asia/Jakarta") from error


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

"""The Indonesian catalogue: whole, exact and compiled."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import tanggap

PACKAGE = Path(tanggap.__file__).parent
CATALOGUE = PACKAGE / "web" / "translations" / "id" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="id")


def written() -> dict[object, str]:
    """Find every text in the code, with the file it stands in."""
    found = extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS)
    return {text: file for file, _, text, _, _ in found}


def messages() -> list[Message]:
    return [message for message in catalogue() if message.id]


def words(message: Message) -> list[str]:
    """List the translation, or its plural forms."""
    text = message.string
    return [text] if isinstance(text, str) else list(text or [""])


def test_every_text_of_the_interface_is_translated_and_no_other() -> None:
    translated = {m.id if isinstance(m.id, str) else tuple(m.id) for m in messages()}
    missing = {text: file for text, file in written().items() if text not in translated}
    assert not missing
    assert not translated - set(written())


def test_no_translation_is_empty_or_a_guess() -> None:
    for message in messages():
        assert all(words(message)), message.id
        assert not message.fuzzy, message.id


def test_translations_keep_the_placeholders() -> None:
    for message in messages():
        original = message.id if isinstance(message.id, str) else message.id[-1]
        text = words(message)[0]
        places = re.compile(r"%\(\w+\)[sd]")
        assert set(places.findall(text)) == set(places.findall(original)), message.id


def test_indonesian_has_one_plural() -> None:
    assert catalogue().num_plurals == 1


def test_compiled_catalogue_is_served(app: Flask) -> None:
    assert "Selamat datang kembali" in app.test_client().get("/login").text

"""Change how a post is written and leave what its author wants alone.

Each change takes a text and a seeded generator and returns the new text, or None where the post
offers nothing to change.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from tanggap.classifier.text import clean_text

Change = Callable[[str, random.Random], str | None]
Kind = Literal["surface", "noise"]


class Perturbation(NamedTuple):
    """A change by its name; `surface` says nothing at all, `noise` makes a post harder to read."""

    name: str
    kind: Kind
    change: Change


_MASK = re.compile(r"@user|\bhttp\b|<[A-Z]+>")
_WORD = re.compile(r"[^\W\d_]{4,}")
_NEUTRAL_EMOJI = ("📱", "📌", "🗓", "📍", "📎", "🏷")
_HANDLES = ("@kantin_pak_budi", "@rina_w88", "@sam_travels", "@wargajkt")
_KEYS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "x",
}  # fmt: skip
_DIGITS = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}

# Names that may take each other's place: what a post asks for does not hang on them.
_NAMES: tuple[tuple[str, ...], ...] = (
    ("telkomsel", "indihome", "biznet", "indosat", "smartfren", "first media", "myrepublic"),
    ("gojek", "grab", "maxim"),
    ("tokopedia", "shopee", "lazada", "blibli", "bukalapak"),
    ("jne", "sicepat", "anteraja", "ninja xpress"),
    ("delta", "united", "jetblue", "southwest", "american airlines", "british airways", "garuda"),
    ("jakarta", "bandung", "surabaya", "semarang", "medan", "yogyakarta", "malang", "bekasi"),
    ("london", "chicago", "boston", "denver", "seattle", "dallas", "manchester"),
    ("budi", "andi", "siti", "dewi", "rina", "joko", "agus"),
    ("john", "sarah", "mike", "emma", "david", "anna", "kevin"),
    ("spotify", "netflix", "youtube"),
)
_PEERS = {name: group for group in _NAMES for name in group}
_NAME = re.compile(rf"\b(?:{'|'.join(sorted(_PEERS, key=len, reverse=True))})\b", re.IGNORECASE)


def _lower(text: str, _: random.Random) -> str | None:
    return _unmasked(text, str.lower)


def _upper(text: str, _: random.Random) -> str | None:
    return _unmasked(text, str.upper)


def _mention_added(text: str, chance: random.Random) -> str | None:
    handle = chance.choice(_HANDLES)
    return f"{handle} {text}" if chance.random() < 0.5 else f"{text} {handle}"


def _mentions_removed(text: str, _: random.Random) -> str | None:
    rest = " ".join(re.sub(r"@user", " ", text).split())
    return rest if rest != text and re.search(r"\w", _MASK.sub("", rest)) else None


def _url_added(text: str, chance: random.Random) -> str | None:
    return f"{text} https://t.co/{chance.randrange(36**6):x}"


def _emoji_added(text: str, chance: random.Random) -> str | None:
    return f"{text} {chance.choice(_NEUTRAL_EMOJI)}"


def _names_swapped(text: str, chance: random.Random) -> str | None:
    def other(match: re.Match[str]) -> str:
        name = match[0]
        peers = [peer for peer in _PEERS[name.lower()] if peer != name.lower()]
        return _in_case_of(name, chance.choice(peers))

    swapped = _NAME.sub(other, text)
    return swapped if swapped != text else None


def _end_marked(text: str, chance: random.Random) -> str | None:
    if text.endswith(("?", "!")):
        return text + text[-1]
    return text[:-1] if text.endswith(".") else text + chance.choice([".", "..", " !"])


def _spaces_doubled(text: str, _: random.Random) -> str | None:
    return text.replace(" ", "  ") if " " in text else None


def _typos(text: str, chance: random.Random) -> str | None:
    """Misspell one word in ten, at least one, by a slip of the finger."""
    words = _words(text)
    if not words:
        return None
    for start, end in sorted(chance.sample(words, -(-len(words) // 10)), reverse=True):
        text = text[:start] + _slip(text[start:end], chance) + text[end:]
    return text


def _drawn_out(text: str, chance: random.Random) -> str | None:
    """Hold the last letter of one word: `lama` becomes `lamaaaa`."""
    words = _words(text)
    if not words:
        return None
    _, end = chance.choice(words)
    return text[:end] + text[end - 1] * 3 + text[end:]


def _leetspeak(text: str, chance: random.Random) -> str | None:
    """Write one to three of the letters that look like digits as digits, throughout the post."""
    written = sorted(_DIGITS.keys() & set(_MASK.sub("", text).lower()))
    if not written:
        return None
    chosen = chance.sample(written, min(len(written), chance.randint(1, 3)))

    def change(piece: str) -> str:
        return "".join(
            _DIGITS[c] if (c := letter.lower()) in chosen else letter for letter in piece
        )

    return _unmasked(text, change)


PERTURBATIONS: tuple[Perturbation, ...] = (
    Perturbation("lower case", "surface", _lower),
    Perturbation("upper case", "surface", _upper),
    Perturbation("mention added", "surface", _mention_added),
    Perturbation("mentions removed", "surface", _mentions_removed),
    Perturbation("link added", "surface", _url_added),
    Perturbation("neutral emoji added", "surface", _emoji_added),
    Perturbation("names swapped", "surface", _names_swapped),
    Perturbation("end mark changed", "surface", _end_marked),
    Perturbation("spaces doubled", "surface", _spaces_doubled),
    Perturbation("typos", "noise", _typos),
    Perturbation("drawn-out letters", "noise", _drawn_out),
    Perturbation("leetspeak", "noise", _leetspeak),
)


def vary(texts: Iterable[str], rate: float, chance: random.Random) -> list[str]:
    """Write a share of cleaned texts otherwise, each by one change, and clean them again."""
    return [_other(text, chance) if chance.random() < rate else text for text in texts]


def _other(text: str, chance: random.Random) -> str:
    changed = chance.choice(PERTURBATIONS).change(text, chance)
    return text if changed is None else clean_text(changed)


def _unmasked(text: str, change: Callable[[str], str]) -> str | None:
    """Change all but the masks; None when nothing changes."""
    pieces = re.split(f"({_MASK.pattern})", text)
    changed = "".join(p if _MASK.fullmatch(p) else change(p) for p in pieces)
    return changed if changed != text else None


def _words(text: str) -> list[tuple[int, int]]:
    masks = [match.span() for match in _MASK.finditer(text)]
    return [
        word.span()
        for word in _WORD.finditer(text)
        if not any(start < word.end() and word.start() < end for start, end in masks)
    ]


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    kind = chance.choice(["swap", "drop", "double", "near"])
    if kind == "swap":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == "drop":
        return word[:place] + word[place + 1 :]
    if kind == "double":
        return word[:place] + word[place] + word[place:]
    near = chance.choice(_KEYS.get(word[place].lower(), word[place]))
    return word[:place] + _in_case_of(word[place], near) + word[place + 1 :]


def _in_case_of(model: str, text: str) -> str:
    if model.isupper():
        return text.upper()
    return text.title() if model.istitle() else text

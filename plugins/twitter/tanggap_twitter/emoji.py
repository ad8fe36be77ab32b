r"""Find emoji made of several code points; X counts each as two characters.

Single code points need no list: their plain weight is already two. The sequences are those that
Unicode recommends for interchange (UTS #51, up to Emoji 17), by kind: keycaps, flags, skin tones,
an asked-for emoji look (U+FE0F), and people and things joined by U+200D.
"""

from __future__ import annotations

import re
from functools import cache

_ZWJ = "\u200d"
_LOOK = "\ufe0f"
_SKIN = "[\U0001f3fb-\U0001f3ff]"

# emoji shown as text unless U+FE0F follows (emoji-variation-sequences.txt)
_TEXT_FIRST = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf"
    "\u23ed-\u23ef\u23f1\u23f2\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe"
    "\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f"
    "\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267f"
    "\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4"
    "\u26c5\u26c8\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702"
    "\u2708\u2709\u270c\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2733\u2734\u2744\u2747\u2757"
    "\u2763\u2764\u27a1\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f202\U0001f21a\U0001f22f\U0001f237"
    "\U0001f321\U0001f324-\U0001f32c\U0001f336\U0001f37d\U0001f396\U0001f397\U0001f399-\U0001f39b"
    "\U0001f39e\U0001f39f\U0001f3cb-\U0001f3ce\U0001f3d4-\U0001f3df\U0001f3f3\U0001f3f5\U0001f3f7"
    "\U0001f43f\U0001f441\U0001f4fd\U0001f549\U0001f54a\U0001f56f\U0001f570\U0001f573-\U0001f579"
    "\U0001f587\U0001f58a-\U0001f58d\U0001f590\U0001f5a5\U0001f5a8\U0001f5b1\U0001f5b2\U0001f5bc"
    "\U0001f5c2-\U0001f5c4\U0001f5d1-\U0001f5d3\U0001f5dc-\U0001f5de\U0001f5e1\U0001f5e3"
    "\U0001f5e8\U0001f5ef\U0001f5f3\U0001f5fa\U0001f6cb\U0001f6cd-\U0001f6cf\U0001f6e0-\U0001f6e5"
    "\U0001f6e9\U0001f6f0\U0001f6f3"
)
# emoji that take a skin tone (emoji-data.txt, Emoji_Modifier_Base)
_SKINNED = (
    "\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc"
    "\U0001f442\U0001f443\U0001f446-\U0001f450\U0001f466-\U0001f478\U0001f47c\U0001f481-\U0001f483"
    "\U0001f485-\U0001f487\U0001f48f\U0001f491\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590"
    "\U0001f595\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f\U0001f6a3\U0001f6b4-\U0001f6b6"
    "\U0001f6c0\U0001f6cc\U0001f90c\U0001f90f\U0001f918-\U0001f91f\U0001f926\U0001f930-\U0001f939"
    "\U0001f93c-\U0001f93e\U0001f977\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9bb"
    "\U0001f9cd-\U0001f9cf\U0001f9d1-\U0001f9dd\U0001fac3-\U0001fac5\U0001faf0-\U0001faf8"
)
# those of them, and four without skin, that come as a man or a woman
_GENDERED = (
    "\U0001f3c3\U0001f3c4\U0001f3ca\U0001f46e\U0001f46f\U0001f470\U0001f471"
    "\U0001f473\U0001f477\U0001f481\U0001f482\U0001f486\U0001f487"
    "\U0001f645-\U0001f647\U0001f64b\U0001f64d\U0001f64e\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f926"
    "\U0001f935\U0001f937-\U0001f939\U0001f93c-\U0001f93e\U0001f9b8\U0001f9b9\U0001f9cd-\U0001f9cf"
    "\U0001f9d4\U0001f9d6-\U0001f9df"
)
# as those, but text where neither skin nor U+FE0F says that they are emoji
_GENDERED_TEXT_FIRST = "\u26f9\U0001f3cb\U0001f3cc\U0001f574\U0001f575"
_WALKING = "\U0001f3c3\U0001f6b6\U0001f9ce"
_TO_THE_RIGHT = f"{_ZWJ}\u27a1{_LOOK}"
_MAN_WOMAN = "\U0001f468\U0001f469"
_PERSON = f"[{_MAN_WOMAN}\U0001f9d1]{_SKIN}?"
_TRADES = (
    f"[\u2695\u2696\u2708]{_LOOK}|[\U0001f9af\U0001f9bc\U0001f9bd](?:{_TO_THE_RIGHT})?|"
    "[\U0001f33e\U0001f373\U0001f37c\U0001f384\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed"
    "\U0001f4bb\U0001f4bc\U0001f527\U0001f52c\U0001f680\U0001f692\U0001f9b0-\U0001f9b3\U0001fa70]"
)
_OTHERS = (
    f"\U0001f3f3{_LOOK}{_ZWJ}\U0001f308",
    f"\U0001f3f3{_LOOK}{_ZWJ}\u26a7{_LOOK}",
    f"\U0001f3f4{_ZWJ}\u2620{_LOOK}",
    f"\U0001f441{_LOOK}?{_ZWJ}\U0001f5e8{_LOOK}?",
    f"\U0001f415{_ZWJ}\U0001f9ba",
    f"\U0001f408{_ZWJ}\u2b1b",
    f"\U0001f426{_ZWJ}[\u2b1b\U0001f525]",
    f"\U0001f43b{_ZWJ}\u2744{_LOOK}",
    f"\u2764{_LOOK}{_ZWJ}[\U0001f525\U0001fa79]",
    f"\u26d3{_LOOK}{_ZWJ}\U0001f4a5",
    f"\U0001f34b{_ZWJ}\U0001f7e9",
    f"\U0001f344{_ZWJ}\U0001f7eb",
    f"\U0001f62e{_ZWJ}\U0001f4a8",
    f"\U0001f635{_ZWJ}\U0001f4ab",
    f"\U0001f636{_ZWJ}\U0001f32b{_LOOK}",
    f"\U0001f642{_ZWJ}[\u2194\u2195]{_LOOK}",
    f"\U0001faf1{_SKIN}{_ZWJ}\U0001faf2{_SKIN}",
)
# the regions that have a flag, second letters by first (emoji-sequences.txt, Emoji 17)
_REGIONS = {
    "A": "CDEFGILMOQRSTUWXZ",
    "B": "ABDEFGHIJLMNOQRSTVWYZ",
    "C": "ACDFGHIKLMNOPQRUVWXYZ",
    "D": "EGJKMOZ",
    "E": "ACEGHRSTU",
    "F": "IJKMOR",
    "G": "ABDEFGHILMNPQRSTUWY",
    "H": "KMNRTU",
    "I": "CDELMNOQRST",
    "J": "EMOP",
    "K": "EGHIMNPRWYZ",
    "L": "ABCIKRSTUVY",
    "M": "ACDEFGHKLMNOPQRSTUVWXYZ",
    "N": "ACEFGILOPRUZ",
    "O": "M",
    "P": "AEFGHKLMNRSTWY",
    "Q": "A",
    "R": "EOSUW",
    "S": "ABCDEGHIJKLMNORSTVXYZ",
    "T": "ACDFGHJKLMNORTVWZ",
    "U": "AGMNSYZ",
    "V": "ACEGINU",
    "W": "FS",
    "X": "K",
    "Y": "ET",
    "Z": "AMW",
}


def _flags() -> str:
    def symbols(letters: str) -> str:
        return "".join(chr(ord(letter) - ord("A") + 0x1F1E6) for letter in letters)

    pairs = (f"{symbols(first)}[{symbols(seconds)}]" for first, seconds in _REGIONS.items())
    return "|".join(pairs)


def _tags(letters: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in letters)


@cache
def emoji_sequences() -> re.Pattern[str]:
    """Give the pattern of one emoji of two or more code points."""
    kinds = (
        f"{_PERSON}{_ZWJ}(?:{_TRADES})",
        f"{_PERSON}{_ZWJ}\u2764{_LOOK}{_ZWJ}(?:\U0001f48b{_ZWJ})?{_PERSON}",
        f"{_PERSON}{_ZWJ}[\U0001f91d\U0001f430\U0001faef]{_ZWJ}{_PERSON}",
        f"[{_MAN_WOMAN}](?:{_ZWJ}[{_MAN_WOMAN}])?(?:{_ZWJ}[\U0001f466\U0001f467]){{1,2}}",
        f"\U0001f9d1(?:{_ZWJ}\U0001f9d1)?(?:{_ZWJ}\U0001f9d2){{1,2}}",
        f"[{_WALKING}]{_SKIN}?(?:{_ZWJ}[\u2640\u2642]{_LOOK})?{_TO_THE_RIGHT}",
        f"[{_GENDERED}]{_SKIN}?{_ZWJ}[\u2640\u2642]{_LOOK}",
        f"[{_GENDERED_TEXT_FIRST}](?:{_SKIN}|{_LOOK}){_ZWJ}[\u2640\u2642]{_LOOK}",
        *_OTHERS,
        f"[#*0-9]{_LOOK}?\u20e3",
        f"\U0001f3f4(?:{_tags('gbeng')}|{_tags('gbsct')}|{_tags('gbwls')})\U000e007f",
        _flags(),
        f"[{_SKINNED}]{_LOOK}?{_SKIN}",
        f"[{_TEXT_FIRST}]{_LOOK}",
    )
    return re.compile("|".join(kinds))

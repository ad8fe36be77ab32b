"""Tell whether an answer to "may we share it?" looks like a yes; a person decides."""

from __future__ import annotations

import re
from typing import Final

_NO: Final = re.compile(
    r"\b(?:tidak|tdk|gak|ga|nggak|ngga|enggak|jangan|belum|no|not|don'?t|rather not|nope)\b"
)
_YES: Final = re.compile(
    r"\b(?:boleh|silakan|silahkan|monggo|iya|ya|yes|yup|yep|sure|of course|tentu|setuju|bisa|"
    r"oke|ok|okay|go ahead|absolutely|dengan senang hati|please do)\b"
)


def looks_like_yes(text: str) -> bool:
    """Tell whether somebody seems to agree; a no beside it counts more."""
    plain = text.lower()
    return _YES.search(plain) is not None and _NO.search(plain) is None

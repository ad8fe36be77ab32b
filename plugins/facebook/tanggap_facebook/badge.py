"""The badge of a page that answers its messages soon, in the words of Facebook's help."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tanggap.sdk import Responsiveness

BADGE: Final = Responsiveness(
    badge={"id": "Sangat responsif terhadap pesan", "en": "Very responsive to messages"},
    share=0.9,
    within=timedelta(minutes=15),
    to=("private",),
)

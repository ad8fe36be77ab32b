"""The five labels of the default bundle: what the author wants the company to do next."""

from __future__ import annotations

from typing import Final

COMPLAINT: Final = "complaint"
QUESTION: Final = "question"
FEEDBACK: Final = "feedback"
PRAISE: Final = "praise"
NONE: Final = "none"

LABELS: Final[tuple[str, ...]] = (COMPLAINT, QUESTION, FEEDBACK, PRAISE, NONE)
"""In the order of precedence: where a post earns two labels, the earlier one wins."""

DESCRIPTIONS: Final[dict[str, str]] = {
    COMPLAINT: "reports that a product, service, policy, price or person failed somebody",
    QUESTION: "asks for information or help while nothing has gone wrong yet",
    FEEDBACK: "gives a suggestion, a wish, a balanced opinion or an answer to note",
    PRAISE: "thanks, compliments, recommends or reports satisfaction",
    NONE: "is not a matter of customer care for the company",
}

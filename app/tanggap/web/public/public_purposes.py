"""What single-use links lead to: a row for each purpose that `inbox.single_use` makes links of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask.typing import ResponseReturnValue

from tanggap.inbox.forms.form_requests import FORM
from tanggap.inbox.sending.steps import RATING
from tanggap.store.single_use import SingleUseLink
from tanggap.web.public import public_form, public_rating

SMALL: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class PublicPurpose:
    """The page behind the links of one purpose.

    `show` renders it and changes nothing. `take` reads the request that was sent from it, uses the
    link up with `single_use.use_up` in the transaction that stores what came, and gives the answer;
    `LinkOverError` from there shows the page of links that do not work. `max_bytes` is the most a
    request may hold.
    """

    show: Callable[[SingleUseLink], ResponseReturnValue]
    take: Callable[[SingleUseLink], ResponseReturnValue]
    max_bytes: int = SMALL


PURPOSES: Final[Mapping[str, PublicPurpose]] = {
    FORM: PublicPurpose(public_form.show, public_form.take, public_form.MAX_BYTES),
    RATING: PublicPurpose(public_rating.show, public_rating.take),
}

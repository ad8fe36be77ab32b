"""What the company knows of a customer, for programs."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.errors import NotFoundError
from tanggap.inbox.cases import author_cards
from tanggap.web.api.asked import Body, Id
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Author, Thing
from tanggap.web.context import me, services

bp = blueprint("customers", "Customers")
_CARD = "/authors/<int:author_id>/card"


class CardChange(Body):
    """What is known of a customer, as the card was at `revision`."""

    revision: Annotated[int, Field(ge=0, le=10**18 - 1)]
    tier: Annotated[str, Field(max_length=32)]
    note: Annotated[str, Field(max_length=4_000)]
    do_not_contact: bool


class SamePerson(Body):
    """A case whose author is the same person."""

    conversation_id: Id


class Card(Thing):
    """A customer's card; `identities` are other authors that are the same person.

    `do_not_contact` is the card's own, `not_to_be_contacted` holds for the whole person.
    """

    author: Author
    revision: int
    tier: str
    note: str
    do_not_contact: bool
    not_to_be_contacted: bool
    identities: list[Author]
    conversation_ids: list[int]


@bp.get(_CARD)
@bp.output(Card)
def show(author_id: int) -> Card:
    """Read a customer's card, with their newest cases under whatever identity."""
    return _card(author_id)


@bp.put(_CARD)
@bp.input(CardChange, arg_name="body")
@bp.output(Card)
def save(author_id: int, body: CardChange) -> Card:
    """Write what is known; 409 when a colleague wrote since `revision`."""
    _card(author_id)
    with services().database.write() as db:
        author_cards.save_card(
            db,
            author_id,
            me().id,
            revision=body.revision,
            tier=body.tier,
            note=body.note,
            do_not_contact=body.do_not_contact,
        )
    return _card(author_id)


@bp.post(_CARD + "/links")
@bp.input(SamePerson, arg_name="body")
@bp.output(Card)
def link(author_id: int, body: SamePerson) -> Card:
    """Say that the author of a case is the same person; their cases stay apart."""
    _card(author_id)
    with services().database.write() as db:
        author_cards.link(db, author_id, body.conversation_id, me().id)
    return _card(author_id)


@bp.delete(_CARD + "/links/<int:other_id>")
@bp.output({}, status_code=204)
def unlink(author_id: int, other_id: int) -> Response:
    """Say that an author is somebody else after all."""
    with services().database.write() as db:
        author_cards.unlink(db, author_id, other_id, me().id)
    return nothing()


def _card(author_id: int) -> Card:
    with services().database.read() as db:
        found = author_cards.read_card(db, author_id)
    if not found.cases:
        raise NotFoundError(f"author {author_id} has no case that you may see")
    return Card(
        author=Author.model_validate(found.author),
        revision=found.card.revision,
        tier=found.card.tier,
        note=found.card.note,
        do_not_contact=found.card.do_not_contact,
        not_to_be_contacted=found.do_not_contact,
        identities=[Author.model_validate(row) for row in found.identities],
        conversation_ids=[case.id for case in found.cases],
    )

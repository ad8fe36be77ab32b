"""What people may ask of their data, for programs; a person still types whom an erasure reaches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.inbox.privacy import privacy_erase, privacy_export, retention_rules
from tanggap.inbox.privacy.retention_rules import LONGEST, Wanted
from tanggap.inbox.privacy_person import find_people, refuse_limited
from tanggap.web.api.asked import Body, Id, Query, Words
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Author, Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("privacy", "Privacy")
_PERSON = "/privacy/people/<int:author_id>"
Days = Annotated[int, Field(ge=1, le=LONGEST)]


class PeopleQuery(Query):
    """Whom is looked for: a number, name, handle or the platform's id."""

    q: Annotated[str, Field(min_length=1, max_length=200)]


class ErasureRequest(Body):
    """The words that the privacy page shows for this person, typed by a person who looked."""

    typed: Annotated[str, Field(min_length=1, max_length=255)]
    reason: Words = ""


class RetentionChange(Body):
    """How many days texts and profiles are kept; null is for ever."""

    channel: Annotated[str, Field(min_length=1, max_length=64)]
    account_id: Id | None = None
    text_days: Days | None = None
    profile_days: Days | None = None
    beside_days: Days | None = None


class FoundPeople(Thing):
    """Authors that were found."""

    items: list[Author]


class PersonPreview(Thing):
    """What there is of a person, by place, and what an erasure would reach."""

    authors: list[Author]
    counts: dict[str, int]


class PersonExport(Thing):
    """An export; it is downloaded once, on the privacy page, by a person who may."""

    id: int
    author_id: int
    counts: dict[str, int]
    size: int
    created_at: datetime
    expires_at: datetime
    downloaded_at: datetime | None


class PersonExportList(Thing):
    """Exports, the newest first."""

    items: list[PersonExport]


class Erasure(Thing):
    """How far an erasure is; done, it has a certificate (JSON) and its SHA-256."""

    id: int
    state: str
    step: str
    done_steps: int
    all_steps: int
    asked_by: str
    reason: str
    counts: dict[str, int]
    certificate: str
    digest: str
    created_at: datetime
    finished_at: datetime | None


class RetentionRule(Thing):
    """How long texts and profiles of a platform, or an account, are kept."""

    channel: str
    account_id: int | None
    text_days: int | None
    profile_days: int | None
    beside_days: int | None
    ran_at: datetime | None


class RetentionList(Thing):
    """All rules, platforms first."""

    items: list[RetentionRule]


class WouldGo(Thing):
    """How much a rule would remove at once, by what it is."""

    counts: dict[str, int]


@bp.get("/privacy/people")
@bp.input(PeopleQuery, location="query", arg_name="query")
@bp.output(FoundPeople)
def find(query: PeopleQuery) -> FoundPeople:
    """Look for a person among the authors; our own accounts are none."""
    refuse_limited()
    with services().database.read() as db:
        return FoundPeople(items=[Author.model_validate(row) for row in find_people(db, query.q)])


@bp.get(_PERSON)
@bp.output(PersonPreview)
def preview(author_id: int) -> PersonPreview:
    """Count what there is of a person."""
    refuse_limited()
    with services().database.read() as db:
        found = privacy_erase.preview(db, author_id)
    return PersonPreview(
        authors=[Author.model_validate(row) for row in found.authors], counts=found.counts
    )


@bp.post(_PERSON + "/exports")
@bp.output(PersonExport, status_code=201)
def export(author_id: int) -> PersonExport:
    """Make the export of a person; it is kept sealed until it is downloaded or its time is over."""
    number = privacy_export.make_export(services(), author_id, user_id=me().id)
    return next(one for one in _exports() if one.id == number)


@bp.get("/privacy/exports")
@bp.output(PersonExportList)
def exports() -> PersonExportList:
    """List the newest exports."""
    refuse_limited()
    return PersonExportList(items=_exports())


@bp.post(_PERSON + "/erasures")
@bp.input(ErasureRequest, arg_name="body")
@bp.output(Erasure, status_code=202)
def erase(author_id: int, body: ErasureRequest) -> Erasure:
    """Have a person erased everywhere; 409 unless `typed` is what the privacy page shows."""
    number = privacy_erase.request(
        services(), author_id, typed=body.typed, user_id=me().id, reason=body.reason
    )
    tasks().erase(number)
    return _erasure(number)


@bp.get("/privacy/erasures/<int:erasure_id>")
@bp.output(Erasure)
def erasure(erasure_id: int) -> Erasure:
    """Read how far an erasure is, then its certificate."""
    refuse_limited()
    return _erasure(erasure_id)


@bp.get("/privacy/retention")
@bp.output(RetentionList)
def retention() -> RetentionList:
    """List how long texts are kept."""
    refuse_limited()
    with services().database.read() as db:
        found = retention_rules.list_rules(db)
    return RetentionList(items=[RetentionRule.model_validate(row) for row in found])


@bp.put("/privacy/retention")
@bp.input(RetentionChange, arg_name="body")
@bp.output({}, status_code=204)
def save_retention(body: RetentionChange) -> Response:
    """Say how long texts are kept; what is over goes within minutes and does not come back."""
    refuse_limited()
    retention_rules.save_rule(services(), Wanted(**body.model_dump()), user_id=me().id)
    return nothing()


@bp.post("/privacy/retention/preview")
@bp.input(RetentionChange, arg_name="body")
@bp.output(WouldGo)
def preview_retention(body: RetentionChange) -> WouldGo:
    """Count what a rule would remove at once; nothing is changed."""
    refuse_limited()
    with services().database.read() as db:
        counts = retention_rules.preview(services(), db, Wanted(**body.model_dump()))
        return WouldGo(counts=dict(counts))


def _exports() -> list[PersonExport]:
    with services().database.read() as db:
        return [PersonExport.model_validate(row) for row in privacy_export.recent_exports(db)]


def _erasure(number: int) -> Erasure:
    with services().database.read() as db:
        return Erasure.model_validate(privacy_erase.erasure_by_id(db, number))

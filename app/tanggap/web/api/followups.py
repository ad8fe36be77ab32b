"""What is owed after the answer: promised news, the question, scores, praise, for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from tanggap.inbox.desk import satisfaction
from tanggap.inbox.follow_up import praise, rating_lists, rating_report
from tanggap.inbox.search import search
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.search import ANY, Filter
from tanggap.store.replies import reply_by_id
from tanggap.web.api.asked import Body, Id, KeyHeader, Query, ReportQuery, Text, Words
from tanggap.web.api.cases import CASE, nothing
from tanggap.web.api.replies import own_key
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Conversation, Covered, Ref, Reply, Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("followups", "After the answer")
_ONE = "/testimonials/<int:testimonial_id>"


class AskSatisfaction(Body):
    """The question; without a text in the words of the template."""

    text: Text | None = None
    seen_post_id: Id
    override_reason: Words = ""


class PraiseQuery(Query):
    """Which page of praise is listed."""

    after: Annotated[str, Field(pattern=r"^[0-9]{1,17}\.[0-9]{1,18}$")] | None = None


class Consent(Body):
    """The post of the customer that says yes."""

    post_id: Id


class Promise(Thing):
    """A promised update that is owed."""

    conversation: Conversation
    due_at: datetime | None
    promised_by: Ref | None


class ToAsk(Thing):
    """A case whose customer may be asked; `seen_post_id` goes with the question."""

    conversation: Conversation
    seen_post_id: int


class Score(Thing):
    """How satisfied a customer was, from 1 to 5."""

    id: int
    conversation_id: int
    score: int | None
    words: Covered
    by: str
    asked_at: datetime | None
    answered_at: datetime | None


class Unhappy(Thing):
    """A low score whose case is not resolved again."""

    conversation: Conversation
    score: Score


class FollowUps(Thing):
    """What is owed to customers after the answer."""

    promises: list[Promise]
    to_ask: list[ToAsk]
    unhappy: list[Unhappy]


class SatisfactionLine(Thing):
    """The scores of a group; `low` and `high` are where the share of good ones lies (95 %)."""

    key: str
    answers: int
    mean: float
    share: float
    low: float
    high: float


class SatisfactionReport(Thing):
    """How satisfied customers were; `replied` of those who were `asked` then have answered."""

    asked: int
    replied: int
    total: SatisfactionLine | None
    scores: dict[int, int]
    groups: dict[str, list[SatisfactionLine]]
    weeks: list[SatisfactionLine]


class Testimonial(Thing):
    """Whether a praise may be shown; `state` is asked, granted, declined or withdrawn."""

    id: int
    conversation_id: int
    post_id: int
    state: str
    asked_at: datetime
    decided_at: datetime | None
    consent_post_id: int | None


class Praise(Thing):
    """A case of praise, and what was asked; `answers` are posts that may hold the permission."""

    conversation: Conversation
    testimonial: Testimonial | None
    answers: list[int]


class PraisePage(Thing):
    """A page of praise, newest first; `next` leads to the next one, as `after`."""

    items: list[Praise]
    next: str | None


class Shown(Thing):
    """What may be shown, with the proof of the permission, column by column."""

    items: list[dict[str, Any]]


@bp.get("/follow-ups")
@bp.output(FollowUps)
def index() -> FollowUps:
    """List promised updates, whom to ask whether they are satisfied, and the unhappy."""
    with services().database.read() as db:
        return FollowUps(
            promises=[
                Promise(
                    conversation=Conversation.model_validate(one.case),
                    due_at=one.clock.due_at,
                    promised_by=Ref.model_validate(one.promised_by) if one.promised_by else None,
                )
                for one in rating_lists.promises(db)
            ],
            to_ask=[
                ToAsk(
                    conversation=Conversation.model_validate(one.case),
                    seen_post_id=one.seen_post_id,
                )
                for one in rating_lists.to_ask(db)
            ],
            unhappy=[
                Unhappy(
                    conversation=Conversation.model_validate(case),
                    score=Score.model_validate(row),
                )
                for row, case in rating_lists.unhappy(db)
            ],
        )


@bp.post(CASE + "/satisfaction-question")
@bp.input(KeyHeader, location="headers", arg_name="head")
@bp.input(AskSatisfaction, arg_name="body")
@bp.output(Reply, status_code=202)
def ask(conversation_id: int, head: KeyHeader, body: AskSatisfaction) -> Reply:
    """Ask the customer whether they are satisfied, by the channel they used.

    The same `Idempotency-Key` again gives the same answer and asks nothing twice.
    """
    queued = satisfaction.ask(
        services(),
        conversation_id,
        me().id,
        text=body.text,
        seen_post_id=body.seen_post_id,
        idempotency_key=own_key(head.idempotency_key),
        override_reason=body.override_reason,
    )
    tasks().work_on_reply(queued.id, queued.send_after)
    with services().database.read() as db:
        return Reply.model_validate(reply_by_id(db, queued.id))


@bp.get("/reports/satisfaction")
@bp.input(ReportQuery, location="query", arg_name="query")
@bp.output(SatisfactionReport)
def report(query: ReportQuery) -> SatisfactionReport:
    """Report on the scores that came in the last days."""
    with services().database.read() as db:
        found = rating_report.read_report(db, query.days)
    return SatisfactionReport(
        asked=found.asked,
        replied=found.replied,
        total=_line(found.total) if found.total else None,
        scores=dict(found.scores),
        groups={name: [_line(one) for one in lines] for name, lines in found.groups.items()},
        weeks=[_line(one) for one in found.weeks],
    )


@bp.get("/praise")
@bp.input(PraiseQuery, location="query", arg_name="query")
@bp.output(PraisePage)
def praises(query: PraiseQuery) -> PraisePage:
    """List cases of praise, with what was asked and answered."""
    wanted = Filter(state=ANY, label=praise.LABEL)
    with services().database.read() as db:
        page = search.list_conversations(db, wanted, after=Cursor.read(query.after or ""))
        asked = praise.testimonials_of(db, [case.id for case in page.rows])
        items = []
        for case in page.rows:
            row = asked.get(case.id)
            waits = row is not None and row.state == "asked"
            items.append(
                Praise(
                    conversation=Conversation.model_validate(case),
                    testimonial=Testimonial.model_validate(row) if row else None,
                    answers=[post.id for post, _yes in praise.possible_answers(db, row)]
                    if row is not None and waits
                    else [],
                )
            )
    return PraisePage(items=items, next=str(page.after) if page.after else None)


@bp.post(_ONE + "/grant")
@bp.input(Consent, arg_name="body")
@bp.output({}, status_code=204)
def grant(testimonial_id: int, body: Consent) -> Response:
    """Record that the customer agreed, and by which post of theirs."""
    return _decide(lambda db: praise.grant(db, testimonial_id, me().id, body.post_id))


@bp.post(_ONE + "/decline")
@bp.output({}, status_code=204)
def decline(testimonial_id: int) -> Response:
    """Record that the customer said no, or nothing."""
    return _decide(lambda db: praise.decline(db, testimonial_id, me().id))


@bp.post(_ONE + "/withdraw")
@bp.output({}, status_code=204)
def withdraw(testimonial_id: int) -> Response:
    """Take a permission back because the customer did; it is exported no more."""
    return _decide(lambda db: praise.withdraw(db, testimonial_id, me().id))


@bp.get("/testimonials")
@bp.output(Shown)
def export() -> Shown:
    """Give what may be shown, with the proof of the permission, oldest permission first."""
    with services().database.read() as db:
        return Shown(items=list(praise.permitted(db)))


def _line(one: rating_report.Line) -> SatisfactionLine:
    names = set(SatisfactionLine.model_fields) - {"key"}
    key = "" if one.key is None else str(one.key)
    return SatisfactionLine(key=key, **{name: getattr(one, name) for name in names})


def _decide(decide: Callable[[Session], None]) -> Response:
    with services().database.write() as db:
        decide(db)
    return nothing()

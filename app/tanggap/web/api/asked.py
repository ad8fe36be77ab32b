"""What the API is asked: bodies and query strings, strictly typed, nothing beside what is known."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, le=10**18 - 1)]
"""A number that every database can hold."""

Text = Annotated[str, Field(max_length=20_000)]
Words = Annotated[str, Field(max_length=500)]
Visibility = Literal["public", "private"]
Leg = Literal["public", "private", "email"]
Purpose = Literal["", "invitation", "acknowledgement", "update", "satisfaction", "permission"]


class Body(BaseModel):
    """A body; a value of another type is refused, not converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """A query string, all of which is text at first."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(Query):
    """Which conversations are listed: the filters of the inbox."""

    state: Literal["open", "waiting", "snoozed", "resolved", "not_ours", "any"] | None = None
    label: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    channel: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    language: Literal["id", "en", "mixed", "other"] | None = None
    team: Annotated[str, Field(pattern=r"^(mine|[1-9][0-9]{0,17})$")] | None = None
    assignee: Annotated[str, Field(pattern=r"^(mine|unassigned|[1-9][0-9]{0,17})$")] | None = None
    priority: Literal["urgent", "high", "normal", "low"] | None = None
    due: Literal["broken", "1h", "4h", "1d", "all"] | None = None
    handover: Literal["public", "invited", "private", "owed", "closed"] | None = None
    tag: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    unread: Literal["1"] | None = None
    q: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    after: Annotated[str, Field(pattern=r"^[0-9]{1,17}\.[0-9]{1,18}$")] | None = None


class CaseQuery(Query):
    """Which posts of a conversation are given."""

    before: Annotated[str, Field(pattern=r"^[0-9]{1,17}\.[0-9]{1,18}$")] | None = None


class WayQuery(Query):
    """Which way of answering is meant."""

    visibility: Visibility = "public"


class AlertQuery(Query):
    """Which alerts are listed."""

    closed: Literal["1"] | None = None
    after: Id | None = None


class ReportQuery(Query):
    """How far back a report goes."""

    days: Annotated[int, Field(ge=1, le=366)] = 7


class AuditQuery(Query):
    """Which entries of the audit log are listed; times are UTC, `until` excluded."""

    user: Id | None = None
    type: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    object: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    action: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: Id | None = None


class Change(Body):
    """A change of a conversation as it was at `revision`."""

    revision: Id


class Assignment(Change):
    """Who has a conversation; what is left out stays, null means nobody."""

    team_id: Id | None = None
    assignee_id: Id | None = None


class StateChange(Change):
    """The state a conversation goes into."""

    state: Literal["open", "waiting", "resolved", "not_ours"]


class PriorityChange(Change):
    """How urgent a conversation is."""

    priority: Literal["urgent", "high", "normal", "low"]


class Sleep(Change):
    """Until when a conversation sleeps; null means until the customer writes."""

    until: Annotated[datetime, Field(strict=False)] | None = None
    words: Words = ""


class TagChange(Body):
    """Tags that are added and removed."""

    add: Annotated[list[Words], Field(max_length=20)] = []
    remove: Annotated[list[Words], Field(max_length=20)] = []


class Said(Body):
    """What a person says a post is."""

    label: Annotated[str, Field(min_length=1, max_length=64)]


class Corrected(Said):
    """What a person says a post is, and why."""

    reason: Words = ""


class TaskQuery(Query):
    """Behind which place of the list the next post is looked for."""

    after: Id | None = None


class NewNote(Body):
    """A note to colleagues."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class Meant(Body):
    """What an answer is for, as a step gives it, and by when the customer hears from us."""

    purpose: Purpose = ""
    promised_until: Annotated[datetime, Field(strict=False)] | None = None


class NewDraft(Meant):
    """What was typed so far; `base` names the draft it goes on from."""

    text: Text
    visibility: Leg | None = None
    base: Annotated[str, Field(max_length=16)] | None = None
    seen_post_id: Id | None = None


class Typed(Body):
    """A text to be checked."""

    text: Text
    visibility: Leg = "public"


class NewReply(Meant):
    """An answer; `seen_post_id` is the newest post that its writer has read.

    A customer who asked not to be contacted is written to with an `override_reason` alone.
    """

    text: Text
    visibility: Leg | None = None
    seen_post_id: Id
    override_reason: Annotated[str, Field(max_length=500)] = ""
    attachment_ids: Annotated[list[Id], Field(max_length=20)] = []


class Trial(Body):
    """On how many of the newest posts a rule is tried."""

    posts: Annotated[int, Field(ge=1, le=5_000)] = 1_000


class NewRule(Trial):
    """A rule that is not in force, as YAML."""

    definition: Annotated[str, Field(min_length=1, max_length=50_000)]


class KeyHeader(BaseModel):
    """The name a program gives an answer, so that sending it again sends nothing twice."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[!-~]+$")]

"""Reports and the audit log, for programs."""

from __future__ import annotations

from datetime import UTC, datetime

from tanggap.inbox.clocks import sla_report
from tanggap.inbox.people import audit_log
from tanggap.inbox.search import counters
from tanggap.store.users import list_teams
from tanggap.web.api import pages
from tanggap.web.api.asked import AuditQuery, ReportQuery
from tanggap.web.api.routing import blueprint
from tanggap.web.context import me, services

bp = blueprint("reports", "Reports")


@bp.get("/reports/counts")
@bp.output(pages.Counts)
def counts() -> pages.Counts:
    """Count the views of the inbox, each up to 10,000."""
    with services().database.read() as db:
        ids = [team.id for team in list_teams(db)]
        found = counters.count_views(db, me().id, ids, my_team_ids=me().team_ids)
    return pages.Counts.model_validate(found)


@bp.get("/reports/first-answers")
@bp.input(ReportQuery, location="query", arg_name="query")
@bp.output(pages.FirstAnswerReport)
def first_answers(query: ReportQuery) -> pages.FirstAnswerReport:
    """Report on first answers against an hour, a day and their targets, channel by channel."""
    with services().database.read() as db:
        lines = sla_report.read_report(db, query.days)
    items = [pages.FirstAnswers.model_validate(line) for line in lines]
    return pages.FirstAnswerReport(days=query.days, items=items)


@bp.get("/audit")
@bp.input(AuditQuery, location="query", arg_name="query")
@bp.output(pages.EntryPage)
def audit(query: AuditQuery) -> pages.EntryPage:
    """List who did what to which object, newest first."""
    wanted = audit_log.Wanted(
        user_id=query.user,
        object_type=query.type or "",
        object_id=query.object or "",
        action=query.action or "",
        since=_utc(query.since),
        until=_utc(query.until),
    )
    with services().database.read() as db:
        page = audit_log.list_entries(db, wanted, query.before)
    items = [
        pages.Entry(
            id=line.entry.id,
            at=line.entry.at,
            user_id=line.entry.user_id,
            user=line.name,
            action=line.entry.action,
            object_type=line.entry.object_type,
            object_id=line.entry.object_id,
            detail=line.entry.detail,
        )
        for line in page.lines
    ]
    return pages.EntryPage(items=items, next=page.before)


def _utc(moment: datetime | None) -> datetime | None:
    """Read a time without a zone as UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment

"""The audit log: newest first, filtered, with what changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import Flask

from factories import make_user
from tanggap.inbox.people import staff_admin
from tanggap.inbox.people.audit_log import PAGE_SIZE
from tanggap.inbox.people.staff_admin import Work
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.audit import AuditEntry
from tanggap.store.staff import Staff
from tanggap.store.users import ADMIN, COMPLIANCE
from visitors import Visitor


def actions(page: str) -> list[str]:
    return re.findall(r"<code>([\w.]+)</code>", page)


def test_change_is_shown_with_both_values(app: Flask, services: Services) -> None:
    reader = Visitor(app).sign_in(services, COMPLIANCE)
    with services.database.write() as session:
        boss, ayu = make_user(session, "Bos"), make_user(session, "Ayu")
        staff_admin.set_work(session, ayu.id, Work(capacity=7), by_user_id=boss.id)
    page = reader.get("/admin/audit").text
    assert "Bos" in page
    assert re.search(r"<dt>capacity</dt><dd[^>]*><del>0</del> → <ins>7</ins>", page)
    assert "<dt>zone</dt>" not in page


def test_filters_narrow_the_log(app: Flask, services: Services) -> None:
    admin = Visitor(app).sign_in(services, ADMIN)
    with services.database.write() as session:
        ayu = make_user(session, "Ayu").id
        audit.record(session, "team.changed", "team", 3, user_id=ayu)
        audit.record(session, "user.created", "user", ayu)
        audit.record(
            session, "conversation.assigned", "conversation", 4, detail={"reason": "named"}
        )
    assert actions(admin.get(f"/admin/audit?person={ayu}").text) == ["team.changed"]
    assert actions(admin.get("/admin/audit?type=user").text) == ["user.created"]
    assert actions(admin.get("/admin/audit?action=team.changed&object=3").text) == ["team.changed"]
    assert actions(admin.get("/admin/audit?until=2020-01-01").text) == []
    assert len(actions(admin.get("/admin/audit?since=2020-01-01&until=never").text)) == 3
    assert "a rule names them" in admin.get("/admin/audit?type=conversation").text


def test_days_are_those_of_the_reader_as_the_times_are(app: Flask, services: Services) -> None:
    reader = Visitor(app).sign_in(services, COMPLIANCE)
    with services.database.write() as session:
        session.add(Staff(user_id=reader.user_id, zone="Asia/Jayapura"))
        for action, hour in (("team.early", 14), ("team.late", 15)):
            at = datetime(2026, 3, 1, hour, tzinfo=UTC)
            session.add(AuditEntry(action=action, object_type="team", object_id="1", at=at))
    assert actions(reader.get("/admin/audit?since=2026-03-02").text) == ["team.late"]
    assert actions(reader.get("/admin/audit?until=2026-03-01&type=team").text) == ["team.early"]


def test_a_day_at_the_end_of_the_calendar_is_no_error(app: Flask, services: Services) -> None:
    reader = Visitor(app).sign_in(services, COMPLIANCE)
    assert reader.get("/admin/audit?since=0001-01-01&until=9999-12-31").status_code == 200


def test_log_goes_on_page_by_page(app: Flask, services: Services) -> None:
    admin = Visitor(app).sign_in(services, ADMIN)
    with services.database.write() as session:
        for number in range(PAGE_SIZE + 3):
            audit.record(session, "team.changed", "team", number)
    first = admin.get("/admin/audit?type=team").text
    older = re.search(r'href="(/admin/audit\?[^"]+)" rel="next"', first)
    assert older is not None
    second = admin.get(older[1].replace("&amp;", "&")).text
    assert (len(actions(first)), len(actions(second))) == (PAGE_SIZE, 3)


def test_moments_are_written_in_the_reader_s_time_zone(app: Flask, services: Services) -> None:
    reader = Visitor(app).sign_in(services, ADMIN)
    at = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
    with services.database.write() as session:
        session.add(Staff(user_id=reader.user_id, zone="Asia/Jayapura"))
        session.add(AuditEntry(action="x", object_type="y", object_id="1", at=at))
    assert "23 November 2026 05:05 WIT<" in reader.get("/admin/audit").text

"""Answers that can be called off, beside a worker that is killed while they wait."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from factories import make_account, make_app, make_conversation, make_post, make_user
from killing import Workers
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.sending.undo import TooLateError, undo
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.replies import SENT, UNDONE, ReplyRow

CASES = 12


@pytest.mark.slow
def test_killed_worker_sends_waiting_answers_once_and_undone_ones_never(
    shared: Services, workers: Workers, sent: Path
) -> None:
    windows = (60, 2)
    desks = [replace(shared, settings=replace(shared.settings, undo_seconds=w)) for w in windows]
    tasks = Tasks(shared, open_queue(shared.settings, shared.keys))
    workers.start()
    rows = [_answer(desks[number % 2], tasks, number) for number in range(CASES)]
    workers.kill()
    undone = set()
    for row in rows[::2]:
        undo(shared, row.id, row.user_id)
        undone.add(row.idempotency_key)
    workers.start()
    deadline = time.monotonic() + 60
    while _unfinished(shared) and time.monotonic() < deadline:
        time.sleep(0.1)
    workers.kill()
    assert sorted(sent.read_text().split()) == sorted(
        row.idempotency_key for row in rows if row.idempotency_key not in undone
    )
    with pytest.raises(TooLateError):
        undo(shared, rows[1].id, rows[1].user_id)


def _answer(services: Services, tasks: Tasks, number: int) -> ReplyRow:
    with services.database.write() as session:
        if number == 0:
            make_app(services, session)
        account = make_account(session, services, external_id=f"brand-{number}")
        case = make_conversation(session, account)
        seen = make_post(session, case, "internet mati").id
        user = make_user(session, initials=f"A{number}").id
    row = queue_reply(
        services,
        user_id=user,
        conversation_id=case.id,
        text="kami cek ya",
        visibility="public",
        seen_post_id=seen,
        idempotency_key=f"key-{number}",
    )
    tasks.work_on_reply(row.id, row.send_after)
    return row


def _unfinished(services: Services) -> int:
    with services.database.read() as session:
        done = ReplyRow.state.in_((SENT, UNDONE))
        return session.scalar(select(func.count()).where(~done)) or 0

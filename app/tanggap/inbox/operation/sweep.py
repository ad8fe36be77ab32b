"""Find unfinished work by the state of the rows, whatever became of the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import plugin_states, profiling, tokens
from tanggap.inbox.arrival import mail_polling, polling, read_meter, rechecking
from tanggap.inbox.cases import snooze
from tanggap.inbox.endpoints import endpoint_delivery
from tanggap.inbox.events import notifications
from tanggap.inbox.handover import call_back_lists
from tanggap.inbox.learning import similar
from tanggap.inbox.media import media_previews
from tanggap.inbox.operation import clock_sweep
from tanggap.inbox.privacy import privacy_export, retention, retention_rules
from tanggap.inbox.rulebook import action_runs, errand_runs, rule_timed
from tanggap.inbox.sending import approvals, moderation_work, outbox
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork import consultations, presence_signs
from tanggap.inbox.triage import rule_triggers
from tanggap.store.accounts import ConnectAttempt
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.deliveries import PENDING, Delivery
from tanggap.store.posts import TRIAGE_PENDING, EarlyEvent, Post

KEEP_CHANGES = timedelta(days=2)
KEEP_EARLY_EVENTS = timedelta(days=7)
KEEP_CONNECT_ATTEMPTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is to be enqueued."""

    deliveries: bool
    posts: bool
    events: bool
    reply_ids: list[int]
    moderation_ids: list[int]
    action_ids: list[int]
    poll_ids: list[int]
    refresh_ids: list[int]
    recheck_ids: list[int]
    profile_ids: list[int]
    mailbox_ids: list[int]
    retention: bool
    messages: bool
    similar: bool
    previews: bool


def find_unfinished(services: Services) -> Unfinished:
    """Look through the tables for work nobody is at."""
    plugin_states.sync(services)
    rule_timed.fire_timed(services)
    clock_sweep.sweep(services)
    now = utcnow()
    free = Post.triage_claimed_until.is_(None) | (Post.triage_claimed_until < now)
    with services.database.read() as session:
        deliveries = session.scalar(select(exists().where(Delivery.state == PENDING)))
        posts = session.scalar(select(exists().where(Post.triage == TRIAGE_PENDING, free)))
        events = rule_triggers.is_due(session) or errand_runs.is_due(session)
        messages = endpoint_delivery.is_due(session)
        previews = media_previews.is_due(session)
    return Unfinished(
        deliveries=bool(deliveries),
        posts=bool(posts),
        events=events,
        reply_ids=outbox.due_replies(services),
        action_ids=action_runs.due_runs(services),
        moderation_ids=moderation_work.due_moderations(services),
        poll_ids=polling.due_accounts(services),
        refresh_ids=tokens.due_accounts(services),
        recheck_ids=rechecking.due_accounts(services),
        profile_ids=profiling.due_accounts(services),
        mailbox_ids=mail_polling.due_mailboxes(services),
        retention=retention.is_due(services) or retention_rules.is_due(services),
        messages=messages,
        similar=similar.is_due(services),
        previews=previews,
    )


def tidy(session: Session) -> None:
    """Drop what has served its time."""
    now = utcnow()
    read_meter.forget_ids(session)
    notifications.forget_old(session)
    endpoint_delivery.forget_old(session)
    presence_signs.forget_old(session)
    privacy_export.forget_expired(session)
    rule_triggers.forget_old(session)
    snooze.wake_due(session)
    consultations.tell_due(session)
    call_back_lists.tell_due(session)
    approvals.supersede_stale(session)
    session.execute(delete(Change).where(Change.at < now - KEEP_CHANGES))
    session.execute(delete(EarlyEvent).where(EarlyEvent.received_at < now - KEEP_EARLY_EVENTS))
    session.execute(
        delete(ConnectAttempt).where(ConnectAttempt.created_at < now - KEEP_CONNECT_ATTEMPTS)
    )

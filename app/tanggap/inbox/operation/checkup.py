"""What `tanggap doctor` looks at: each finding says what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from tanggap.errors import TanggapError
from tanggap.inbox.arrival import dead_letters
from tanggap.inbox.operation import checkup_mail, checkup_plugins, health
from tanggap.inbox.operation.findings import Finding, Level
from tanggap.inbox.rulebook.rule_review import review_rules
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.base import utcnow
from tanggap.store.data_folder import readable_by_others
from tanggap.store.deliveries import PENDING, Delivery
from tanggap.store.endpoints import Endpoint
from tanggap.store.invitations import SecondFactor
from tanggap.store.mails import Mailbox
from tanggap.store.models import candidate_model
from tanggap.store.posts import TRIAGE_PENDING, Post
from tanggap.store.replies import QUEUED, SENDING, UNKNOWN, ReplyRow
from tanggap.store.sign_on import SignOnProvider
from tanggap.store.users import ADMIN, User

STALE = timedelta(minutes=5)
ENOUGH_DISK = 1024**3
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PROBE = "makasih min, cepat banget responnya"
_SEALED: Mapping[str, InstrumentedAttribute[Any]] = {
    "developer apps": ChannelApp.sealed_secrets,
    "accounts": Account.sealed_token,
    "second factors": SecondFactor.sealed_secret,
    "single sign-ons": SignOnProvider.sealed_secret,
    "outgoing webhooks": Endpoint.sealed_secrets,
    "mailboxes": Mailbox.sealed,
}
_REINSTALL = "set TANGGAP_MODEL_DIR or reinstall"


def examine(services: Services, ping_queue: Callable[[], object]) -> Iterator[Finding]:
    """Look at everything, the cheap and fundamental things first."""
    database = health.database_part(services)
    yield _of_part(database, f"it is {services.database.engine.dialect.name}, up to date")
    yield _of_part(health.queue_part(ping_queue), "it answers")
    yield _model(services)
    yield from checkup_plugins.plugins(services)
    if database.ok:
        with services.database.read() as session:
            yield _credentials(services, session)
            yield _people(session)
            yield from _rules(services, session)
            yield from _candidate(session)
            yield from checkup_plugins.troubles(session)
            yield from checkup_plugins.retention_kept(services, session)
            yield from checkup_plugins.accounts(services, session)
            yield from checkup_mail.mailboxes(session)
            yield from checkup_plugins.erased_people(session)
            yield from _work(session)
    yield from _addresses(services)
    yield _data_folder(services)
    yield _disk(services)


def _of_part(part: health.Part, good: str) -> Finding:
    if part.ok:
        return Finding(part.name, "ok", good)
    fix = "see TANGGAP_DATABASE_URL" if part.name == "database" else "see TANGGAP_REDIS_URL"
    return Finding(part.name, "problem", part.reason, "" if "`" in part.reason else fix)


def _model(services: Services) -> Finding:
    part = health.model_part(services)
    if not part.ok:
        mend = "`tanggap models rollback`, or restore its folder" if part.version else _REINSTALL
        return Finding("model", "problem", part.reason, mend)
    try:
        verdict = services.classifier.classify([_PROBE])[0]
    except (TanggapError, SQLAlchemyError) as error:
        return Finding("model", "problem", str(error), _REINSTALL)
    said = f"{verdict.label} ({verdict.confidence:.0%}), {verdict.language}"
    return Finding("model", "ok", f"version {verdict.model_version}; it calls “{_PROBE}” {said}")


def _credentials(services: Services, session: Session) -> Finding:
    shut: list[str] = []
    why = ""
    for what, column in _SEALED.items():
        failed = 0
        for sealed in session.scalars(select(column).where(column.is_not(None))):
            try:
                services.vault.open(sealed)
            except TanggapError as error:
                why, failed = str(error), failed + 1
        if failed:
            shut.append(f"{failed} of the {what}")
    if shut:
        fix = "restore the key from your backup"
        return Finding("credentials", "problem", f"{', '.join(shut)}: {why}", fix)
    return Finding("credentials", "ok", "all stored credentials can be opened")


def _rules(services: Services, session: Session) -> Iterator[Finding]:
    found = review_rules(services, session)
    for remark in found:
        place = f"{remark.field}: " if remark.field else ""
        fix = remark.fix or "change the rule, or switch it off"
        level: Level = "problem" if remark.level == "error" else "warning"
        yield Finding(f"rule {remark.rule}", level, f"{place}{remark.problem}", fix)
    if not found:
        good = "each can match, and names labels, teams, people, lists and templates that exist"
        yield Finding("rules", "ok", good)


def _candidate(session: Session) -> Iterator[Finding]:
    model = candidate_model(session)
    if model is not None and model.shadow_error:
        name = f"candidate {model.version}"
        detail = f"{model.shadow_failed} posts failed beside the active model: {model.shadow_error}"
        yield Finding(name, "warning", detail, "`tanggap models shadow off`, or mend its folder")


def _people(session: Session) -> Finding:
    admins = session.scalar(
        select(func.count()).where(User.role == ADMIN, User.active).select_from(User)
    )
    if admins:
        return Finding("people", "ok", f"{admins} active admin(s)")
    fix = "tanggap user add EMAIL --role admin"
    return Finding("people", "problem", "nobody can administer the inbox", fix)


def _work(session: Session) -> Iterator[Finding]:
    dead = dead_letters.count_dead(session)
    if dead:
        fix = "read their errors on the dead-letter page, then `tanggap dead-letters replay`"
        yield Finding("dead letters", "warning", f"{dead} deliveries were not understood", fix)
    before = utcnow() - STALE
    late = {
        "deliveries": select(func.count())
        .select_from(Delivery)
        .where(Delivery.state == PENDING, Delivery.received_at < before),
        "posts to label": select(func.count())
        .select_from(Post)
        .where(Post.triage == TRIAGE_PENDING, Post.received_at < before),
        "replies to send": select(func.count())
        .select_from(ReplyRow)
        .where(ReplyRow.state.in_((QUEUED, SENDING)), ReplyRow.next_try_at < before),
    }
    waiting = {what: session.scalar(query) or 0 for what, query in late.items()}
    overdue = ", ".join(f"{count} {what}" for what, count in waiting.items() if count)
    if overdue:
        detail = f"waiting for more than {STALE.seconds // 60} minutes: {overdue}"
        yield Finding("worker", "problem", detail, "start it (`tanggap worker`) or read its log")
    else:
        yield Finding("worker", "ok", "no work is overdue")
    unknown = session.scalar(
        select(func.count()).select_from(ReplyRow).where(ReplyRow.state == UNKNOWN)
    )
    if unknown:
        fix = "look on the platform, then decide in the conversation"
        yield Finding("replies", "warning", f"{unknown} may or may not have arrived", fix)


def _addresses(services: Services) -> Iterator[Finding]:
    url = urlsplit(services.settings.public_url)
    if url.hostname in _LOOPBACK:
        detail = f"{services.settings.public_url} is reachable from this machine alone"
        fix = "set TANGGAP_PUBLIC_URL to the https address that platforms call"
        yield Finding("public address", "warning", detail, fix)
    elif url.scheme != "https":
        detail = f"{services.settings.public_url} is not encrypted; platforms refuse to call it"
        yield Finding("public address", "problem", detail, "put a TLS proxy in front")
    elif not services.settings.secure_cookies:
        fix = "set TANGGAP_SECURE_COOKIES=1"
        yield Finding("public address", "warning", "cookies also travel without TLS", fix)
    else:
        yield Finding("public address", "ok", services.settings.public_url)


def _data_folder(services: Services) -> Finding:
    folder = services.settings.data_dir
    bared = readable_by_others(folder)
    if bared:
        detail = f"every user of this machine can read {', '.join(bared)} in {folder}"
        return Finding("data folder", "warning", detail, f"chmod 700 {folder.absolute()}")
    return Finding("data folder", "ok", "nobody else can read what is in it")


def _disk(services: Services) -> Finding:
    folder = services.settings.data_dir
    usage = shutil.disk_usage(folder if folder.exists() else ".")
    free = f"{usage.free / 1024**3:.1f} GiB free in {folder}"
    if usage.free < ENOUGH_DISK:
        return Finding("disk", "problem", free, "make room before the database fills the disk")
    return Finding("disk", "ok", free)

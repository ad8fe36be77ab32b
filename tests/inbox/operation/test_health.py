"""Probes, the banner and the doctor say what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from factories import make_account, make_app, make_conversation, make_post, make_user
from fakes import signed
from tanggap.inbox.arrival.accept import accept
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.bundles import bundle_folder
from tanggap.inbox.operation import health
from tanggap.inbox.operation.checkup import Finding, examine
from tanggap.inbox.services import Services
from tanggap.sdk.types import Token
from tanggap.settings import Settings
from tanggap.store.accounts import DISCONNECTED, NEEDS_RECONNECT
from tanggap.store.base import utcnow
from tanggap.store.db import Database
from tanggap.store.endpoints import Endpoint
from tanggap.store.invitations import SecondFactor
from tanggap.store.mails import Mailbox
from tanggap.store.posts import TRIAGE_PENDING
from tanggap.store.secrets import Keys, Vault
from tanggap.store.sign_on import SignOnProvider
from tanggap.store.users import ADMIN


def troubles(services: Services) -> list[tuple[str, bool]]:
    with services.database.read() as session:
        return [(one.cause, one.urgent) for one in health.troubles(services, session)]


def findings(services: Services) -> dict[str, Finding]:
    return {one.name: one for one in examine(services, lambda: 0)}


def broken_queue() -> None:
    raise ConnectionError("connection refused\nmore lines")


def test_database_without_schema_is_not_ready(tmp_path: Path, services: Services) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    part = health.database_part(replace(services, database=empty))
    empty.close()
    assert not part.ok
    assert "tanggap db upgrade" in part.reason


def test_database_that_does_not_answer_is_not_ready(tmp_path: Path, services: Services) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    assert not health.database_part(replace(services, database=gone)).ok


def test_queue_that_does_not_answer_is_named_in_one_line() -> None:
    part = health.queue_part(broken_queue)
    assert (part.ok, part.reason) == (False, "it does not answer: connection refused")


def test_damaged_model_is_not_ready_and_mended_one_is(tmp_path: Path, services: Services) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundle_folder(Settings()), folder)
    settings = replace(services.settings, model_dir=str(folder))
    opened = replace(services, settings=settings)
    assert health.model_part(opened).ok
    whole = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").write_bytes(whole[:-1])
    assert "tokenizer.json" in health.model_part(opened).reason
    (folder / "tokenizer.json").write_bytes(whole)
    assert health.model_part(opened).ok


def test_account_that_lost_its_token_is_in_trouble(services: Services) -> None:
    with services.database.write() as session:
        make_account(session, services, state=NEEDS_RECONNECT, state_cause="revoked")
        make_account(session, services, external_id="left", state=DISCONNECTED)
        make_account(session, services, external_id="fine")
    assert troubles(services) == [("revoked", True)]


def test_account_whose_plugin_is_gone_is_in_trouble_and_imported_posts_are_not(
    services: Services,
) -> None:
    with services.database.write() as session:
        make_account(session, services, state=NEEDS_RECONNECT, state_cause="revoked")
        make_account(session, services, external_id="left", state=DISCONNECTED)
        make_account(session, services, "import", external_id="old")
    del services.registry.channels["fake"]
    assert troubles(services) == [("no_plugin", True)]
    names = [name for name in findings(services) if name.startswith("account ")]
    assert names == ["account Contoh Peduli (fake)"]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=30), []),
        (timedelta(days=6), [("expires", False)]),
        (timedelta(hours=20), [("expires", True)]),
        (timedelta(hours=-1), [("expires", True)]),
    ],
)
def test_token_that_cannot_be_renewed_is_announced_before_it_ends(
    services: Services, left: timedelta, expected: list[tuple[str, bool]]
) -> None:
    with services.database.write() as session:
        make_account(session, services, token_expires_at=utcnow() + left)
    assert troubles(services) == expected


def test_token_that_is_renewed_by_itself_is_not_announced(services: Services) -> None:
    loaded = services.registry.channels["fake"]
    assert loaded.channel.oauth is not None
    oauth = replace(loaded.channel.oauth, refresh=lambda _account, _http: Token("new"))
    channel = replace(loaded.channel, oauth=oauth)
    services.registry.channels["fake"] = replace(loaded, channel=channel)
    with services.database.write() as session:
        row = make_account(session, services, token_expires_at=utcnow() + timedelta(hours=1))
    assert troubles(services) == []
    with services.database.write() as session:
        session.add(row)
        row.sealed_token = services.vault.seal({"access_token": "token", "refresh_token": None})
    assert [cause for cause, *_ in troubles(services)] == ["expires"]


def test_doctor_finds_nothing_wrong_with_a_sound_installation(services: Services) -> None:
    settings = replace(services.settings, public_url="https://care.example", secure_cookies=True)
    with services.database.write() as session:
        make_user(session, role=ADMIN)
        make_app(services, session)
        make_account(session, services)
    found = findings(replace(services, settings=settings))
    assert {one.level for one in found.values()} == {"ok"}, found


def test_doctor_names_every_fault_with_its_mend(services: Services) -> None:
    services.registry.broken["tanggap-acme"] = "ImportError: no module named acme"
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(
            session, services, state=NEEDS_RECONNECT, state_cause="expired", state_reason="190"
        )
        late = utcnow() - timedelta(hours=1)
        conversation = make_conversation(session, account)
        make_post(session, conversation, triage=TRIAGE_PENDING, received_at=late)
    accept(services, "fake", signed(b"not JSON"))
    receive_pending(services)
    found = findings(services)
    for name, level, fix in (
        ("plugin tanggap-acme", "problem", "install"),
        ("people", "problem", "tanggap user add"),
        ("account Contoh Peduli (fake)", "problem", "reconnect"),
        ("dead letters", "warning", "dead-letters replay"),
        ("worker", "problem", "tanggap worker"),
        ("public address", "warning", "TANGGAP_PUBLIC_URL"),
    ):
        assert (found[name].level, fix in found[name].fix) == (level, True), found[name]
    assert "1 posts to label" in found["worker"].detail


def test_doctor_stays_calm_when_the_database_is_away(tmp_path: Path, services: Services) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no' / 'folder.db'}")
    found = findings(replace(services, database=gone))
    assert found["database"].level == "problem"
    assert "people" not in found


SERVERS = {
    "smtp_host": "smtp.example",
    "smtp_port": 587,
    "smtp_security": "starttls",
    "imap_host": "imap.example",
    "imap_port": 993,
    "imap_security": "tls",
}
SEALED: dict[str, Callable[[Services, Session, bytes], object]] = {
    "accounts": lambda services, session, _: make_account(session, services),
    "developer apps": lambda services, session, _: make_app(services, session),
    "second factors": lambda _, session, sealed: session.add(
        SecondFactor(user_id=make_user(session).id, sealed_secret=sealed)
    ),
    "single sign-ons": lambda _, session, sealed: session.add(
        SignOnProvider(id=1, issuer="https://id.example", client_id="c", sealed_secret=sealed)
    ),
    "outgoing webhooks": lambda _, session, sealed: session.add(
        Endpoint(name="crm", url="https://crm.example", sealed_secrets=sealed)
    ),
    "mailboxes": lambda _, session, sealed: session.add(
        Mailbox(address="care@company.example", sealed=sealed, **SERVERS)
    ),
}


@pytest.mark.parametrize("kind", SEALED)
def test_doctor_names_credentials_that_no_key_opens(services: Services, kind: str) -> None:
    with services.database.write() as session:
        SEALED[kind](services, session, services.vault.seal({"secret": "x"}))
    assert findings(services)["credentials"].level == "ok"
    other = Vault(Keys("x", ("zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGw=",)))
    found = findings(replace(services, vault=other))
    assert found["credentials"].level == "problem"
    assert found["credentials"].detail.startswith(f"1 of the {kind}: stored credentials cannot")
    assert "backup" in found["credentials"].fix


def test_doctor_names_what_everybody_can_read(services: Services) -> None:
    folder = services.settings.data_dir
    folder.mkdir(exist_ok=True)
    (folder / "tanggap.db").touch()
    folder.chmod(0o755)
    (folder / "tanggap.db").chmod(0o644)
    found = findings(services)["data folder"]
    assert (found.level, "tanggap.db" in found.detail) == ("warning", True)
    assert found.fix.startswith("chmod 700")
    folder.chmod(0o700)
    assert findings(services)["data folder"].level == "ok"

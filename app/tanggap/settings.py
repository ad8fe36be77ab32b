"""Every setting of Tanggap in one table, read from `TANGGAP_*` environment variables."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from tanggap.errors import SettingsError

PREFIX = "TANGGAP_"
TEST_PREFIX = "TANGGAP_TEST_"
UNDO_SHORTEST = 5
UNDO_LONGEST = 15
_MOST_PROCESSES = 4
_RATE = re.compile(r"[1-9]\d*\s*(/|per)\s*([1-9]\d*\s*)?(second|minute|hour|day|month|year)s?")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def _flag(value: str) -> bool:
    if value.strip().lower() not in _TRUE | _FALSE:
        raise ValueError("expected one of 1, 0, true, false, yes, no, on, off")
    return value.strip().lower() in _TRUE


def _at_least(least: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if number < least:
            raise ValueError(f"expected a whole number, {least} or more")
        return number

    return parse


def _undo_window(value: str) -> int:
    number = int(value)
    if number != 0 and not UNDO_SHORTEST <= number <= UNDO_LONGEST:
        raise ValueError(f"expected 0, or between {UNDO_SHORTEST} and {UNDO_LONGEST}")
    return number


def _names(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return value

    return parse


def _level(value: str) -> str:
    if value.upper() not in logging.getLevelNamesMapping():
        raise ValueError("expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
    return value


def _folder(value: str) -> Path:
    if not value.strip():
        raise ValueError("expected a folder")
    return Path(value)


def _redis(value: str) -> str:
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("expected an address such as redis://host:6379/0")
    return value


def _rate(value: str) -> str:
    # What cannot be read is logged and then not limited at all.
    if not all(_RATE.fullmatch(part.strip().lower()) for part in re.split("[,;|]", value)):
        raise ValueError('expected such as "10 per minute" or "10 per minute;60 per hour"')
    return value


_count = _at_least(0)
_positive = _at_least(1)


def _setting(default: Any, help_text: str, parse: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"help": help_text, "parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The values one process runs with."""

    data_dir: Path = _setting(
        Path("var"),
        "Folder for the embedded database, the job queue and generated secrets.",
        _folder,
    )
    database_url: str = _setting(
        "",
        "SQLAlchemy URL, such as postgresql+psycopg://user@host/tanggap; empty means SQLite in "
        "the data folder.",
    )
    redis_url: str = _setting(
        "",
        "Redis URL for jobs and rate limits; empty means a SQLite queue in the data folder.",
        _redis,
    )
    public_url: str = _setting(
        "http://127.0.0.1:8000", "Address at which browsers and platforms reach this server."
    )
    bind: str = _setting("127.0.0.1:8000", "Address and port the web server listens on.")
    web_workers: int = _setting(1, "Processes of the web server.", _positive)
    web_threads: int = _setting(16, "Threads of each web process.", _positive)
    worker_processes: int = _setting(
        0, "Processes of the worker; 0 means one a core, at most four, and one with SQLite.", _count
    )
    job_workers: int = _setting(4, "Threads of a process of the worker.", _positive)
    model_dir: str = _setting(
        "",
        "Folder of the model bundle that serves until another is activated; empty means the "
        "shipped one.",
    )
    models_dir: str = _setting(
        "", "Folder of activated bundles and candidates; empty means `models` in the data folder."
    )
    triage_workers: int = _setting(
        0, "Batches of posts labelled at the same time; 0 means one a core.", _count
    )
    model_threads: int = _setting(
        1, "Threads that label one batch; more only where fewer batches than cores run.", _positive
    )
    triage_batch: int = _setting(
        128, "Posts labelled and routed in one go where many wait.", _positive
    )
    triage_lease_seconds: int = _setting(
        60, "Seconds after which a batch whose worker died is triaged again.", _positive
    )
    undo_seconds: int = _setting(
        10,
        "Seconds, 5 to 15, in which an answer that was sent can be called off; 0 sends at once.",
        _undo_window,
    )
    urgent_grace_minutes: int = _setting(
        3, "Minutes after which an urgent case leaves somebody who is gone or away.", _count
    )
    shift_grace_minutes: int = _setting(
        30, "Minutes after a shift has ended until other cases leave whoever is gone.", _count
    )
    sweep_seconds: int = _setting(15, "Seconds between two sweeps for unfinished work.", _count)
    max_delivery_bytes: int = _setting(1_048_576, "Largest webhook body accepted.", _positive)
    encryption_key: str = _setting(
        "",
        "Fernet keys for stored credentials, newest first, separated by commas; empty means the "
        "generated one in the data folder.",
    )
    secret_key: str = _setting(
        "", "Key that signs sessions and jobs; empty means the generated one in the data folder."
    )
    default_language: str = _setting(
        "id", "Interface language before a person chooses: id or en.", _one_of("id", "en")
    )
    login_rate: str = _setting(
        "10 per minute;60 per hour", "Sign-in attempts allowed an address, of IPv6 a /64.", _rate
    )
    public_rate: str = _setting(
        "60 per minute;600 per hour",
        "Requests to pages for customers allowed an address, of IPv6 a /64.",
        _rate,
    )
    api_rate: str = _setting("600 per minute", "Requests to the API allowed a token.", _rate)
    api_token_days: int = _setting(365, "Longest time, in days, that an API token holds.", _count)
    endpoint_failures: int = _setting(
        20, "Failed tries in a row after which an outgoing webhook is paused.", _count
    )
    session_hours: int = _setting(12, "Hours after which a session ends.", _positive)
    second_factor_roles: tuple[str, ...] = _setting(
        (), "Roles whose people must have a second factor, such as admin,supervisor.", _names
    )
    secure_cookies: bool = _setting(
        False, "Send cookies over HTTPS only; switch on behind TLS.", _flag
    )
    trusted_proxies: int = _setting(
        0, "Reverse proxies whose X-Forwarded headers are believed.", _count
    )
    erased_authors: str = _setting(
        "pseudonym",
        "What becomes of new posts of people who were erased: pseudonym or drop.",
        _one_of("pseudonym", "drop"),
    )
    export_hours: int = _setting(
        48, "Hours for which the export of a person can be downloaded.", _count
    )
    backup_dir: str = _setting(
        "", "Folder of your backups, so that certificates of erasure list them; empty lists none."
    )
    backup_days: int = _setting(
        30,
        "Days that your backups of the database are kept; certificates of erasure say it.",
        _count,
    )
    private_hosts: tuple[str, ...] = _setting(
        (), "Hosts (name or name:port) on private addresses that plugins may call.", _names
    )
    http_timeout_seconds: int = _setting(15, "Longest wait for a platform's answer.", _positive)
    smtp_host: str = _setting(
        "", "Mail server for what rules and people are told by e-mail; empty sends none."
    )
    smtp_port: int = _setting(587, "Port of the mail server.", _positive)
    smtp_security: str = _setting(
        "starttls",
        "How the mail server is spoken to: starttls, tls or none.",
        _one_of("starttls", "tls", "none"),
    )
    smtp_user: str = _setting("", "Name to sign in to the mail server with; empty means without.")
    smtp_password: str = _setting("", "Password for the mail server.")
    smtp_from: str = _setting("tanggap@localhost", "Sender of e-mail.")
    safe_mode: bool = _setting(False, "Load first-party plugins alone.", _flag)
    log_format: str = _setting(
        "console", "Log lines for people (console) or machines (json).", _one_of("console", "json")
    )
    log_level: str = _setting("INFO", "Least severe level that is logged.", _level)

    @property
    def effective_database_url(self) -> str:
        """The database URL with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'tanggap.db'}"

    @property
    def effective_triage_workers(self) -> int:
        """How many batches are labelled at the same time."""
        return self.triage_workers or os.cpu_count() or 1

    @property
    def effective_worker_processes(self) -> int:
        """How many processes the worker has; SQLite lets one write at a time anyway."""
        own = 1 if self.embedded else min(os.cpu_count() or 1, _MOST_PROCESSES)
        return self.worker_processes or own

    @property
    def triage_threads(self) -> int:
        """How many batches each process of the worker labels at the same time."""
        return -(-self.effective_triage_workers // self.effective_worker_processes)

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded SQLite."""
        return self.effective_database_url.startswith("sqlite")


SECRET_SETTINGS = frozenset(
    {"encryption_key", "secret_key", "database_url", "redis_url", "smtp_password"}
)


def env_name(setting: Field[Any]) -> str:
    """Name the environment variable of a setting."""
    return PREFIX + setting.name.upper()


def default_text(setting: Field[Any]) -> str:
    """Write a setting's default as it would stand in the environment."""
    return "" if setting.default is MISSING else value_text(setting.default)


def value_text(value: object) -> str:
    """Write a setting's value as it would stand in the environment."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises `SettingsError` for a value that cannot be used and for a `TANGGAP_*` variable that
    is not a setting, since a misspelt name would otherwise be ignored in silence.
    """
    environ = os.environ if environ is None else environ
    known = {env_name(setting): setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    for name, raw in environ.items():
        if not name.startswith(PREFIX) or name.startswith(TEST_PREFIX):
            continue
        if name not in known:
            raise SettingsError(f"{name} is not a setting; `tanggap settings` lists them all")
        setting = known[name]
        try:
            values[setting.name] = setting.metadata["parse"](raw)
        except ValueError as error:
            shown = name if setting.name in SECRET_SETTINGS else f"{name}={raw!r}"
            raise SettingsError(f"{shown} cannot be used: {error}") from error
    return Settings(**values)

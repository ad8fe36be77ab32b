"""The commands do what they say, refuse with the way out, and exit with a code to rely on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

import tanggap
from tanggap.cli import COMMANDS, serve
from tanggap.inbox.people import people
from tanggap.settings import Settings
from tanggap.store.db import Database, open_database
from tanggap.store.deliveries import DEAD, PENDING, Delivery
from tanggap.store.users import User

Run = Callable[..., Result]


@pytest.fixture
def database(data_dir: Path, ready: Run) -> Iterator[Database]:
    opened = open_database(Settings(data_dir=data_dir))
    yield opened
    opened.close()


def generated(output: str) -> str:
    found = re.search(r"shown this once: (\S+)", output)
    assert found is not None, output
    return found[1]


def test_version_is_the_package_s(run: Run) -> None:
    assert tanggap.__version__ in run("--version").output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_unknown_command_is_refused(run: Run) -> None:
    assert run("sreve").exit_code == 2


def test_misspelt_variable_is_an_error_with_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_DATABSE_URL", "x")
    result = run("settings")
    assert result.exit_code == 1
    assert "TANGGAP_DATABSE_URL is not a setting" in result.output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TANGGAP_DATABASE_URL", "postgres://u:hush@h/d", "no database called 'postgres'"),
        ("TANGGAP_DATABASE_URL", "h/hush", "cannot be read as an address"),
        ("TANGGAP_SECOND_FACTOR_ROLES", "admin,boss", "'boss' is no role"),
    ],
)
def test_setting_that_cannot_be_is_an_error_with_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    result = run("serve")
    assert result.exit_code == 1
    assert f"Error: {name}" in result.output
    assert said in result.output
    assert "hush" not in result.output


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("user", "list"), ("db", "current")])
def test_database_that_is_away_is_one_line_and_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TANGGAP_DATABASE_URL", "postgresql+psycopg://u:hush@127.0.0.1:1/d")
    result = run(*command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: the database cannot be used: connection failed")
    assert "hush" not in result.output


def test_queue_that_cannot_be_opened_is_a_finding_of_the_doctor(ready: Run, data_dir: Path) -> None:
    (data_dir / "queue.db").unlink(missing_ok=True)
    (data_dir / "queue.db").mkdir()
    result = ready("doctor")
    assert "queue: it does not answer" in result.output


def test_settings_are_listed_with_secrets_masked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANGGAP_SECRET_KEY", "very-secret")
    monkeypatch.setenv("TANGGAP_DATABASE_URL", "postgresql://user:password@host/db")
    result = run("settings")
    assert "TANGGAP_SECRET_KEY" in result.output
    assert "very-secret" not in result.output
    assert "password@" not in result.output


def test_database_goes_up_and_down_and_says_where_it_is(run: Run) -> None:
    assert run("db", "current").exit_code == 1
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "current").exit_code == 0
    assert run("db", "downgrade", "base", "--yes").exit_code == 0
    assert run("db", "current").exit_code == 1


def test_downgrade_asks_first(ready: Run) -> None:
    assert ready("db", "downgrade", "base", stdin="n\n").exit_code == 1
    assert ready("db", "current").exit_code == 0


def test_downgrade_to_what_is_no_revision_is_one_line(ready: Run) -> None:
    result = ready("db", "downgrade", "nope", "--yes")
    assert result.output.startswith("Error: the database stays as it is")
    assert ready("db", "current").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [("serve",), ("worker",), ("user", "list"), ("dead-letters", "list"), ("clocks", "recompute")],
)
def test_command_on_an_old_database_says_how_to_upgrade_it(
    run: Run, arguments: tuple[str, ...]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert "tanggap db upgrade" in result.output


@pytest.mark.parametrize(
    ("command", "module"), [("serve", "gunicorn"), ("worker", "tanggap.worker")]
)
def test_server_takes_the_process_over_once_the_database_is_ready(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, module: str
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(serve.os, "execv", lambda _path, arguments: calls.append(arguments))
    assert run(command, "--migrate").exit_code == 0
    assert calls[0][1:3] == ["-m", module]
    for argument in calls[0][3:]:
        assert argument.startswith("--") or Path(argument).exists()


def test_worker_of_several_processes_leaves_the_process_to_what_watches_them(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(serve.os, "execv", lambda _path, arguments: calls.append(arguments))
    monkeypatch.setenv("TANGGAP_WORKER_PROCESSES", "2")
    assert run("worker", "--migrate").exit_code == 0
    assert calls[0][1:] == ["-m", "tanggap.cli.workers"]


def test_person_is_added_with_a_generated_password_that_works(
    ready: Run, database: Database
) -> None:
    result = ready("user", "add", "Ayu@Contoh.example", "--name", "Ayu Lestari", "--generate")
    assert result.exit_code == 0, result.output
    assert "^AL" in result.output
    with database.read() as session:
        password = generated(result.output)
        assert people.authenticate(session, "ayu@contoh.example", password) is not None
    assert "Ayu Lestari" in ready("user", "list").output


def test_password_is_read_from_standard_input_and_never_printed(
    ready: Run, database: Database
) -> None:
    ready("user", "add", "a@b.example", "--name", "A B", "--generate")
    result = ready("user", "password", "a@b.example", "--password-stdin", stdin="rahasia sekali\n")
    assert result.exit_code == 0
    assert "rahasia" not in result.output
    with database.read() as session:
        assert people.authenticate(session, "a@b.example", "rahasia sekali") is not None
        assert session.scalars(select(User.session_epoch)).one() == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("user", "add", "no address", "--name", "A", "--generate"), "not an e-mail address"),
        (("user", "add", "a@b.example", "--name", "A", "--password-stdin"), "between 10 and"),
        (("user", "password", "who@b.example", "--generate"), "nobody has the e-mail address"),
    ],
)
def test_person_that_cannot_be_is_refused_with_a_reason(
    ready: Run, arguments: tuple[str, ...], said: str
) -> None:
    result = ready(*arguments, stdin="short\n")
    assert result.exit_code == 1
    assert said in result.output


def test_doctor_counts_what_it_finds_and_exits_with_it(ready: Run) -> None:
    result = ready("doctor")
    assert result.exit_code == 1
    assert "nobody can administer the inbox" in result.output
    ready("user", "add", "a@b.example", "--name", "A B", "--role", "admin", "--generate")
    result = ready("doctor")
    assert result.exit_code == 0, result.output
    assert "0 problem(s)" in result.output


def test_doctor_of_an_empty_folder_is_a_diagnosis_and_no_traceback(run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "tanggap db upgrade" in result.output


def test_plugins_are_listed_with_what_they_can(run: Run) -> None:
    result = run("plugins")
    assert result.exit_code == 0, result.output
    assert "replying" in result.output
    assert "rules may call notify.post" in " ".join(result.output.split())


def dead_letter(database: Database) -> int:
    with database.write() as session:
        delivery = Delivery(
            channel="fake",
            body=b"{",
            body_hash=b"{".hex(),
            state=DEAD,
            error="[bold]body: expected JSON",
        )
        session.add(delivery)
        session.flush()
        return delivery.id


def test_clocks_are_told_again(ready: Run) -> None:
    assert "The clocks of 0 cases" in ready("clocks", "recompute").output
    assert ready("clocks", "recompute", "--measured").exit_code == 0


def test_dead_letters_are_listed_and_replayed(ready: Run, database: Database) -> None:
    assert "There are none" in ready("dead-letters", "list").output
    number = dead_letter(database)
    assert "[bold]body: expected JSON" in ready("dead-letters", "list").output
    assert ready("dead-letters", "replay", str(number)).exit_code == 0
    with database.read() as session:
        assert session.get_one(Delivery, number).state == PENDING


def test_replay_needs_numbers_or_all(ready: Run, database: Database) -> None:
    dead_letter(database)
    assert ready("dead-letters", "replay").exit_code == 2
    assert ready("dead-letters", "replay", "1", "--all").exit_code == 2
    assert ready("dead-letters", "replay", "999").exit_code == 1
    assert "1 put back" in ready("dead-letters", "replay", "--all").output


def test_safe_mode_reaches_the_processes_that_are_started(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_SAFE_MODE", "0")
    result = run("--safe-mode", "settings")
    assert re.search(r"TANGGAP_SAFE_MODE\W+1", result.output)

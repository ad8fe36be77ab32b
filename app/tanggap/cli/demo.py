"""Try the whole product on this machine: simulated platforms, a written day, one command."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tanggap.cli.common import console, opened_services, say, shipped
from tanggap.cli.db import upgrade_database
from tanggap.cli.demo_browser import Browser, DemoError
from tanggap.cli.demo_screen import Screen
from tanggap.cli.processes import (
    Children,
    child_environment,
    free_port,
    stop_like_interrupt,
    tanggap,
)
from tanggap.inbox.accounts import channel_apps
from tanggap.inbox.arrival import demo
from tanggap.inbox.forms.form_examples import make_example
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.sdk.simulator import SimulatedPlatform
from tanggap.settings import UNDO_SHORTEST, Settings
from tanggap.store.data_folder import make_private_folder
from tanggap.store.staff import Staff
from tanggap.store.users import ADMIN, AGENT, list_teams

PORT = 8000
# The written day has fourteen hours; this makes it about three minutes.
SPEED = 280.0
_MARKER = ".tanggap-demo"
_FORMAL_TEAM = "sales"
"""Answers business customers, and lets nothing casual out."""

_GIVING_TEAM = "care"
"""Gives its cases to whoever is there; the others let people take them."""

_CAPACITY = 8

_PEOPLE = (
    ("admin@demo.example", "Wulan Admin", ADMIN, "en"),
    ("ayu@demo.example", "Ayu Lestari", AGENT, "id"),
    ("ben@demo.example", "Ben Siregar", AGENT, "en"),
)


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may sign in to the demo."""

    email: str
    password: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo runs."""

    url: str
    logins: list[Login]
    simulators: dict[str, str]


@click.command("demo")
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("var/demo"))
@click.option("--port", default=PORT, help="Preferred port of the web server.", show_default=True)
@click.option("--speed", default=f"{SPEED:.0f}", show_default=True, help="Times faster, or `max`.")
@click.option("--no-wait", is_flag=True, help="End once the day is over and everything labelled.")
@click.option("--info", type=click.Path(path_type=Path), help="Write addresses and logins as JSON.")
def demo_(*, data_dir: Path, port: int, speed: str, no_wait: bool, info: Path | None) -> None:
    """Try everything with simulated platforms; needs nothing set up.

    Starts a web server, a worker and the simulators of the installed channels, connects an
    account on each, and plays a written day. What the last demo left is removed first.
    """
    pace = _pace(speed)
    steps = demo.read_script(shipped("demo") / "day.jsonl")
    stop_like_interrupt()
    try:
        with _running_stage(_fresh(data_dir), port) as (stage, services, children):
            _announce(stage, info)
            _play(stage, services, children, steps, pace, no_wait=no_wait)
    except KeyboardInterrupt:
        say("The demo has ended. Its data stay in " + str(data_dir) + " until the next one.")


def _pace(speed: str) -> float:
    try:
        pace = demo.AS_FAST_AS_POSSIBLE if speed == "max" else float(speed)
    except ValueError:
        pace = 0.0
    if not pace > 0:  # nor not-a-number
        raise click.BadParameter("is a number above 0, or max", param_hint="--speed")
    return pace


def _fresh(folder: Path) -> Path:
    """Empty the folder of the last demo; one that was not made by a demo is left alone."""
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists():
        raise DemoError(f"{folder} holds something else; choose another with --data-dir")
    shutil.rmtree(folder, ignore_errors=True)
    make_private_folder(folder)
    (folder / _MARKER).touch()
    return folder


@contextmanager
def _running_stage(folder: Path, preferred_port: int) -> Iterator[tuple[Stage, Services, Children]]:
    """Start everything; whatever happens, nothing of it is left running."""
    with ExitStack() as stack:
        simulators = stack.enter_context(demo.running_simulators())
        if not simulators:
            raise DemoError("no simulator is installed; a channel's extra `simulator` brings one")
        settings = _settings(folder, free_port(preferred_port), simulators)
        services = stack.enter_context(opened_services(settings))
        with console.status("Preparing the database ..."):
            upgrade_database(services)
            logins = _make_people(services)
            _save_apps(services, simulators)
        children = stack.enter_context(Children(folder))
        environment = child_environment(settings)
        children.start("web", tanggap("serve"), environment)
        children.start("worker", tanggap("worker"), environment)
        addresses = {key: platform.base_url for key, platform in simulators.items()}
        _connect(settings.public_url, logins[0], simulators, children)
        yield Stage(settings.public_url, logins, addresses), services, children


def _settings(folder: Path, port: int, simulators: Mapping[str, SimulatedPlatform]) -> Settings:
    return Settings(
        data_dir=folder,
        public_url=f"http://127.0.0.1:{port}",
        bind=f"127.0.0.1:{port}",
        private_hosts=tuple(p.base_url.removeprefix("http://") for p in simulators.values()),
        undo_seconds=UNDO_SHORTEST,
    )


def _make_people(services: Services) -> list[Login]:
    logins = [
        Login(email, secrets.token_urlsafe(9), name, role) for email, name, role, _ in _PEOPLE
    ]
    with services.database.write() as session:
        teams = list_teams(session)
        for login, (_, _, _, language) in zip(logins, _PEOPLE, strict=True):
            person = people.create_user(
                session,
                email=login.email,
                name=login.name,
                password=login.password,
                role=login.role,
                language=language,
            )
            person.teams = teams
            if login.role == AGENT:
                session.flush()
                session.add(Staff(user_id=person.id, capacity=_CAPACITY, languages=[language]))
        for team in teams:
            team.gives_out = team.key == _GIVING_TEAM
            if team.key == _FORMAL_TEAM:
                team.blocking = [*team.blocking, "too_casual", "wrong_address"]
        make_example(session)
    return logins


def _save_apps(services: Services, simulators: Mapping[str, SimulatedPlatform]) -> None:
    for key, platform in simulators.items():
        values = {**platform.app_config, **platform.app_secrets}
        channel_apps.save_app(services, key, values, user_id=None)


def _connect(
    url: str, login: Login, simulators: Mapping[str, SimulatedPlatform], children: Children
) -> None:
    """Connect an account on every platform: through its consent page, or by typed values."""
    browser = Browser(url)
    try:
        with console.status("Starting the web server and the worker ..."):
            browser.wait_until_ready(children)
        with console.status("Connecting an account on every platform ..."):
            browser.sign_in(login.email, login.password)
            for channel, platform in simulators.items():
                if platform.account_values:
                    browser.type_account(channel, platform.account_values)
                else:
                    browser.connect(channel)
    finally:
        browser.close()


def _announce(stage: Stage, info: Path | None) -> None:
    say(f"Tanggap runs at {stage.url}. Sign in as")
    for login in stage.logins:
        say(f"  {login.email}  password {login.password}  ({login.name}, {login.role})")
    for key, address in stage.simulators.items():
        say(f"  {key} is simulated at {address}/_control/ : write posts there yourself")
    say("Ctrl-C ends the demo.")
    if info is not None:
        info.write_text(json.dumps(asdict(stage), indent=2))


def _play(
    stage: Stage,
    services: Services,
    children: Children,
    steps: list[demo.Step],
    pace: float,
    *,
    no_wait: bool,
) -> None:
    """Play the day in a thread and show how it goes, until a person ends it."""
    stop = threading.Event()
    screen = Screen(services, demo.counts(steps))
    thread = threading.Thread(
        target=lambda: screen.finish(
            demo.play(steps, stage.simulators, speed=pace, stop=stop, tell=screen.note)
        ),
        name="day",
    )
    try:
        thread.start()
        with screen:
            while not (no_wait and screen.settled()):
                _check(children)
                screen.refresh()
                time.sleep(0.5)
    finally:
        stop.set()
        with suppress(RuntimeError):  # ended before it began, and it will see that it is over
            thread.join()
    screen.summarise()


def _check(children: Children) -> None:
    dead = children.dead()
    if dead is not None:
        raise DemoError(f"the {dead} process has ended by itself; read {children.log(dead)}")


COMMANDS = {"demo": demo_}

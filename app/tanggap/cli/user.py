"""The people who sign in."""

from __future__ import annotations

import secrets
import sys

import click
from rich.table import Table
from sqlalchemy.orm import Session

from tanggap.cli.common import console, opened_services, require_schema, say
from tanggap.errors import NotFoundError
from tanggap.inbox.people import people, second_factor
from tanggap.store.users import AGENT, ROLES, User, list_users, user_by_email

_PASSWORD_BYTES = 12


@click.group()
def user() -> None:
    """Add, list and change the people who sign in."""


@user.command()
@click.argument("email")
@click.option("--name", help="Full name; asked for when missing.")
@click.option("--role", type=click.Choice(ROLES), default=AGENT, show_default=True)
@click.option("--initials", default="", help="Sign of their replies; made from the name.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password and print it once.")
def add(
    *,
    email: str,
    name: str | None,
    role: str,
    initials: str,
    language: str,
    password_stdin: bool,
    generate: bool,
) -> None:
    """Add the person who signs in with EMAIL."""
    name = name or click.prompt("Name")
    password = _password(password_stdin, generate)
    with opened_services() as services:
        require_schema(services)
        with services.database.write() as session:
            added = people.create_user(
                session,
                email=email,
                name=name,
                password=password,
                role=role,
                initials=initials,
                language=language,
            )
        console.print(
            f"{added.name} may sign in as {added.email} and signs with ^{added.initials}."
        )
    _tell(password, generate)


@user.command("list")
def list_() -> None:
    """List the people who may sign in."""
    table = Table("E-mail", "Name", "Initials", "Role", "Last signed in")
    with opened_services() as services:
        require_schema(services)
        with services.database.read() as session:
            for one in list_users(session):
                seen = f"{one.last_login_at:%Y-%m-%d %H:%M} UTC" if one.last_login_at else "never"
                table.add_row(one.email, one.name, one.initials, one.role, seen)
    console.print(table)


@user.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password and print it once.")
def password(email: str, password_stdin: bool, generate: bool) -> None:
    """Give the person with EMAIL a new password; it signs them out everywhere."""
    new = _password(password_stdin, generate)
    with opened_services() as services:
        require_schema(services)
        with services.database.write() as session:
            people.set_password(session, _found(session, email).id, new)
    say(f"{email} has a new password.")
    _tell(new, generate)


@user.command()
@click.argument("email")
def deactivate(email: str) -> None:
    """Let the person with EMAIL sign in no more; their cases go back to the queue."""
    with opened_services() as services:
        require_schema(services)
        with services.database.write() as session:
            returned = people.deactivate(session, _found(session, email).id)
    say(f"{email} cannot sign in any more. Cases back in the queue: {returned}.")


@user.command("remove-second-factor")
@click.argument("email")
def remove_second_factor(email: str) -> None:
    """Switch off the second step of the person with EMAIL, who has lost phone and codes."""
    with opened_services() as services:
        require_schema(services)
        with services.database.write() as session:
            removed = second_factor.remove(session, _found(session, email).id)
    say(f"{email} signs in with the password alone." if removed else f"{email} had no second step.")


def _found(session: Session, email: str) -> User:
    found = user_by_email(session, email)
    if found is None:
        raise NotFoundError(f"nobody has the e-mail address {email}: see `tanggap user list`")
    return found


def _password(from_stdin: bool, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(_PASSWORD_BYTES)
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _tell(password: str, generated: bool) -> None:
    if generated:
        say(f"Password, shown this once: {password}")


COMMANDS = {"user": user}

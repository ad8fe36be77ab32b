"""The people who sign in."""

from __future__ import annotations

import secrets
import sys

import click
from rich.table import Table

from tanggap.cli.common import console, opened_services, require_schema, say
from tanggap.errors import NotFoundError
from tanggap.inbox import people
from tanggap.store.users import AGENT, ROLES, list_users, user_by_email

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
            found = user_by_email(session, email)
            if found is None:
                raise NotFoundError(
                    f"nobody has the e-mail address {email}: see `tanggap user list`"
                )
            people.set_password(session, found.id, new)
    say(f"{email} has a new password.")
    _tell(new, generate)


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

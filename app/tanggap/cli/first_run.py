"""Tell whoever owns the server how to make the first person."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from tanggap.cli.common import say
from tanggap.inbox.operation.first_run import nobody_yet, setup_code
from tanggap.inbox.services import Services


def invite_owner(services: Services) -> None:
    """Print the address and the code of the first start while there is no person."""
    try:
        with services.database.read() as session:
            waits = nobody_yet(session)
    except SQLAlchemyError:
        return  # no database yet, or one that cannot be reached: others say so
    if waits:
        address = f"{services.settings.public_url.rstrip('/')}/setup"
        say(f"\nNobody can sign in yet. Open {address} and type this set-up code:")
        say(f"    {setup_code(services.keys)}")

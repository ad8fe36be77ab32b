"""Cases in corners that people see or do not see, each with a row in every table that hangs on it.

Rows are made from the tables' columns, so that a new table has its row, with the corner's word in
every text, from its first day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    Table,
    select,
)
from sqlalchemy.orm import Session

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from tanggap.inbox.services import Services
from tanggap.store import Base
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.base import UtcDateTime, utcnow
from tanggap.store.limits import TEAMED, Shape, conditions, target, way
from tanggap.store.sight import Sight, limited_to
from tanggap.store.users import AGENT, User, list_teams

WORD: Final = "rahasia"
"""Stands in every text of a corner that is out of sight."""

HIGH: Final = 777_000
"""Ids of rows that are out of sight begin here, so that they stand out wherever they are told."""

FACTORIES: Final = ("accounts", "authors", "conversations", "posts")
_EARLIER: Final = timedelta(hours=2)
_FITTING: Final[Mapping[tuple[str, str], Any]] = {
    ("replies", "state"): "failed",
    ("notifications", "kind"): "mention",
    ("clocks", "kind"): "first_answer",
    ("call_backs", "zone"): "Asia/Jakarta",
    ("endpoint_messages", "state"): "delivered",
    ("label_requests", "reason"): "unsure",
    ("label_requests", "guess"): "question",
    ("case_joins", "kind"): "merge",
    ("consultations", "due_at"): utcnow() + timedelta(hours=4),
}
"""Values without which a row would be of no use to those who see it."""


@dataclass(slots=True)
class Corner:
    """One case with all that hangs on it: the id of its row in each table, where there is one."""

    number: int
    word: str
    ids: dict[str, Any] = field(default_factory=dict)
    sealed: bytes = b""

    @property
    def foreign(self) -> bool:
        return self.number > 0


@dataclass(slots=True)
class Corners:
    """A person's own corner, one of another team, and one on another account."""

    own: Corner
    other_team: Corner
    other_account: Corner
    sight: Sight

    @property
    def foreign(self) -> tuple[Corner, Corner]:
        return self.other_team, self.other_account


def make_corners(services: Services, user_id: int, *, own_tables: frozenset[str]) -> Corners:
    """Make the three corners; of a person's own one, only rows of the tables that are named."""
    limited = conditions(Shape("sqlite", 1, accounts=True))
    tables = [
        table
        for table in Base.metadata.sorted_tables
        if table.name in limited and table.name not in FACTORIES
    ]
    with services.database.write() as session:
        make_app(services, session)
        teams = [team.id for team in list_teams(session)]
        accounts = [make_account(session, services).id]
        accounts.append(
            make_account(
                session, services, id=HIGH, external_id="halaman-lain", name=f"{WORD} akun"
            ).id
        )
        corners = [
            _corner(session, 0, teams[0], accounts[0]),
            _corner(session, 1, teams[1], accounts[0]),
            _corner(session, 2, teams[0], accounts[1]),
        ]
        for corner in corners:
            corner.ids["users"] = user_id
            corner.sealed = services.vault.seal(
                {"phone": "+6281200000000", "address": "budi@contoh.example"}
            )
            for table in tables:
                if table.name in own_tables or (corner.foreign and _is_foreign(table, corner)):
                    corner.ids[table.name] = _insert(session, table, corner)
            session.add(Change(conversation_id=corner.ids["conversations"], kind="post"))
    sight = Sight((teams[0],), (accounts[0],))
    return Corners(corners[0], corners[1], corners[2], sight)


def _is_foreign(table: Table, corner: Corner) -> bool:
    """Tell whether a row is out of sight: what hangs on an account alone is no team's.

    What is a team's hangs on no account.
    """
    if table.name in TEAMED:
        return corner.number == 1
    column = way(table)
    of_account = column is not None and target(column) == "accounts"
    return not of_account or corner.ids["accounts"] >= HIGH


def limit(services: Services, user_id: int, sight: Sight) -> None:
    """Let a person see this alone."""
    with services.database.write() as session:
        user = session.get_one(User, user_id)
        user.only_teams, user.only_accounts = list(sight.team_ids), list(sight.account_ids)


def picture(services: Services, corner: Corner) -> dict[str, list[Any]]:
    """Take down every row of a corner, to see later whether anything was changed there."""
    rows: dict[str, list[Any]] = {}
    sight = Sight((corner.ids["teams"],), (corner.ids["accounts"],))
    with limited_to(sight), services.database.read() as session:
        for name in conditions(Shape("sqlite", 1, accounts=True)):
            query = select(Base.metadata.tables[name])
            if name == "accounts" and corner.ids[name] < HIGH:
                continue  # the person's own, too
            if name in TEAMED:
                query = query.where(query.selected_columns[TEAMED[name]] == corner.ids["teams"])
                if corner.number != 1:
                    continue
            if name in FACTORIES:
                query = query.where(Base.metadata.tables[name].c.id == corner.ids[name])
            rows[name] = sorted(map(repr, session.execute(query)))
    return rows


def _corner(session: Session, number: int, team_id: int, account_id: int) -> Corner:
    word = f"{WORD} {number}" if number else "halo min"
    high = {"id": HIGH + number} if number else {}
    account = session.get_one(Account, account_id)
    author = make_author(session, name=word, handle=word.replace(" ", ""), **high)
    case = make_conversation(
        session, account, author, team_id=team_id, label="question", tags=[word], **high
    )
    case.assignee_id = None
    post = make_post(session, case, word, posted_at=utcnow() - _EARLIER, **high)
    ids = {
        "teams": team_id,
        "accounts": account_id,
        "authors": author.id,
        "conversations": case.id,
        "posts": post.id,
    }
    return Corner(number, word, ids)


def _insert(session: Session, table: Table, corner: Corner) -> Any:
    """Insert a row made of the columns' types; gives its id."""
    values = {}
    for column in table.columns:
        value = _value(session, table, column, corner)
        if value is not _LEFT_OUT:
            values[column.name] = value
    key = session.execute(table.insert().values(values)).inserted_primary_key
    return key[0] if key else None


_LEFT_OUT: Final = object()


def _value(session: Session, table: Table, column: Column[Any], corner: Corner) -> Any:
    if (table.name, column.name) in _FITTING:
        return _FITTING[table.name, column.name]
    parent = target(column)
    if parent is not None:
        return _parent(session, table, column, corner, parent)
    if column.primary_key and isinstance(column.type, BigInteger | Integer):
        return HIGH + corner.number if corner.foreign else _LEFT_OUT
    if column.name in ("conversation_id", "post_id"):
        return corner.ids["conversations" if column.name == "conversation_id" else "posts"]
    empty = column.default is not None and getattr(column.default, "arg", None) == ""
    if (column.default is not None and not empty) or (column.nullable and not empty):
        return _LEFT_OUT
    return _of_type(column, corner)


def _parent(
    session: Session, table: Table, column: Column[Any], corner: Corner, parent: str
) -> Any:
    known = corner.ids.get(parent)
    if known is None and not column.nullable:
        known = corner.ids[parent] = _of_the_company(session, parent, corner)
    # What somebody closed, answered or decided is of no use to those who are to act on it.
    by_now = parent == "users" and column.nullable and column.name != "user_id"
    return None if known is None or by_now else known


def _of_the_company(session: Session, name: str, corner: Corner) -> Any:
    """Make, or find, a row that cases of every corner may point to."""
    table = Base.metadata.tables[name]
    column = next(iter(table.primary_key))
    found = session.scalar(select(column).limit(1))
    company = Corner(0, "umum", {"users": corner.ids["users"]})
    return found if found is not None else _insert(session, table, company)


def _of_type(column: Column[Any], corner: Corner) -> Any:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return utcnow()
    made: tuple[tuple[type, Any], ...] = (
        (Date, date(2026, 11, 22)),
        (Boolean, False),
        (Float, 0.5),
        (JSON, {}),
        (LargeBinary, corner.sealed),
        (BigInteger, 1),
        (Integer, 1),
    )
    for type_, value in made:
        if isinstance(kind, type_):
            return value
    length = getattr(kind, "length", None) or 100
    return corner.word[:length]


def make_person(services: Services, role: str = AGENT, **values: Any) -> int:
    """Make somebody who signs in."""
    with services.database.write() as session:
        return make_user(session, role=role, language="en", **values).id

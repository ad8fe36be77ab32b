"""Work that is the same in every test, done once a process."""

from __future__ import annotations

import ssl
from types import CodeType
from typing import Any

import pytest
import sqlalchemy
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine, func, select, text
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from tanggap.inbox.operation.setup import ensure_defaults
from tanggap.store import Base
from tanggap.store.db import Database


class CompiledStatements:
    """Statements compiled for any engine of a kind; every test has engines of its own.

    What is compiled belongs to a dialect, and a dialect learns from its server, so engines take
    over the dialects of a database that was in use before.
    """

    def __init__(self) -> None:
        self._statements: LRUCache[Any, Any] = LRUCache(5_000)
        self._dialects: dict[tuple[str, object], Dialect] = {}

    def learn(self, database: Database) -> None:
        """Let engines from now on take over the dialects of this one."""
        for engine in (database.engine, database._statements):
            with engine.connect():
                self._dialects[self._kind(engine)] = engine.dialect

    def create_engine(self, url: str, **options: Any) -> Engine:
        """Make an engine as SQLAlchemy does."""
        engine = sqlalchemy.create_engine(url, **options)
        known = self._dialects.get(self._kind(engine))
        if known is not None:
            engine.dialect = known
            engine.update_execution_options(compiled_cache=self._statements)
        return engine

    def _kind(self, engine: Engine) -> tuple[str, object]:
        return engine.name, engine.dialect._on_connect_isolation_level


class KeptDefaults:
    """What a new installation begins with, kept beside a PostgreSQL database's own tables."""

    def __init__(self, database: Database) -> None:
        with database.write() as session:
            ensure_defaults(session)
        with database.engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA kept"))
            fill = []
            for table in Base.metadata.sorted_tables:
                rows = f"SELECT * FROM public.{table.name}"  # noqa: S608  # our own names
                if not connection.scalar(text(f"SELECT EXISTS ({rows})")):
                    continue
                connection.execute(text(f"CREATE TABLE kept.{table.name} AS {rows}"))
                fill.append(
                    f"INSERT INTO public.{table.name} SELECT * FROM kept.{table.name}"  # noqa: S608
                )
                if "id" in table.columns:
                    sequence = f"pg_get_serial_sequence('public.{table.name}', 'id')"
                    last = connection.scalar(select(func.max(table.columns.id)))
                    fill.append(f"SELECT setval({sequence}, {last})")
        self._fill = text("; ".join(fill))

    def put(self, database: Database) -> None:
        """Fill the empty tables; four times as fast as making the defaults anew."""
        with database.engine.begin() as connection:
            connection.execute(self._fill)


class KeptTemplates(BytecodeCache):
    """Templates compiled once a process; every test has an application of its own."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def share_addresses(patch: pytest.MonkeyPatch) -> None:
    """Read each route's address once; every test has an application of its own."""
    read: dict[object, dict[str, Any]] = {}
    compile_rule = Rule.compile

    def compile_once(rule: Rule) -> None:
        assert rule.map is not None
        shape = (rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
        key = (rule.rule, shape, repr(rule.defaults), frozenset(rule.map.converters.items()))
        if key not in read:
            compile_rule(rule)
            read[key] = {
                "_parts": rule._parts,
                "_trace": rule._trace,
                "_converters": rule._converters,
                "arguments": rule.arguments,
                "_build": rule._build.__func__,  # type: ignore[attr-defined]
                "_build_unknown": rule._build_unknown.__func__,  # type: ignore[attr-defined]
            }
            return
        vars(rule).update(read[key])
        rule._build = rule._build.__get__(rule)
        rule._build_unknown = rule._build_unknown.__get__(rule)

    patch.setattr(Rule, "compile", compile_once)


def share_certificates(patch: pytest.MonkeyPatch) -> None:
    """Read each file of trusted certificates once; every HTTP client would, in 20 milliseconds."""
    read: dict[str, ssl.SSLContext] = {}
    create = ssl.create_default_context

    def create_once(*arguments: Any, **options: Any) -> ssl.SSLContext:
        if arguments or options.keys() != {"cafile"}:
            return create(*arguments, **options)
        file = str(options["cafile"])
        if file not in read:
            read[file] = create(cafile=file)
        return read[file]

    patch.setattr(ssl, "create_default_context", create_once)

"""What the server remembers, in one SQLite file: tokens, jobs, runs, loads. Only rows here are true after a crash.

All times are UTC. The indexes `one_pending` and `one_running` hold the promise of one run of each kind in a region,
whatever the code does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool

from dbt_regions import files
from dbt_regions.errors import RequestError, WorldError, one_line

QUEUED, STARTING, RUNNING, SUCCESS, ERROR, CANCELLED = 1, 2, 3, 10, 20, 30
"""A run's status, by the numbers of dbt Cloud's API."""
ACTIVE = (STARTING, RUNNING)
LIVE = (QUEUED, *ACTIVE)

_BUSY_SECONDS = 30
_VERSION = 1


class _Utc(TypeDecorator[datetime]):
    """A time in UTC: SQLite keeps none with a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take the zone off, which must be there."""
        del dialect
        return value.astimezone(timezone.utc).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put it on again."""
        del dialect
        return value.replace(tzinfo=timezone.utc) if value else None


METADATA = MetaData()
tokens = Table(
    "token", METADATA,
    Column("id", Integer, primary_key=True),
    Column("region", String, nullable=False),
    Column("note", String, nullable=False),
    Column("hash", String, nullable=False, comment="SHA-256 of the token, which is random"),
    Column("created_at", _Utc, nullable=False),
    Column("revoked_at", _Utc),
    sqlite_autoincrement=True,
)  # fmt: skip
jobs = Table(
    "job", METADATA,
    Column("id", Integer, primary_key=True),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", JSON, nullable=False, comment="as the client gave it"),
    Column("definition", JSON, nullable=False, comment="the fields of domain.Job"),
    Column("created_at", _Utc, nullable=False),
    Column("updated_at", _Utc, nullable=False),
    Column("deleted_at", _Utc),
    Column("fired_at", _Utc, nullable=False, comment="up to when its cron has been followed"),
    UniqueConstraint("region", "name"),
    sqlite_autoincrement=True,
)  # fmt: skip
runs = Table(
    "run", METADATA,
    Column("id", Integer, primary_key=True),
    Column("region", String, nullable=False),
    Column("job_id", ForeignKey("job.id"), nullable=False, comment="the one that it was made for first"),
    Column("status", Integer, nullable=False),
    Column("attempt", Integer, nullable=False, comment="1, and one more each time that its process died"),
    Column("message", String),
    Column("is_cancel_asked", Boolean, nullable=False, default=False),
    Column("created_at", _Utc, nullable=False),
    Column("dequeued_at", _Utc),
    Column("started_at", _Utc, comment="when dbt began"),
    Column("finished_at", _Utc),
    Index("one_pending", "region", unique=True, sqlite_where=text("status = 1")),
    Index("one_running", "region", unique=True, sqlite_where=text("status in (2, 3)")),
    sqlite_autoincrement=True,
)  # fmt: skip
works = Table(
    "work", METADATA,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("job_id", ForeignKey("job.id"), nullable=False),
    Column("overrides", JSON, nullable=False),
    Column("must", String, nullable=False, comment="build; loads: if one is not built; look: if one is found"),
    Column("build", String, comment="run id of the build, once it began: its folder under build/<region>/runs"),
    Column("status", Integer, nullable=False, default=QUEUED),
)  # fmt: skip
causes = Table(
    "cause", METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("run.id"), nullable=False, index=True),
    Column("job_id", ForeignKey("job.id"), nullable=False),
    Column("kind", String, nullable=False, comment="load, cron, sweep, request, retry, restart"),
    Column("words", String, nullable=False),
    Column("at", _Utc, nullable=False),
)  # fmt: skip
loads = Table(
    "load", METADATA,
    Column("region", String, primary_key=True),
    Column("load_id", String, primary_key=True),
    Column("watermark", String),
    Column("known_at", _Utc, nullable=False),
    Column("run_id", ForeignKey("run.id"), comment="the run that it waits for, or that took it last"),
    Column("built_by", ForeignKey("run.id"), comment="the run that built it: set once, never changed"),
)  # fmt: skip
run_loads = Table(
    "run_load", METADATA,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("load_id", String, primary_key=True),
)  # fmt: skip
steps = Table(
    "step", METADATA,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("position", Integer, primary_key=True, comment="from 1"),
    Column("name", String, nullable=False),
    Column("folder", String, comment="where its artifacts are, below build/<region>/runs"),
    Column("status", Integer, nullable=False),
    Column("log", String, nullable=False, default=""),
    Column("started_at", _Utc, nullable=False),
    Column("finished_at", _Utc),
)  # fmt: skip


settings = Table("setting", METADATA, Column("name", String, primary_key=True), Column("value", String, nullable=False))


class Store:
    """The open file. Each transaction is a connection of its own, so that a process may fork between two of them."""

    def __init__(self, file: Path) -> None:
        files.make_folder(file.parent)
        if not file.exists():
            files.write_bytes(file, b"", private=True)
        self.file = file
        self._engine = _open(file)
        with self.transaction() as connection:
            METADATA.create_all(connection)
            self._check_version(connection)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Hold the only writing transaction there is: committed at the end of the block, undone where it raises.

        WorldError where the file cannot be written.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise  # a promise of the tables that our code broke: a bug
        except DatabaseError as error:
            why = one_line(error.orig)
            message = f"{self.file}: {why}; free space, fix permissions, or put a whole copy there, then start again"
            raise WorldError(message) from error

    def claim_target(self, target: str) -> None:
        """Make the store one of a dbt target; RequestError where it is another's: a load is built in one warehouse."""
        with self.transaction() as connection:
            connection.execute(upsert(settings).values(name="target", value=target).on_conflict_do_nothing())
            found = connection.execute(select(settings.c.value).where(settings.c.name == "target")).scalar_one()
        if found != target:
            message = f"{self.file} holds what was built with {found}, not {target}; give another folder with --state"
            raise RequestError(message)

    def _check_version(self, connection: Connection) -> None:
        found = connection.exec_driver_sql("pragma user_version").scalar_one()
        if found not in {0, _VERSION}:
            message = f"{self.file} is of another version of dbt-regions ({found}, not {_VERSION}); move it away"
            raise WorldError(message)
        connection.exec_driver_sql(f"pragma user_version = {_VERSION}")


def _open(file: Path) -> Engine:
    options = {"timeout": _BUSY_SECONDS, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool, connect_args=options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for setting in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
            connection.execute(f"pragma {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")  # a reader that writes later would meet a writer in between

    return engine


def read_row(connection: Connection, table: Table, number: int) -> RowMapping:
    """Return the row of a table that has this number, which must be there."""
    return connection.execute(select(table).where(table.c.id == number)).mappings().one()


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(timezone.utc)

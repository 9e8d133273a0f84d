"""The embedded PostgreSQL: started on demand from its wheel, one database and one role for each region.

Everything lives under one folder (data, secrets, log, lock); the socket lies in a short private folder, because a
socket's path may have 107 bytes at most. No TCP port is opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from psycopg2 import sql

from dbt_regions import files
from dbt_regions.errors import WorldError, one_line
from dbt_regions.warehouse.connection import Connection, connect
from dbt_regions.warehouse.programs import AS_ROOT, open_paths, own, run_program

_SUPERUSER = "postgres"
_PORT = 5432  # only names the socket file: the server listens on no TCP port
_ORPHAN_SECONDS = 15.0
_LOCK_SECONDS = 120.0
_HBA = """\
# Written by dbt-regions. A role reaches the database of its own name and no other.
local all      postgres scram-sha-256
local sameuser all      scram-sha-256
local all      all      reject
"""
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "scram_iterations": "1",  # the passwords are random and long: stretching them only makes each connection slow
    "max_connections": "200",
    "client_connection_check_interval": "1s",  # a query whose client was killed ends, and frees its locks
}


class Server:
    """The embedded server whose files are under `home`; every method is safe to call from several processes."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self._data = self.home / "data"
        self._secrets = self.home / "secrets"
        self._log = self.home / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """The private folder of the socket: short, and told apart by the home folder's path."""
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:10]
        base = os.environ.get("XDG_RUNTIME_DIR") if not AS_ROOT else None
        return Path(base or tempfile.gettempdir()) / f"dbt-regions-{digest}"

    def is_running(self) -> bool:
        """Return whether the server accepts a connection now."""
        try:
            self._connect_superuser().close()
        except (WorldError, psycopg2.OperationalError):
            return False
        return True

    def start(self) -> None:
        """Start the server unless it runs; after a crash waits for its orphans to go. WorldError when it can't."""
        if self.is_running():
            return
        with self._lock():
            if not self.is_running():
                self._initialise()
                self._refuse_taken_socket()
                self._start_until_orphans_are_gone()

    def stop(self) -> bool:
        """Stop the server (running queries are cancelled); return whether it was running."""
        if not (self._data / "postmaster.pid").exists():
            return False
        with self._lock():
            result = run_program("pg_ctl", "stop", "-D", str(self._data), "-m", "fast", "-w", "-t", "60")
            return result.returncode == 0

    def region(self, name: str) -> Connection:
        """Return the connection of a region's own role to its own database, creating both when they are missing."""
        self.start()
        if (self._secrets / name).exists():
            connection = self.region_connection(name)
            with contextlib.suppress(psycopg2.OperationalError):
                connect(connection).close()
                return connection
        with self._lock(), _world_errors(f"create the database of region {name}"):
            connection = self.region_connection(name)
            self._create_region(connection)
        return connection

    def reset_region(self, name: str) -> None:
        """Delete everything in a region's database: raw tables, snapshots, publications, load manifest."""
        self.start()
        with (
            self._lock(),
            _world_errors(f"empty the database of region {name}"),
            contextlib.closing(self._connect_superuser()) as connection,
        ):
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        self.region(name)

    def region_names(self) -> tuple[str, ...]:
        """Return the names of the regions that have a database here."""
        statement = "select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1"
        with contextlib.closing(self._connect_superuser()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return tuple(row[0] for row in cursor.fetchall())

    def _lock(self) -> contextlib.AbstractContextManager[None]:
        return files.exclusive_lock(
            self.home / "lock", {"pid": os.getpid(), "task": "starting the warehouse"}, timeout=_LOCK_SECONDS
        )

    def _initialise(self) -> None:
        files.make_folder(self.home)
        open_paths(self.home)
        self._make_socket_folder()
        if (self._data / "PG_VERSION").exists():
            return
        files.remove_folder(self._data)  # what an interrupted initdb left
        files.make_folder(self._data)
        own(self._data)
        self._data.chmod(0o700)
        with tempfile.NamedTemporaryFile("w", prefix="dbt-regions-") as password_file:
            password_file.write(self._password(_SUPERUSER))
            password_file.flush()
            own(Path(password_file.name))
            result = run_program(
                "initdb", "-D", str(self._data), "-U", _SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8",
                "--locale=C", f"--pwfile={password_file.name}",
            )  # fmt: skip
        if result.returncode != 0:
            files.remove_folder(self._data)
            message = (
                f"cannot initialise the warehouse in {self._data}: {_last_line(result)}; free space or fix permissions"
            )
            raise WorldError(message)

    def _make_socket_folder(self) -> None:
        folder = files.make_folder(self.socket_folder)
        own(folder)
        with files.named_world_errors("make private", folder):
            folder.chmod(0o700)

    def _refuse_taken_socket(self) -> None:
        path = self.socket_folder / f".s.PGSQL.{_PORT}"
        if (self._data / "postmaster.pid").exists():  # our own server, perhaps just starting
            return
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                message = (
                    f"the socket {path} is taken by another process; stop it, or set DBT_REGIONS_WAREHOUSE elsewhere"
                )
                raise WorldError(message)

    def _start_until_orphans_are_gone(self) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": str(self.socket_folder)}
        files.write_text(self._data / "pg_hba.conf", _HBA)
        files.write_text(
            self._data / "postgresql.auto.conf", "".join(f"{key} = '{value}'\n" for key, value in settings.items())
        )
        own(self._data / "pg_hba.conf")
        own(self._data / "postgresql.auto.conf")
        files.write_text(self._log, "")
        own(self._log)
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while True:
            result = run_program("pg_ctl", "start", "-D", str(self._data), "-l", str(self._log), "-w", "-t", "60")
            if self.is_running():
                return
            if time.monotonic() >= deadline:
                message = f"the warehouse in {self.home} does not start: {self._reason(result)}; see {self._log}"
                raise WorldError(message)
            time.sleep(0.5)

    def _reason(self, result: subprocess.CompletedProcess[str]) -> str:
        log = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        lines = [line for line in log.splitlines() if "FATAL" in line or "HINT" in line or "could not" in line]
        return one_line(" ".join(lines[-2:])) or _last_line(result)

    def _create_region(self, connection: Connection) -> None:
        name, password = connection.database, connection.password
        statements = {
            "select 1 from pg_roles where rolname = %s": "create role {name} login password {password}",
            "select 1 from pg_database where datname = %s": "create database {name} owner {name}",
        }
        parts = {"name": sql.Identifier(name), "password": sql.Literal(password)}
        with contextlib.closing(self._connect_superuser()) as superuser, superuser.cursor() as cursor:
            superuser.autocommit = True
            for exists, create in statements.items():
                cursor.execute(exists, (name,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL(create).format(**parts))
            cursor.execute(sql.SQL("alter role {name} password {password}").format(**parts))
            cursor.execute(sql.SQL("revoke all on database {name} from public").format(**parts))

    def region_connection(self, name: str) -> Connection:
        """Return a region's connection without starting the server or creating the database."""
        return Connection(str(self.socket_folder), _PORT, name, self._password(name), name)

    def _connect_superuser(self) -> psycopg2.extensions.connection:
        if not (self._secrets / _SUPERUSER).exists():
            message = f"no warehouse in {self.home} yet; `dbt-regions warehouse start` makes one"
            raise WorldError(message)
        superuser = Connection(str(self.socket_folder), _PORT, _SUPERUSER, self._password(_SUPERUSER), _SUPERUSER)
        return connect(superuser, timeout=3)

    def _password(self, name: str) -> str:
        file = self._secrets / name
        if not file.exists():
            files.write_text(file, secrets.token_urlsafe(24), private=True)
        return file.read_text(encoding="utf-8")


@contextlib.contextmanager
def _world_errors(task: str) -> Iterator[None]:
    try:
        yield
    except psycopg2.Error as error:
        message = f"cannot {task}: {one_line(error)}; see postgres.log in the warehouse's folder"
        raise WorldError(message) from error


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in result.stdout.splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else f"exit code {result.returncode}"

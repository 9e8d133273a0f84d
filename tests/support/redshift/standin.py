"""A stand-in for a Redshift cluster: PostgreSQL behind a proxy, for tests only. It is not Redshift.

It runs what the unmodified dbt-redshift sends, so that flow, state and results can be tested; that Redshift accepts the
statements is for the lint to doubt and for a cluster to prove.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions.errors import WorldError
from dbt_regions.warehouse import Connection, Server
from dbt_regions.warehouse.connection import connect

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1]
SETUP = TESTS.parent / "docs" / "howto" / "redshift-setup.sql"
DATABASE = "phoenix"
USER = "dbt_phoenix"
GLUE = "phoenix_glue"
PASSWORD = "only-for-the-stand-in"
_LOGIN = f"local {DATABASE} all md5\n"  # the one method that both this server and the driver know


@dataclass(frozen=True)
class WireRecord:
    """One line of the wire log: a statement as the driver sent it, with the rules that changed it, or an error."""

    connection: int
    sql: str | None = None
    rewrites: tuple[str, ...] = ()
    refused: str | None = None
    error: str | None = None
    sqlstate: str | None = None


class RedshiftStandin:
    """A stand-in whose files are under a folder; it runs from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "cluster")
        self.wire_log = folder / "wire.jsonl"
        self.proxy_log = folder / "proxy.log"
        self.port = 0
        self._proxy: subprocess.Popen[str] | None = None

    def connection(self, user: str = "postgres") -> Connection:
        """Return how to reach the database past the proxy: as its administrator, as dbt, the Glue job or a reader."""
        password = self.server._password(user) if user == "postgres" else PASSWORD
        return Connection(str(self.server.socket_folder), 5432, user, password, DATABASE)

    def start(self, port: int = 0) -> None:
        """Start the cluster as an administrator would set it up, and the proxy; WorldError when the port is taken."""
        self.server.start()
        with closing(self.server._connect_superuser()) as administrator, administrator.cursor() as cursor:
            administrator.autocommit = True
            cursor.execute("set password_encryption = 'md5'")
            cursor.execute(f"create database {DATABASE}")
            cursor.execute(f"revoke all on database {DATABASE} from public")
            for user in (USER, GLUE):
                cursor.execute(f"create role {user} login password '{PASSWORD}'")
                cursor.execute(f"grant temporary, connect on database {DATABASE} to {user}")
            # the loader says `create schema if not exists raw`, which wants the right also where raw exists
            cursor.execute(f"grant create on database {DATABASE} to {GLUE}")
            self._let_driver_in()
            cursor.execute("select pg_reload_conf()")
        self.administer(*(file.read_text(encoding="utf-8") for file in (HERE / "shim.sql", HERE / "deny.sql", SETUP)))
        self.start_proxy(port)

    def administer(self, *scripts: str) -> None:
        """Run scripts as the administrator, each in a transaction of its own."""
        with closing(connect(self.connection())) as administrator, administrator.cursor() as cursor:
            administrator.autocommit = True
            for script in scripts:
                cursor.execute(script)

    def add_reader(self, name: str) -> None:
        """Make a user of the setup's group of readers, as an administrator would for a dashboard."""
        self.administer(
            f"set password_encryption = 'md5'; create user {name} password '{PASSWORD}' in group phoenix_readers;"
            f" grant connect on database {DATABASE} to {name}"
        )

    def start_proxy(self, port: int = 0) -> None:
        """Start the proxy alone, on a free port unless one is given; WorldError when it is taken."""
        command = [sys.executable, str(HERE / "proxy.py"), str(port), self._socket, str(self.wire_log)]
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        pipe = subprocess.PIPE
        with self.proxy_log.open("w") as log:
            self._proxy = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True, env=environment)
        assert self._proxy.stdout is not None
        words = self._proxy.stdout.readline().split()
        if not words:
            self._proxy.communicate()
            raise WorldError(self.proxy_log.read_text(encoding="utf-8").strip())
        self.port = int(words[1])

    def kill_proxy(self) -> None:
        """Kill the proxy in the middle of whatever it does."""
        assert self._proxy is not None
        self._proxy.kill()
        self._proxy.communicate()

    def kill_postgres(self) -> None:
        """Kill the server behind the proxy, which then has nobody to pass on to."""
        pid = int((self.server.home / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    def restart_postgres(self) -> None:
        """Start the server again after it was killed."""
        self.server.start()
        self._let_driver_in()
        self.administer("select pg_reload_conf()")

    def stop(self) -> None:
        """Stop the proxy and the server."""
        if self._proxy is not None and self._proxy.poll() is None:
            self._proxy.communicate()  # closes its input, on which it ends
        self.server.stop()

    def environment(self, **other: str) -> dict[str, str]:
        """Return the variables that phoenix's production profile reads, naming this stand-in; `other` replaces some."""
        return {
            "DBT_PHOENIX_HOST": "127.0.0.1",
            "DBT_PHOENIX_PORT": str(self.port),
            "DBT_PHOENIX_USER": USER,
            "DBT_PHOENIX_DATABASE": DATABASE,
            "DBT_PHOENIX_SSLMODE": "disable",
            "DBT_ENV_SECRET_PHOENIX_PASSWORD": PASSWORD,
            **other,
        }

    def wire(self) -> Iterator[WireRecord]:
        """Yield what went over the wire so far, in order."""
        for line in self.wire_log.read_text(encoding="utf-8").splitlines():
            record: dict[str, Any] = json.loads(line)
            yield WireRecord(**{**record, "rewrites": tuple(record.get("rewrites", ()))})

    @property
    def _socket(self) -> str:
        return f"{self.server.socket_folder}/.s.PGSQL.5432"

    def _let_driver_in(self) -> None:
        """The driver knows md5 and no scram; md5's words are the login of this throw-away server only."""
        rules = self.server.home / "data" / "pg_hba.conf"
        text = rules.read_text(encoding="utf-8")
        rules.write_text(_LOGIN + text.removeprefix(_LOGIN), encoding="utf-8")


@contextmanager
def running_standin(folder: Path) -> Iterator[RedshiftStandin]:
    """Run a stand-in for the length of the block."""
    standin = RedshiftStandin(folder)
    try:
        standin.start()
        yield standin
    finally:
        standin.stop()

"""How one database is reached over the private socket."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg2


@dataclass(frozen=True)
class Connection:
    """How to reach one database over the private socket; the password never shows in a repr."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    @property
    def url(self) -> str:
        """The libpq address without the password."""
        return f"postgresql://{self.user}@/{self.database}?host={self.host}&port={self.port}"


def connect(connection: Connection, *, timeout: int = 10) -> psycopg2.extensions.connection:
    """Open a driver connection; raises psycopg2.OperationalError when that fails within `timeout` seconds."""
    return psycopg2.connect(
        host=connection.host,
        port=connection.port,
        user=connection.user,
        password=connection.password,
        dbname=connection.database,
        connect_timeout=timeout,
        application_name="dbt-regions",
    )

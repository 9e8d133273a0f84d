"""The Postgres door: the embedded server, and sessions in a region's database.

Only this room imports the server's wheel and the driver.
"""

from dbt_regions.warehouse.connection import Connection
from dbt_regions.warehouse.loading import RawLoad, load_csv_folder, load_generated, missing_files
from dbt_regions.warehouse.server import Server
from dbt_regions.warehouse.session import (
    QueryResult,
    can_connect,
    query,
    read_changed_rows,
    read_load_ids,
    relation_exists,
    session,
)

__all__ = [
    "Connection",
    "QueryResult",
    "RawLoad",
    "Server",
    "can_connect",
    "load_csv_folder",
    "load_generated",
    "missing_files",
    "query",
    "read_changed_rows",
    "read_load_ids",
    "relation_exists",
    "session",
]

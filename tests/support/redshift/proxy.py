"""The stand-in's front: speaks to dbt-redshift's driver as Redshift does, and passes all on to PostgreSQL.

Run as a program of its own: `proxy.py PORT SOCKET WIRE_LOG` (port 0 takes a free one). It prints `ready PORT`, and ends
when its standard input is closed, so that it never outlives who started it. A taken port ends it with exit code 3.
Every statement is kept in the wire log, a JSON line each, as the driver sent it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, TextIO

from support.redshift.messages import (
    CANCEL_REQUEST,
    GSS_REQUEST,
    TLS_REQUEST,
    Message,
    error_fields,
    parameter_message,
    parameter_status,
    read_message,
    read_startup,
    startup_message,
    startup_parameters,
    statement_of,
    with_statement,
)
from support.redshift.rewrites import UnknownRewriteError, rewrite

REPORTED_VERSION = "8.0.2"
"""The server version that Redshift reports; the driver cannot read PostgreSQL's own word for word."""
KEPT_PARAMETERS = ("user", "database", "application_name", "client_encoding")
"""What PostgreSQL knows of the driver's start-up message; the rest says which driver it is."""


class Proxy:
    """Passes connections on to a PostgreSQL socket and writes the wire log."""

    def __init__(self, socket: str, log: TextIO) -> None:
        self._socket = socket
        self._log = log
        self._connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        self._connections += 1
        number = self._connections
        try:
            server = await self._open_server(reader, writer)
            if server is not None:
                await self._pass_on(number, (reader, writer), server)
        except (asyncio.IncompleteReadError, ConnectionError, FileNotFoundError):
            pass  # one of both sides is gone: so is the other in a moment
        finally:
            writer.close()

    async def _open_server(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        code, message = await read_startup(reader)
        while code in {TLS_REQUEST, GSS_REQUEST}:
            writer.write(b"N")
            await writer.drain()
            code, message = await read_startup(reader)
        server = await asyncio.open_unix_connection(self._socket)
        if code == CANCEL_REQUEST:
            server[1].write(message.encoded())
            server[1].close()
            return None
        given = startup_parameters(message)
        server[1].write(startup_message({name: given[name] for name in KEPT_PARAMETERS if name in given}).encoded())
        return server

    async def _pass_on(
        self,
        number: int,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        tasks = [
            asyncio.create_task(self._to_server(number, client[0], server[1])),
            asyncio.create_task(self._to_client(number, server[0], client[1])),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            server[1].close()

    async def _to_server(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            message = await read_message(reader)
            sql = statement_of(message)
            writer.write((message if sql is None else self._rewritten(number, message, sql)).encoded())
            await writer.drain()

    def _rewritten(self, number: int, message: Message, sql: str) -> Message:
        try:
            rewritten = rewrite(sql)
        except UnknownRewriteError as error:
            self._write(connection=number, sql=sql, refused=str(error))
            return with_statement(message, _raising(f"the Redshift stand-in: {error}"))
        self._write(connection=number, sql=sql, rewrites=rewritten.rules)
        return with_statement(message, rewritten.sql)

    async def _to_client(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            message = await read_message(reader)
            status = parameter_status(message)
            if status is not None and status[0] == "server_version":
                message = parameter_message("server_version", REPORTED_VERSION)
            fields = error_fields(message)
            if fields is not None:
                self._write(connection=number, error=fields.get("M", ""), sqlstate=fields.get("C", ""))
            writer.write(message.encoded())
            await writer.drain()

    def _write(self, **record: Any) -> None:
        self._log.write(json.dumps(record) + "\n")
        self._log.flush()


def _raising(message: str) -> str:
    """Return a statement that fails with the message: PostgreSQL then keeps the protocol's state right by itself."""
    text = message.replace("'", "''").replace("%", "%%")
    return f"do $standin$ begin raise exception '{text}'; end $standin$"


async def _wait_for_end_of_input() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _run(port: int, socket: str, log: TextIO) -> int:
    try:
        server = await asyncio.start_server(Proxy(socket, log).serve, "127.0.0.1", port)
    except OSError as error:
        sys.stderr.write(f"redshift stand-in: cannot listen on 127.0.0.1:{port}: {error.strerror}; free the port\n")
        return 3
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await _wait_for_end_of_input()
    return 0


def main() -> int:
    """Run the proxy of the command line."""
    port, socket, log = sys.argv[1:]
    with Path(log).open("a", encoding="utf-8") as wire_log:
        return asyncio.run(_run(int(port), socket, wire_log))


if __name__ == "__main__":
    sys.exit(main())

"""The few messages of the PostgreSQL wire protocol, version 3, that the stand-in looks into.

Source: PostgreSQL's manual, chapter "Frontend/Backend Protocol".
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass

PROTOCOL_3 = 196608
TLS_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102


@dataclass(frozen=True)
class Message:
    """One message: its type (one byte, empty for a start-up message) and its content without the length."""

    kind: bytes
    body: bytes

    def encoded(self) -> bytes:
        """Return the message as it goes over the wire."""
        return self.kind + struct.pack("!i", len(self.body) + 4) + self.body


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one message after the start-up; asyncio.IncompleteReadError when the other side is gone."""
    kind = await reader.readexactly(1)
    return Message(kind, await _read_body(reader))


async def read_startup(reader: asyncio.StreamReader) -> tuple[int, Message]:
    """Read one start-up message; return its request code and the message."""
    body = await _read_body(reader)
    return struct.unpack("!i", body[:4])[0], Message(b"", body)


async def _read_body(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    return await reader.readexactly(length - 4)


def startup_parameters(message: Message) -> dict[str, str]:
    """Return the parameters of a start-up message."""
    words = message.body[4:].decode().split("\0")
    return {name: value for name, value in zip(words[::2], words[1::2], strict=False) if name}


def startup_message(parameters: Mapping[str, str]) -> Message:
    """Return the start-up message with these parameters."""
    words = "".join(f"{name}\0{value}\0" for name, value in parameters.items())
    return Message(b"", struct.pack("!i", PROTOCOL_3) + words.encode() + b"\0")


def statement_of(message: Message) -> str | None:
    """Return the SQL of a simple query or of a statement to prepare; None for any other message."""
    if message.kind == b"Q":
        return message.body[:-1].decode()
    if message.kind == b"P":
        return message.body.split(b"\0", 2)[1].decode()
    return None


def with_statement(message: Message, sql: str) -> Message:
    """Return the same simple query or statement to prepare with other SQL."""
    if message.kind == b"Q":
        return Message(b"Q", sql.encode() + b"\0")
    name, _, rest = message.body.split(b"\0", 2)
    return Message(b"P", b"\0".join([name, sql.encode(), rest]))


def parameter_status(message: Message) -> tuple[str, str] | None:
    """Return the (name, value) that the server reports; None for any other message."""
    if message.kind != b"S":
        return None
    name, value = message.body.decode().split("\0")[:2]
    return name, value


def parameter_message(name: str, value: str) -> Message:
    """Return the message in which a server reports a parameter."""
    return Message(b"S", f"{name}\0{value}\0".encode())


def error_fields(message: Message) -> dict[str, str] | None:
    """Return the fields of a server's error (C: SQLSTATE, M: message, ...); None for any other message."""
    if message.kind != b"E":
        return None
    return {field[:1]: field[1:] for field in message.body.decode(errors="replace").split("\0") if field}

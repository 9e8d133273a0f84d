"""What comes in, before it is known what is asked: connections, bodies, tokens and ids, each within its limits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_BODY = 64 * 1024
SLOWEST_SECONDS = 15.0
"""How long a request's head, and then its body, may take to come."""
NOT_FOUND = "The requested resource was not found"
_NUMBER = re.compile(r"[0-9]{1,18}")
"""What SQLite keeps as a number."""


class RefusalError(Exception):
    """An answer other than 200, and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def read_ids(path: Mapping[str, str]) -> dict[str, Any]:
    """Return what a path names, its ids as numbers; 404 for others."""
    if not all(_NUMBER.fullmatch(value) for name, value in path.items() if name != "name"):
        raise RefusalError(404, NOT_FOUND)
    return {name: value if name == "name" else int(value) for name, value in path.items()}


async def read_body(request: Request) -> bytes:
    """Return a body of JSON; 413 for a long one, 415 for another kind, 408 for one that does not come."""
    try:
        content = await asyncio.wait_for(_receive(request), SLOWEST_SECONDS)
    except asyncio.TimeoutError as error:
        raise RefusalError(408, "the body does not come") from error
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content and kind != "application/json":
        raise RefusalError(415, "Unsupported media type: send application/json")
    return content


async def _receive(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LONGEST_BODY:
            raise RefusalError(413, f"the body is longer than {LONGEST_BODY} bytes")
    return bytes(content)


def read_token(request: Request) -> str:
    """Return the token that a request has; an empty text for none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "token"} else ""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which closes a connection whose request's head does not come within a while.

    Without that, connections that send nothing would take all places.
    """

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the head."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what has come; wait for the next head where the last one's answer was given."""
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        if not self._waits_for_head():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
        elif self._timer is None:
            self._timer = self.loop.call_later(SLOWEST_SECONDS, self._close)

    def _waits_for_head(self) -> bool:
        cycle: Any = self.cycle  # None before the first request
        return cycle is None or bool(cycle.response_complete)

    def _close(self) -> None:
        self._timer = None
        if self._waits_for_head():
            self.transport.close()

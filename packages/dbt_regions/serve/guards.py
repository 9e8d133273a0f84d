"""What stands before the API: limits on a client's rate and a body's size, and a log line for each request."""

from __future__ import annotations

import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dbt_regions.serve.answers import refusal

_log: Any = structlog.get_logger("api")


class RateLimit:
    """Answers 429 to a client, told by its address, that asks more often than allowed; health and metrics are free."""

    def __init__(self, app: ASGIApp, rate: RateLimitItem) -> None:
        self._app, self._rate = app, rate
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application do so."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else "nobody"
        if self._limiter.hit(self._rate, client):
            await self._app(scope, receive, send)
            return
        wait = self._limiter.get_window_stats(self._rate, client).reset_time - time.time()
        headers = {"Retry-After": str(max(1, round(wait)))}
        answer = JSONResponse(refusal(429, f"more than {self._rate}; ask again later"), 429, headers)
        await answer(scope, receive, send)


class RequestLog:
    """Logs each request by method, path, status and time, and counts it. It has the last word on a bug of ours: 500."""

    def __init__(self, app: ASGIApp, counter: Counter) -> None:
        self._app, self._counter = app, counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and write down how."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, request_id, status = time.monotonic(), uuid.uuid4().hex[:16], 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            _log.exception("bug", request=request_id)
            if status:
                raise
            body = refusal(500, f"a bug of ours; the server's log tells it of request {request_id}")
            await JSONResponse(body, 500)(scope, receive, answer)
        finally:
            self._counter.labels(scope["method"], str(status)).inc()
            seconds = round(time.monotonic() - started, 4)
            what: MutableMapping[str, Any] = {"method": scope["method"], "path": scope["path"][:200]}
            _log.info("request", **what, status=status, seconds=seconds, request=request_id)

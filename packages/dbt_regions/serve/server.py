"""The server: API, clock and worker of one state folder, from its start to its stop."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from limits import RateLimitItem, parse
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dbt_regions import files
from dbt_regions.domain import DbtCloudPlace
from dbt_regions.errors import RequestError, WorldError, one_line
from dbt_regions.regions import read_region, region_names
from dbt_regions.serve.answers import refusal
from dbt_regions.serve.api import Api
from dbt_regions.serve.clock import Clock
from dbt_regions.serve.guards import RateLimit, RequestLog
from dbt_regions.serve.incoming import PatientProtocol
from dbt_regions.serve.logs import set_up_logs
from dbt_regions.serve.metrics import make_registry
from dbt_regions.serve.planning import Place
from dbt_regions.serve.store import Store
from dbt_regions.serve.worker import worker_command

STATE = ".serve"
_RESTART_SECONDS = 1.0
_log: Any = structlog.get_logger("server")


@dataclass(frozen=True)
class Settings:
    """How a server is run: where it listens, with which certificate (None: no TLS), its limits, and its grace.

    `rate` is a client's, such as 1200/minute; `grace` the seconds in which a build may end when the server stops.
    """

    place: Place
    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    rate: str = "1200/minute"
    grace: float = 30.0

    @property
    def is_private(self) -> bool:
        """Whether this machine alone reaches it."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    @property
    def url(self) -> str:
        """The address that answers name; of a server that listens everywhere, this machine's."""
        host = "127.0.0.1" if set(self.host) <= set("0.:") else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


class WorkerKeeper:
    """Keeps one worker process: wakes it, starts it again when it died, ends it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._is_wanted = True
        self._thread = threading.Thread(target=self._keep, name="worker keeper", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def wake(self) -> None:
        """Tell the worker that something may be to do."""
        with self._turn, contextlib.suppress(OSError):
            if self._process and self._process.stdin:
                os.write(self._process.stdin.fileno(), b"\n")

    def is_alive(self) -> bool:
        """Return whether there is a worker now."""
        with self._turn:
            return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Let the worker end its runs and itself."""
        with self._turn:
            self._is_wanted = False
            if self._process and self._process.stdin:
                self._process.stdin.close()
        self._thread.join()

    def _keep(self) -> None:
        while True:
            with self._turn:
                if not self._is_wanted:
                    return
                self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)
            code = self._process.wait()
            if self._is_wanted:
                _log.error("worker died; starting another", exit_code=code)
                time.sleep(_RESTART_SECONDS)


def serve(settings: Settings, command: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; `command` starts the worker (default: ours).

    RequestError where no region can be served, WorldError where another server has the state folder or the address.
    """
    rate = _read_rate(settings.rate)
    set_up_logs()
    places = _read_places(settings.place.root)
    if not places:
        message = "no region has dbt_cloud in its deployment.yml, the ids by which the API knows it; nothing to serve"
        raise RequestError(message)
    with _only_server(settings.place.store.parent):
        store = Store(settings.place.store)
        store.claim_target(f"--target {settings.place.target}" if settings.place.target else "each job's own target")
        keeper = WorkerKeeper(command or worker_command(settings.place, settings.grace))
        clock = Clock(store, keeper.wake)
        registry, counter = make_registry(store)
        api = Api(store, settings.place.root, places, settings.url, keeper.wake, clock.reschedule)
        app = Starlette(
            routes=[*api.routes(), *_own_routes(keeper, registry)],
            middleware=[
                Middleware(RequestLog, counter=counter),
                Middleware(RateLimit, rate=rate),
            ],
            exception_handlers={HTTPException: _refuse},
            lifespan=_lifespan(keeper, clock),
        )
        _listen(app, settings, sorted(places))


@contextlib.contextmanager
def _only_server(state: Path) -> Iterator[None]:
    held = contextlib.ExitStack()
    try:
        held.enter_context(files.exclusive_lock(state / "lock", {"pid": os.getpid()}, timeout=0))
    except WorldError as error:
        if "is held by" not in str(error):
            raise
        message = f"another server works on {state}; stop it, or give this one a folder of its own with --state"
        raise WorldError(message) from error
    with held:
        yield


def _read_places(root: Path) -> dict[str, DbtCloudPlace]:
    """Return where each region is that can be served; a broken deployment.yml keeps its own region out only."""
    found = {name: _read_place(root, name) for name in region_names(root)}
    return {name: place for name, place in found.items() if place}


def _read_place(root: Path, region: str) -> DbtCloudPlace | None:
    try:
        return read_region(root, region).dbt_cloud
    except RequestError as error:
        _log.error("region is not served", region=region, error=one_line(error))
        return None


def _read_rate(words: str) -> RateLimitItem:
    try:
        rate = parse(words)
    except ValueError:
        rate = None
    if rate is None or rate.amount < 1:
        message = f"--rate {words!r} is none; write it as 1200/minute"
        raise RequestError(message)
    return rate


def _lifespan(keeper: WorkerKeeper, clock: Clock) -> Callable[[Starlette], Any]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        keeper.start()
        clock.start()
        yield
        await run_in_threadpool(clock.stop)
        await run_in_threadpool(keeper.stop)

    return lifespan


def _listen(app: Starlette, settings: Settings, regions: Sequence[str]) -> None:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        limit_concurrency=512,
        http=PatientProtocol,
        proxy_headers=False,
    )
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them again when it has stopped
        signal.signal(number, lambda *_: None)
    try:
        config.load()
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        message = f"--certificate {settings.certificate} and --key {settings.key}: {one_line(error)}; give PEM files"
        raise RequestError(message) from error
    try:
        socket = config.bind_socket()  # before clock and worker begin
        _log.info("serves", url=settings.url, regions=regions, target=settings.place.target or "each job's own")
        if not (settings.certificate or settings.is_private):
            _log.warning("tokens go in plain text: other machines reach this address, and it has no certificate")
        uvicorn.Server(config).run([socket])
    except SystemExit as error:
        message = f"cannot listen on {settings.host}:{settings.port}; the log above tells why: choose another --port"
        raise WorldError(message) from error


def _own_routes(keeper: WorkerKeeper, registry: CollectorRegistry) -> list[Route]:
    def health(_request: Request) -> Response:
        is_well = keeper.is_alive()
        return JSONResponse({"worker": "alive" if is_well else "dead"}, 200 if is_well else 503)

    def metrics(_request: Request) -> Response:
        try:
            return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")
        except WorldError as error:
            return PlainTextResponse(one_line(error), 503)

    return [Route("/health", health), Route("/metrics", metrics)]


async def _refuse(_request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    words = error.detail if isinstance(error, HTTPException) else "a bug of ours"
    return JSONResponse(refusal(code, words), code)

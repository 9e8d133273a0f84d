"""A job server as a process of its own, on a free port of this machine, and a client for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from dbt_regions import files
from dbt_regions.deploy.dbt_cloud import plan_dbt_cloud_jobs
from dbt_regions.regions import find_place, read_region
from dbt_regions.serve.store import Store
from dbt_regions.serve.tokens import make_token
from support.monorepo import REPO

STUB = Path(__file__).with_name("stub_server.py")
PATIENCE_SECONDS = 60
SECRET = "s3cret-in-the-environment"
"""The value of a secret that a server's environment has, and that is to be nowhere else."""


@dataclass
class JobServer:
    """A server on a copy of the monorepo: its root, the embedded warehouse's folder, and how it is started.

    `program` is the command line up to the CLI's own words, `options` are those of `serve`, `environment` is added.
    """

    root: Path
    home: Path
    program: Sequence[str]
    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ca: str | None = None
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> Path:
        """The folder of its store."""
        return self.root / ".serve"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.ca else ''}://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What server and worker have written to stderr since the first start."""
        return self.root / "server.log"

    def command(self, *words: str) -> list[str]:
        """Return the command line of `serve` with more words."""
        place = ("--root", str(self.root), "--warehouse", str(self.home))
        return [*self.program, *place, "serve", "--port", str(self.port), *self.options, *words]

    def start(self) -> None:
        """Start it, and wait until it answers and has a worker."""
        self.port = self.port or free_port()
        environment = {**program_environment(), **self.environment}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdout=log, env=environment)
        wait_for(self.is_well, self.process)

    def is_well(self) -> bool:
        """Return whether it answers that it and its worker live."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/health", timeout=5, verify=self.ca or True).ok
        return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; return its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def worker(self) -> psutil.Process:
        """Return the worker's process, once there is one."""
        assert self.process is not None
        server = psutil.Process(self.process.pid)
        wait_for(server.children)
        return server.children()[0]

    def token(self, region: str) -> str:
        """Make a token."""
        with Store(self.state / "store.sqlite").transaction() as connection:
            return make_token(connection, region, "test")

    def rows(self, statement: str) -> list[Any]:
        """Return the rows of a query to the store."""
        with Store(self.state / "store.sqlite").transaction() as connection:
            return [row._asdict() for row in connection.exec_driver_sql(statement)]

    def client(self, region: str) -> Client:
        """Return a client with a new token of the region."""
        number = find_place(read_region(self.root, region)).account_id
        return Client(self, region, f"{self.url}/api/v2/accounts/{number}", self.token(region))


@dataclass
class Client:
    """Asks a server for a region's things."""

    server: JobServer
    region: str
    account: str
    token: str
    jobs: dict[str, int] = field(default_factory=dict)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request with the token, to a path below the account."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        verify = self.server.ca or True
        return requests.request(method, self.account + path, headers=headers, timeout=30, verify=verify, **options)

    def get(self, path: str, **query: Any) -> Any:
        """Return the data of a GET that is answered with 200."""
        return self._data(self.send("GET", path, params=query))

    def post(self, path: str, body: object = None) -> Any:
        """Return the data of a POST that is answered with 200."""
        return self._data(self.send("POST", path, json=body or {}))

    @staticmethod
    def _data(answer: requests.Response) -> Any:
        assert answer.ok, answer.text
        return answer.json()["data"]

    def deploy(self) -> None:
        """Put the region's jobs to the server."""
        region = read_region(self.server.root, self.region)
        for mark, body in plan_dbt_cloud_jobs(region, find_place(region)).items():
            job = self.post("/jobs/", {**body, "name": f"{body['name']} [[{mark}]]"})
            self.jobs[mark.removeprefix(f"{self.region}-")] = job["id"]

    def announce(self, load_id: str, job: str = "hourly") -> Any:
        """Announce a load; return the run."""
        return self.post(f"/jobs/{self.jobs[job]}/run/", {"cause": f"load {load_id} of {self.region}, watermark w"})

    def run(self, number: int) -> Any:
        """Return a run with its steps."""
        return self.get(f"/runs/{number}/", include_related='["run_steps","trigger","job"]')

    def wait_for(self, number: int, *words: str) -> Any:
        """Wait until a run has one of these states; return it."""
        wait_for(lambda: self.run(number)["status_humanized"] in words)
        return self.run(number)


def stub_server(root: Path, *options: str, **environment: str) -> JobServer:
    """Return a server whose builds are stubs, on a folder that has the regions' deployment.yml."""
    (root / "stub").mkdir(parents=True, exist_ok=True)
    return JobServer(root, root / "home", (sys.executable, str(STUB), "server"), options, environment)


def real_server(root: Path, home: Path, *options: str, **environment: str) -> JobServer:
    """Return a server that builds."""
    return JobServer(root, home, (sys.executable, "-m", "dbt_regions.cli"), options, environment)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until a condition holds; fail after a minute, or at once when the process has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process is None or process.poll() is None, f"the server ended with {process.poll()}"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextlib.contextmanager
def running(server: JobServer) -> Iterator[JobServer]:
    """Start a server; it is gone after the block, also where that fails."""
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)


def bare_monorepo(folder: Path) -> Path:
    """Make a folder look like a monorepo with the shipped regions, as far as the server reads it."""
    (folder / "packages" / "shared_macros").mkdir(parents=True)
    for file in REPO.glob("projects/*/deployment.yml"):
        for name in ("deployment.yml", "dbt_project.yml", "profiles.yml"):
            files.copy_file(file.parent / name, folder / "projects" / file.parent.name / name)
    return folder


def program_environment() -> dict[str, str]:
    """Return the environment of a program that finds the tests' own modules."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@contextlib.contextmanager
def held(server: JobServer, name: str) -> Iterator[None]:
    """Hold the stub's builds at a place during the block."""
    file = server.root / "stub" / name
    file.touch()
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def effects(server: JobServer) -> list[tuple[str, str, str | None, str | None, list[str]]]:
    """Return what stub builds did, in order: number, region, job, selection, loads that they read."""
    file = server.root / "stub" / "effects"
    return [tuple(json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []

"""A loopback server that answers as dbt Cloud's Administrative API does, and refuses what that refuses.

Which fields a job and a trigger must have, what they may have, and how answers are wrapped is taken from the published
OpenAPI description of v2 (dbt-labs/dbt-cloud-openapi-spec, August 2026). What that does not say (codes and words of
refusals) is the most that the clients here rely on.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "dbtc_loopback-token"
ACCOUNT = 1
_NEEDED = {
    "account_id", "environment_id", "execution", "generate_docs", "name", "project_id", "run_generate_sources",
    "settings", "state", "triggers", "schedule", "execute_steps",
}  # fmt: skip
_TRIGGER = {
    "cause", "git_sha", "git_branch", "azure_pull_request_id", "github_pull_request_id", "gitlab_merge_request_id",
    "non_native_pull_request_id", "schema_override", "dbt_version_override", "threads_override", "target_name_override",
    "generate_docs_override", "timeout_seconds_override", "steps_override",
}  # fmt: skip
_WORDS = {1: "Queued", 2: "Starting", 3: "Running", 10: "Success", 20: "Error", 30: "Cancelled"}


@dataclass
class DbtCloud:
    """What the server holds: jobs and runs by id, the requests in order, and faults that the next answers have.

    A fault is a status code, 0 for a connection that breaks after the request was carried out, None for no fault.
    `course` is the states through which each new run goes, one with each time that it is read. `leads_to` is an address
    to which every answer leads, `answers_with` an answer of another form that all requests get.
    """

    url: str = ""
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[int | None] = field(default_factory=list)
    course: tuple[int, ...] = (2, 3, 10)
    left: dict[int, list[int]] = field(default_factory=dict)
    leads_to: str = ""
    answers_with: object = None

    def causes(self) -> list[str]:
        """Return the cause of each run, in order."""
        return [run["trigger"]["cause"] for run in self.runs.values()]


class _RefusalError(Exception):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@contextmanager
def dbt_cloud() -> Iterator[DbtCloud]:
    """Serve an empty account on a loopback port for the time of the block."""
    state = DbtCloud()

    class Handler(_Handler):
        cloud = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    cloud: DbtCloud
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        url = urlsplit(self.path)
        self.cloud.requests.append((self.command, url.path))
        fault = self.cloud.faults.pop(0) if self.cloud.faults else None
        if fault:
            self._send(fault, _status(fault, "try again"))
            return
        if self.cloud.leads_to or self.cloud.answers_with is not None:
            self._send(302 if self.cloud.leads_to else 200, self.cloud.answers_with)
            return
        try:
            answer = self._carry_out(url.path, parse_qs(url.query), content)
        except _RefusalError as refusal:
            self._send(refusal.code, _status(refusal.code, str(refusal)))
            return
        if fault == 0:
            self.close_connection = True
            self.connection.close()
            return
        self._send(200, {**_status(200, "Success!"), **answer})

    def _send(self, code: int, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.cloud.leads_to:
            self.send_header("Location", self.cloud.leads_to)
        self.end_headers()
        self.wfile.write(content)

    def _carry_out(self, path: str, query: Mapping[str, list[str]], content: bytes) -> dict[str, Any]:
        if self.headers.get("Authorization") not in {f"Bearer {TOKEN}", f"Token {TOKEN}"}:
            raise _RefusalError(401, "Invalid token.")
        body = self._read_body(content) if self.command == "POST" else {}
        for pattern, action in _ROUTES.items():
            method, _, form = pattern.partition(" ")
            if method == self.command and (found := re.fullmatch(form, path)):
                numbers = [int(number) for number in found.groups()]
                if numbers[0] != ACCOUNT:
                    raise _RefusalError(404, "The requested resource was not found")
                return action(self.cloud, numbers[1:], {**{k: v[0] for k, v in query.items()}, "body": body})
        raise _RefusalError(404, "The requested resource was not found")

    def _read_body(self, content: bytes) -> Any:
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise _RefusalError(415, "Unsupported media type")
        try:
            return json.loads(content or b"{}")
        except ValueError as error:
            raise _RefusalError(400, "JSON parse error") from error


def _status(code: int, words: str) -> dict[str, Any]:
    status = {"code": code, "is_success": code == 200, "user_message": words, "developer_message": ""}
    return {"status": status, "data": None}


def _page(items: list[dict[str, Any]], query: Mapping[str, Any]) -> dict[str, Any]:
    limit, offset = int(query.get("limit", 100)), int(query.get("offset", 0))
    shown = items[offset : offset + limit]
    pagination = {"count": len(shown), "total_count": len(items)}
    return {"data": shown, "extra": {"filters": {"limit": limit, "offset": offset}, "pagination": pagination}}


def _list_jobs(cloud: DbtCloud, _numbers: list[int], query: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {name: int(query[name]) for name in ("project_id", "environment_id") if name in query}
    return _page([job for job in cloud.jobs.values() if wanted.items() <= job.items()], query)


def _check_job(body: Mapping[str, Any]) -> None:
    if missing := sorted(_NEEDED - body.keys()):
        raise _RefusalError(400, f"{missing[0]}: this field is required")
    if not {"cron", "date", "time"} <= body["schedule"].keys() or not body["execute_steps"]:
        raise _RefusalError(400, "schedule or execute_steps is not whole")
    if body["account_id"] != ACCOUNT:
        raise _RefusalError(403, "not your account")


def _create_job(cloud: DbtCloud, _numbers: list[int], query: Mapping[str, Any]) -> dict[str, Any]:
    _check_job(query["body"])
    number = 5000 + len(cloud.requests)
    cloud.jobs[number] = {**query["body"], "id": number}
    return {"data": cloud.jobs[number]}


def _job(cloud: DbtCloud, number: int) -> dict[str, Any]:
    if number not in cloud.jobs:
        raise _RefusalError(404, "The requested resource was not found")
    return cloud.jobs[number]


def _get_job(cloud: DbtCloud, numbers: list[int], _query: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": _job(cloud, numbers[0])}


def _update_job(cloud: DbtCloud, numbers: list[int], query: Mapping[str, Any]) -> dict[str, Any]:
    _check_job(query["body"])
    _job(cloud, numbers[0]).update(query["body"], id=numbers[0])
    return {"data": cloud.jobs[numbers[0]]}


def _delete_job(cloud: DbtCloud, numbers: list[int], _query: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": cloud.jobs.pop(_job(cloud, numbers[0])["id"])}


def _start_run(cloud: DbtCloud, numbers: list[int], query: Mapping[str, Any]) -> dict[str, Any]:
    job, body = _job(cloud, numbers[0]), query["body"]
    if not isinstance(body, dict) or not body.get("cause"):
        raise _RefusalError(400, "cause: this field is required")
    if unknown := sorted(body.keys() - _TRIGGER):
        raise _RefusalError(400, f"{unknown[0]}: unknown field")
    number = 9000 + len(cloud.runs)
    cloud.runs[number] = {
        "id": number, "account_id": ACCOUNT, "job_definition_id": job["id"], "status": 1, "status_humanized": "Queued",
        "status_message": None, "trigger": {"cause": body["cause"]}, "run_steps": [],
        "href": f"{cloud.url}/deploy/{ACCOUNT}/projects/{job['project_id']}/runs/{number}/",
    }  # fmt: skip
    cloud.left[number] = list(cloud.course)
    return {"data": cloud.runs[number]}


def _get_run(cloud: DbtCloud, numbers: list[int], _query: Mapping[str, Any]) -> dict[str, Any]:
    run = cloud.runs.get(numbers[0])
    if run is None:
        raise _RefusalError(404, "The requested resource was not found")
    if cloud.left[run["id"]]:
        run["status"] = cloud.left[run["id"]].pop(0)
        run["status_humanized"] = _WORDS[run["status"]]
        run["status_message"] = "dbt test failed" if run["status"] == 20 else None
        steps = cloud.jobs[run["job_definition_id"]]["execute_steps"]
        run["run_steps"] = [{"index": 4, "name": f"Invoke {steps[0]}", "status": run["status"]}]
    return {"data": run}


def _list_runs(cloud: DbtCloud, _numbers: list[int], query: Mapping[str, Any]) -> dict[str, Any]:
    runs = [run for run in cloud.runs.values() if run["job_definition_id"] == int(query["job_definition_id"])]
    return _page(sorted(runs, key=lambda run: run["id"], reverse=query.get("order_by") == "-id"), query)


def _no_variables(_cloud: DbtCloud, _numbers: list[int], _query: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": {}}


_ACCOUNTS = r"/api/v[23]/accounts/(\d+)"
_ROUTES: Mapping[str, Callable[[DbtCloud, list[int], Mapping[str, Any]], dict[str, Any]]] = {
    rf"GET {_ACCOUNTS}/jobs/": _list_jobs,
    rf"POST {_ACCOUNTS}/jobs/": _create_job,
    rf"GET {_ACCOUNTS}/jobs/(\d+)/": _get_job,
    rf"POST {_ACCOUNTS}/jobs/(\d+)/": _update_job,
    rf"DELETE {_ACCOUNTS}/jobs/(\d+)/": _delete_job,
    rf"POST {_ACCOUNTS}/jobs/(\d+)/run/": _start_run,
    rf"GET {_ACCOUNTS}/runs/": _list_runs,
    rf"GET {_ACCOUNTS}/runs/(\d+)/": _get_run,
    rf"GET {_ACCOUNTS}/projects/(\d+)/environment-variables/job/": _no_variables,
}

"""Starts a job of a region through the API of dbt Cloud (v2), or of a server that speaks it, and follows its run.

A trigger that names a load is repeatable: it finds the run that was started for the load before, and starts none while
that one waits, runs or has succeeded. The API has no key for this, so the run's cause carries the load's id.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from dbt_regions.domain import DbtCloudPlace, Job, Region
from dbt_regions.errors import DataError, InterruptedByUserError, RequestError, WorldError
from dbt_regions.http_client import JsonApi
from dbt_regions.regions import find_job, find_place

STATUSES: Mapping[int, str] = {1: "queued", 2: "starting", 3: "running", 10: "success", 20: "error", 30: "cancelled"}
_RUNNING, _SUCCESS, _ERROR, _CANCELLED = 3, 10, 20, 30
_LOAD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,127}")
_ATTEMPTS = 6
_LOOKED_AT = 100
"""How many of a job's last runs are looked at for a load."""


@dataclass(frozen=True)
class Run:
    """A run as the API tells it: its number, state, the step that runs now (None: none), and where a person sees it.

    `unbuilt` are those of its loads that no run has built, as our own server tells them; dbt Cloud tells none.
    """

    id: int
    status: int
    step: str | None
    href: str
    message: str
    is_new: bool = False
    unbuilt: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether it has ended."""
        return self.status in {_SUCCESS, _ERROR, _CANCELLED}

    def check(self, load_id: str | None = None) -> None:
        """Raise DataError where the run ended in error or has not built a load, InterruptedByUserError if cancelled."""
        if self.status == _SUCCESS and load_id in self.unbuilt:
            message = f"run {self.id} has passed, but load {load_id} was not there: trigger it again when it is"
            raise DataError(message)
        if self.status == _ERROR:
            message = f"run {self.id} ended in error: {self.message or 'no message'}; see {self.href}"
            raise DataError(message)
        if self.status == _CANCELLED:
            message = f"run {self.id} was cancelled; see {self.href}"
            raise InterruptedByUserError(message)


def find_trigger_job(region: Region, name: str | None) -> tuple[Job, DbtCloudPlace]:
    """Return a region's job, the one by load if none is named, and its place; RequestError where there is none."""
    place = find_place(region)
    loads = [job.name for job in region.jobs if job.trigger == "load"]
    if name is None and not loads:
        message = f"{region.name} has no job with trigger load; name one with --job"
        raise RequestError(message)
    return find_job(region, name or loads[0]), place


def plan_cause(region: str, load_id: str | None, watermark: str | None, by: str) -> str:
    """Return the cause that a run is started with; RequestError for a load id of other characters than ids have."""
    if load_id is None and watermark:
        message = "--watermark is that of a load; name it with --load-id"
        raise RequestError(message)
    if load_id is None:
        return f"by hand: {by}"
    if not _LOAD_ID.fullmatch(load_id):
        message = f"load id {load_id!r} is none; up to 128 letters, digits and _ . : + -"
        raise RequestError(message)
    return f"load {load_id} of {region}" + (f", watermark {watermark}" if watermark else "")


def read_cause(region: str, cause: str) -> tuple[str, str | None] | None:
    """Return load id and watermark of a cause that `plan_cause` made; None for one that names no load.

    RequestError where it begins as if it named one and does not, or names one of another region.
    """
    if not cause.startswith("load "):
        return None
    words, _, watermark = cause.partition(", watermark ")
    _, load_id, *rest = words.split(" ")
    if not _LOAD_ID.fullmatch(load_id) or rest != ["of", region]:
        message = f"cause {cause[:200]!r} names no load of {region}: write 'load ID of {region}, watermark W'"
        raise RequestError(message)
    return load_id, watermark or None


@contextmanager
def _as_the_api_answers() -> Iterator[None]:
    """Turn an answer of another form than the API's into a WorldError."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"the answer is not of the form of dbt Cloud's API v2 ({type(error).__name__}); check DBT_BASE_URL"
        raise WorldError(message) from error


def start_run(api: JsonApi, place: DbtCloudPlace, identifier: str, cause: str, first_wait: float = 1.0) -> Run:
    """Return the run of a job that was started for this cause's load before, or else start one.

    `identifier` is how the job is called in the rendered file. What may pass is tried again up to six times with
    back-off, each time after a look for a run that the last try may have started all the same.
    """
    account = f"/api/v2/accounts/{place.account_id}"
    with _as_the_api_answers():
        job_id = _find_job_id(api, account, place, identifier)
    load = cause.partition(",")[0] if cause.startswith("load ") else None

    def attempt() -> Run:
        before = next(_runs_for(api, account, job_id, load), None) if load else None
        if before is not None:
            return before
        return _read_run(api.post(f"{account}/jobs/{job_id}/run/", {"cause": cause})["data"], is_new=True)

    retrying = Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_exponential(multiplier=first_wait, max=60) + wait_random(0, first_wait),
        retry=retry_if_exception_type(WorldError) if load else retry_if_exception_type(()),
        reraise=True,
    )
    with _as_the_api_answers():
        run: Run = retrying(attempt)
    return run


def follow_run(
    api: JsonApi, place: DbtCloudPlace, run: Run, on_change: Callable[[Run], None], poll_seconds: float
) -> Run:
    """Return a run once it has ended; tell each state and step that it comes to."""
    while True:
        on_change(run)
        if run.is_complete:
            return run
        seen = run
        while (run.status, run.step) == (seen.status, seen.step):
            time.sleep(poll_seconds)
            run = _read_again(api, place, run)


def _read_again(api: JsonApi, place: DbtCloudPlace, run: Run) -> Run:
    path = f"/api/v2/accounts/{place.account_id}/runs/{run.id}/"
    try:
        with _as_the_api_answers():
            return _read_run(api.get(path, {"include_related": '["run_steps"]'})["data"])
    except WorldError as error:
        message = f"{error}; run {run.id} goes on: {run.href}"
        raise WorldError(message) from error


def _find_job_id(api: JsonApi, account: str, place: DbtCloudPlace, identifier: str) -> int:
    jobs = _list(api, f"{account}/jobs/", {"environment_id": place.environment_id, "project_id": place.project_id})
    found = [job["id"] for job in jobs if job["name"].endswith(f"[[{identifier}]]")]
    if len(found) != 1:
        twice = f"delete all but one of the jobs {', '.join(map(str, found))} there"
        what = twice if found else "deploy the region first"
        message = f"{len(found)} jobs are called [[{identifier}]] in environment {place.environment_id}; {what}"
        raise RequestError(message)
    return int(found[0])


def _list(api: JsonApi, path: str, parameters: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
    """Yield what a list has, page by page."""
    seen = 0
    while True:
        answer = api.get(path, {**parameters, "offset": seen, "limit": _LOOKED_AT})
        yield from answer["data"]
        seen += len(answer["data"])
        if not answer["data"] or seen >= answer["extra"]["pagination"]["total_count"]:
            return


def _runs_for(api: JsonApi, account: str, job_id: int, load: str) -> Iterator[Run]:
    """Yield the newest runs that were started for a load and did not fail."""
    parameters = {
        "job_definition_id": job_id,
        "order_by": "-id",
        "limit": _LOOKED_AT,
        "include_related": '["trigger"]',
    }
    for run in api.get(f"{account}/runs/", parameters)["data"]:
        cause = str((run.get("trigger") or {}).get("cause", ""))
        found = _read_run(run)
        is_unbuilt = run["status"] == _SUCCESS and load.split(" ")[1] in found.unbuilt
        if cause.partition(",")[0] == load and run["status"] <= _SUCCESS and not is_unbuilt:
            yield found


def _read_run(data: Mapping[str, Any], *, is_new: bool = False) -> Run:
    running = [step["name"] for step in data.get("run_steps") or () if step["status"] == _RUNNING]
    step = running[-1] if running else None
    unbuilt = tuple(load["load_id"] for load in data.get("loads") or () if load["built_by"] is None)
    words = data.get("status_message") or ""
    return Run(data["id"], data["status"], step, data.get("href") or "", words, is_new, unbuilt)

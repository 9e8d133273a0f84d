"""The API: the part of dbt Cloud's Administrative API v2 that clients of jobs use, over the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, RowMapping, func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from dbt_regions.domain import DbtCloudPlace
from dbt_regions.errors import RequestError, WorldError, one_line
from dbt_regions.serve.answers import envelope, job_answer, page, refusal, run_answer, select_runs
from dbt_regions.serve.artifacts import find_artifacts
from dbt_regions.serve.incoming import NOT_FOUND, RefusalError, read_body, read_ids, read_token
from dbt_regions.serve.queue import Ask, ask, ask_cancel, requeue
from dbt_regions.serve.requests import (
    read_number,
    read_numbers,
    read_object,
    read_page,
    read_related,
    read_trigger,
)
from dbt_regions.serve.rollout import delete_job, put_job, read_job
from dbt_regions.serve.store import CANCELLED, ERROR, Store, jobs, read_row, runs
from dbt_regions.serve.tokens import find_region

_log: Any = structlog.get_logger("api")
_ORDERS = {"id": runs.c.id, "created_at": runs.c.created_at, "finished_at": runs.c.finished_at}


@dataclass(frozen=True)
class Asked:
    """A request whose token is valid: the token's region and where that is, the path's numbers, query and body."""

    connection: Connection
    region: str
    place: DbtCloudPlace
    path: Mapping[str, Any]
    query: Mapping[str, str]
    body: bytes


Handler = Callable[["Api", Asked], Any]


class Api:
    """The API of one server: `places` are the regions that it serves, `wake` tells the worker that a run waits.

    `reschedule` is called after jobs have changed.
    """

    def __init__(
        self,
        store: Store,
        root: Path,
        places: Mapping[str, DbtCloudPlace],
        url: str,
        wake: Callable[[], None],
        reschedule: Callable[[], None],
    ) -> None:
        self.store, self.root, self.url = store, root, url
        self._places, self.wake, self.reschedule = places, wake, reschedule

    def routes(self) -> list[Route]:
        """Return the routes, with and without a slash at the end, as clients send them."""
        return [
            Route(
                f"/api/{version}/accounts/{{account_id}}{path}{slash}",
                self._endpoint(handlers),
                methods=[*handlers],
            )
            for (version, path), handlers in _ROUTES.items()
            for slash in ("", "/")
        ]

    def _endpoint(self, handlers: Mapping[str, Handler]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                body = await read_body(request)
                said = await run_in_threadpool(self._carry_out, handlers, request, body)
            except RefusalError as error:
                headers = {"WWW-Authenticate": "Bearer"} if error.code == 401 else None  # noqa: PLR2004  as HTTP has it
                return JSONResponse(refusal(error.code, str(error)), error.code, headers)
            return said if isinstance(said, Response) else JSONResponse(said)

        return answer

    def _carry_out(self, handlers: Mapping[str, Handler], request: Request, body: bytes) -> Any:
        handler = handlers["GET" if request.method == "HEAD" else request.method]
        try:
            with self.store.transaction() as connection:
                region = find_region(connection, read_token(request))
                if region is None or region not in self._places:
                    raise RefusalError(401, "Invalid token.")
                place, path = self._places[region], read_ids(request.path_params)
                if path["account_id"] != place.account_id:
                    raise RefusalError(404, NOT_FOUND)
                said = handler(self, Asked(connection, region, place, path, request.query_params, body))
        except RequestError as error:
            raise RefusalError(400, one_line(error).replace(f"{self.root}/", "")) from error
        except WorldError as error:
            _log.error("store", error=one_line(error))
            raise RefusalError(503, "the server's store cannot be written; its log tells why") from error
        if handler in _CHANGING_JOBS:
            self.reschedule()
        elif request.method == "POST":
            self.wake()
        return said


def _job(asked: Asked, *, deleted: bool = False) -> RowMapping:
    """Return the job that the path names; 404 for none, 403 for one of a region that the token is not for."""
    row = asked.connection.execute(select(jobs).where(jobs.c.id == asked.path["id"])).mappings().one_or_none()
    if row is None or (row["deleted_at"] and not deleted):
        raise RefusalError(404, NOT_FOUND)
    return _own(asked, row)


def _run(asked: Asked) -> RowMapping:
    row = asked.connection.execute(select(runs).where(runs.c.id == asked.path["id"])).mappings().one_or_none()
    if row is None:
        raise RefusalError(404, NOT_FOUND)
    return _own(asked, row)


def _own(asked: Asked, row: RowMapping) -> RowMapping:
    if row["region"] != asked.region:
        raise RefusalError(403, f"the token is for {asked.region}, not for what {asked.path['id']} belongs to")
    return row


def _check_place(asked: Asked) -> None:
    """Refuse a list of a project or environment that the token is not for."""
    for name in ("project_id", "environment_id"):
        number = read_number(asked.query, name)
        if number is not None and number != getattr(asked.place, name):
            raise RefusalError(403, f"the token is for {asked.region}: {name} {getattr(asked.place, name)}")


def _list_jobs(_api: Api, asked: Asked) -> Any:
    _check_place(asked)
    limit, offset = read_page(asked.query)
    chosen = select(jobs).where(jobs.c.region == asked.region, jobs.c.deleted_at.is_(None)).order_by(jobs.c.id)
    rows = asked.connection.execute(chosen).mappings().all()
    shown = [job_answer(row) for row in rows[offset : offset + limit]]
    return envelope(shown, page(len(rows), len(shown), {"limit": limit, "offset": offset}))


def _create_job(api: Api, asked: Asked) -> Any:
    number = put_job(asked.connection, api.root, asked.region, read_object(asked.body), None)
    return envelope(job_answer(read_row(asked.connection, jobs, number)))


def _get_job(_api: Api, asked: Asked) -> Any:
    return envelope(job_answer(_job(asked)))


def _update_job(api: Api, asked: Asked) -> Any:
    number = put_job(asked.connection, api.root, asked.region, read_object(asked.body), _job(asked)["id"])
    return envelope(job_answer(read_row(asked.connection, jobs, number)))


def _delete_job(_api: Api, asked: Asked) -> Any:
    delete_job(asked.connection, _job(asked)["id"])
    return envelope(job_answer(_job(asked, deleted=True)))


def _start_run(api: Api, asked: Asked) -> Any:
    job = _job(asked)
    wanted = read_trigger(asked.region, job["id"], read_job(job), asked.body)
    return _answer_run(api, asked, ask(asked.connection, asked.region, wanted))


def _rerun_job(api: Api, asked: Asked) -> Any:
    """Retry the job's last run where that failed; else start a new one."""
    job = _job(asked)
    last = select_runs(asked.region, job["id"]).order_by(runs.c.id.desc()).limit(1)
    run = asked.connection.execute(last).mappings().one_or_none()
    if run is not None and run["status"] == ERROR:
        return _answer_run(api, asked, _requeue(asked, run))
    wanted = Ask(job["id"], "request", "rerun", "build")
    return _answer_run(api, asked, ask(asked.connection, asked.region, wanted))


def _retry_run(api: Api, asked: Asked) -> Any:
    run = _run(asked)
    if run["status"] not in {ERROR, CANCELLED}:
        raise RefusalError(400, f"run {run['id']} has not failed: there is nothing to retry")
    return _answer_run(api, asked, _requeue(asked, run))


def _requeue(asked: Asked, run: RowMapping) -> int:
    return requeue(asked.connection, run["id"], "retry") or int(run["id"])


def _list_runs(api: Api, asked: Asked) -> Any:
    _check_place(asked)
    limit, offset = read_page(asked.query)
    order = asked.query.get("order_by", "id")
    if order.removeprefix("-") not in _ORDERS:
        raise RefusalError(400, f"order_by {order[:50]!r} is none of {', '.join(_ORDERS)}")
    column = _ORDERS[order.removeprefix("-")]
    chosen = select_runs(asked.region, read_number(asked.query, "job_definition_id"))
    wanted = read_numbers(asked.query, "status__in")
    status = read_number(asked.query, "status")
    if wanted is not None or status is not None:
        chosen = chosen.where(runs.c.status.in_([*(wanted or ()), *([status] if status is not None else [])]))
    total = asked.connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    ordered = chosen.order_by(column.desc() if order.startswith("-") else column, runs.c.id).limit(limit).offset(offset)
    related = read_related(asked.query)
    rows = asked.connection.execute(ordered).mappings().all()
    shown = [run_answer(asked.connection, row, asked.place, api.url, related) for row in rows]
    return envelope(shown, page(total, len(shown), {"limit": limit, "offset": offset, "order_by": order}))


def _get_run(api: Api, asked: Asked) -> Any:
    return _answer_run(api, asked, _run(asked)["id"])


def _answer_run(api: Api, asked: Asked, number: int) -> Any:
    row = read_row(asked.connection, runs, number)
    return envelope(run_answer(asked.connection, row, asked.place, api.url, read_related(asked.query)))


def _cancel_run(api: Api, asked: Asked) -> Any:
    ask_cancel(asked.connection, _run(asked)["id"])
    return _get_run(api, asked)


def _list_artifacts(api: Api, asked: Asked) -> Any:
    found = find_artifacts(asked.connection, api.root, _run(asked), read_number(asked.query, "step"))
    return envelope(sorted(found))


def _get_artifact(api: Api, asked: Asked) -> Any:
    found = find_artifacts(asked.connection, api.root, _run(asked), read_number(asked.query, "step"))
    file = found.get(asked.path["name"])
    if file is None:
        raise RefusalError(404, NOT_FOUND)
    return FileResponse(file, media_type="application/json")


def _no_variables(_api: Api, _asked: Asked) -> Any:
    """Answer that no job has environment variables of its own: the server's environment is the jobs'."""
    return envelope({})


_CHANGING_JOBS = {_create_job, _update_job, _delete_job}
_ROUTES: Mapping[tuple[str, str], Mapping[str, Handler]] = {
    ("v2", "/jobs"): {"GET": _list_jobs, "POST": _create_job},
    ("v2", "/jobs/{id}"): {"GET": _get_job, "POST": _update_job, "DELETE": _delete_job},
    ("v2", "/jobs/{id}/run"): {"POST": _start_run},
    ("v2", "/jobs/{id}/rerun"): {"POST": _rerun_job},
    ("v2", "/runs"): {"GET": _list_runs},
    ("v2", "/runs/{id}"): {"GET": _get_run},
    ("v2", "/runs/{id}/cancel"): {"POST": _cancel_run},
    ("v2", "/runs/{id}/retry"): {"POST": _retry_run},
    ("v2", "/runs/{id}/artifacts"): {"GET": _list_artifacts},
    ("v2", "/runs/{id}/artifacts/{name:path}"): {"GET": _get_artifact},
    ("v3", "/projects/{id}/environment-variables/job"): {"GET": _no_variables},
}

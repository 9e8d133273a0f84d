"""Rows of the store in the form of dbt Cloud's Administrative API v2, as its OpenAPI description has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from dbt_regions.domain import DbtCloudPlace
from dbt_regions.serve.store import (
    CANCELLED,
    ERROR,
    LIVE,
    QUEUED,
    RUNNING,
    STARTING,
    SUCCESS,
    causes,
    jobs,
    loads,
    now,
    read_row,
    run_loads,
    runs,
    steps,
    works,
)

WORDS: Mapping[int, str] = {
    QUEUED: "Queued",
    STARTING: "Starting",
    RUNNING: "Running",
    SUCCESS: "Success",
    ERROR: "Error",
    CANCELLED: "Cancelled",
}


def envelope(data: Any, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what was asked for, as every answer has it."""
    status = {"code": 200, "is_success": True, "user_message": "Success!", "developer_message": ""}
    return {"status": status, "data": data, **({"extra": extra} if extra else {})}


def refusal(code: int, words: str) -> dict[str, Any]:
    """Return an answer that says no."""
    return {"status": {"code": code, "is_success": False, "user_message": words, "developer_message": ""}, "data": None}


def page(total: int, shown: int, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list says of itself: how it was asked for, and how much there is."""
    return {"filters": dict(filters), "pagination": {"count": shown, "total_count": total}}


def job_answer(row: RowMapping) -> dict[str, Any]:
    """Return a job: what its client gave, and what the server adds."""
    times = {"created_at": _time(row["created_at"]), "updated_at": _time(row["updated_at"])}
    return {**row["body"], "id": row["id"], "state": 2 if row["deleted_at"] else 1, "is_deferrable": False, **times}


def run_answer(
    connection: Connection, row: RowMapping, place: DbtCloudPlace, url: str, related: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a run. `loads` and `causes` are ours: what it is for, with everything that was coalesced into it."""
    why = connection.execute(select(causes).where(causes.c.run_id == row["id"]).order_by(causes.c.id)).mappings().all()
    first = why[0] if why else None
    answer = {
        "id": row["id"],
        "trigger_id": first["id"] if first else None,
        "account_id": place.account_id,
        "project_id": place.project_id,
        "environment_id": place.environment_id,
        "job_definition_id": row["job_id"],
        "job_id": row["job_id"],
        "trigger": {"cause": first["words"] if first else "", "job_definition_id": row["job_id"]},
        "href": f"{url}/api/v2/accounts/{place.account_id}/runs/{row['id']}/",
        "causes": [{"kind": cause["kind"], "cause": cause["words"], "at": _time(cause["at"])} for cause in why],
        "loads": _loads(connection, row),
        **_state(row),
        **_durations(row),
    }
    if "job" in related:
        answer["job"] = job_answer(read_row(connection, jobs, row["job_id"]))
    if "run_steps" in related:
        found = select(steps).where(steps.c.run_id == row["id"]).order_by(steps.c.position)
        answer["run_steps"] = [_step(step, place) for step in connection.execute(found).mappings()]
    return answer


def select_runs(region: str, job_id: int | None) -> Any:
    """Return the query of a region's runs; of a job's, those that do its work, whichever job they were made for."""
    query = select(runs).where(runs.c.region == region)
    if job_id is None:
        return query
    return query.where(runs.c.id.in_(select(works.c.run_id).where(works.c.job_id == job_id)))


def _loads(connection: Connection, row: RowMapping) -> list[dict[str, Any]]:
    query = (
        select(loads.c.load_id, loads.c.watermark, loads.c.built_by)
        .join(run_loads, (run_loads.c.load_id == loads.c.load_id) & (loads.c.region == row["region"]))
        .where(run_loads.c.run_id == row["id"])
        .order_by(loads.c.load_id)
    )
    return [dict(load) for load in connection.execute(query).mappings()]


def _state(row: RowMapping) -> dict[str, Any]:
    status = row["status"]
    can_retry = status in {ERROR, CANCELLED}
    return {
        "status": status,
        "status_humanized": WORDS[status],
        "status_message": row["message"],
        "in_progress": status in LIVE,
        "is_running": status == RUNNING,
        "is_complete": status not in LIVE,
        "is_success": status == SUCCESS,
        "is_error": status == ERROR,
        "is_cancelled": status == CANCELLED,
        "can_retry": can_retry,
        "retry_not_supported_reason": None if can_retry else "RETRY_NOT_FAILED_RUN",
        "artifacts_saved": row["started_at"] is not None,
        "run_steps": [],
    }


def _durations(row: RowMapping) -> dict[str, Any]:
    began, started = row["created_at"], row["dequeued_at"]
    ended = row["finished_at"] or now()
    spans = {"duration": ended - began, "queued_duration": (started or ended) - began}
    spans["run_duration"] = ended - started if started else timedelta()
    times = ("created_at", "dequeued_at", "started_at", "finished_at")
    return {
        **{name: _time(row[name]) for name in times},
        "updated_at": _time(row["finished_at"] or row["started_at"] or row["dequeued_at"] or began),
        **{name: _clock(span) for name, span in spans.items()},
        **{f"{name}_humanized": _words(span) for name, span in spans.items()},
    }


def _step(step: RowMapping, place: DbtCloudPlace) -> dict[str, Any]:
    span = (step["finished_at"] or now()) - step["started_at"]
    return {
        "id": step["run_id"] * 1000 + step["position"],
        "run_id": step["run_id"],
        "account_id": place.account_id,
        "index": step["position"],
        "name": step["name"],
        "status": step["status"],
        "status_humanized": WORDS[step["status"]],
        "logs": step["log"],
        "started_at": _time(step["started_at"]),
        "finished_at": _time(step["finished_at"]),
        "duration": _clock(span),
        "duration_humanized": _words(span),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(sep=" ") if moment else None


def _clock(span: timedelta) -> str:
    return str(timedelta(seconds=max(0, int(span.total_seconds())))).rjust(8, "0")


def _words(span: timedelta) -> str:
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    return f"{minutes} minutes, {seconds} seconds" if minutes else f"{seconds} seconds"

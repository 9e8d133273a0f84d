"""The record stage: summary.json, the `latest` link, the published figures, and which old runs are deleted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.build.load import GENERATED_PREFIX
from dbt_regions.build.plan import BuildRequest
from dbt_regions.dbt_runner import DbtSession, preload
from dbt_regions.domain import BuildSummary, LoadReport, Region, StageResult, build_exit_code, plan_retention
from dbt_regions.errors import RequestError

_PUBLISHED = """
    select published.*, newest.load_ids
    from {{ ref('shared_macros', 'published_product_funnel') }} as published
    cross join (
        select load_ids from {{ ref('shared_macros', 'product_funnel_publication') }}
        order by publication_id desc limit 1
    ) as newest
    order by published.session_date desc
"""
_LOADS = """
    {% set manifest = load_relation(ref('shared_macros', 'load_manifest')) -%}
    {% if manifest is none -%}
    select cast(null as varchar(128)) as load_id, cast(null as varchar(32)) as watermark where 1 = 0
    {%- else -%}
    select load_id, cast(max(watermark) as varchar(32)) as watermark
    from {{ manifest }}
    where left(load_id, 5) <> 'seen-'
    group by load_id
    order by max(loaded_at) desc
    {%- endif %}
"""
_FINDINGS = """
    with newest as (
        select funnel, max(unit_date) as unit_date
        from {{ ref('shared_macros', 'agg_funnel_changes') }}
        where is_judged
        group by funnel
    )
    select
        changes.funnel,
        cast(changes.unit_date as varchar(10)) as unit_date,
        changes.step_number,
        changes.reason
    from {{ ref('shared_macros', 'agg_funnel_changes') }} as changes
    inner join newest on changes.funnel = newest.funnel and changes.unit_date = newest.unit_date
    where changes.is_alert
    union all
    select funnel, cast(null as varchar(10)) as unit_date, step_number, reason
    from {{ ref('shared_macros', 'agg_funnel_influence') }}
    where is_dominant and member_kind = 'user' and (share_since_entry >= 0.5 or share_since_previous >= 0.5)
    order by 1, 3 desc
"""


@dataclass
class BuildState:
    """What a build knows of itself as it goes; `folder` is the run's own, `target_path` dbt's working folder."""

    region: str
    target: str
    run_id: str
    started_at: str
    root: Path
    folder: Path
    target_path: Path
    keep: int
    dbt_utils: str | None = None
    load: LoadReport | None = None
    figures: Mapping[str, Any] | None = None
    load_ids: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    job: str | None = None
    loads_seen: Mapping[str, str | None] | None = None
    idle: str | None = None


def begin_run(root: Path, region: Region, request: BuildRequest) -> BuildState:
    """Return the state of a new run: its id sorts by time and is unique."""
    now = datetime.now(timezone.utc)
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    home = root / "build" / region.name
    return BuildState(
        region=region.name,
        target=request.target,
        run_id=run_id,
        started_at=now.isoformat(timespec="seconds"),
        root=root,
        folder=home / "runs" / run_id,
        target_path=home / "target",
        keep=request.keep,
        job=request.job,
    )


def read_published(session: DbtSession) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Return the newest publication's last day and its load ids; None before a first publication."""
    row = session.show_row(_PUBLISHED)
    if row is None:
        return None, ()
    figures = {name: _plain(value) for name, value in row.items()}
    return figures, tuple(str(figures.pop("load_ids")).split(","))


def read_loads(session: DbtSession) -> Mapping[str, str | None]:
    """Return the newest thousand loads that the region's loader reported, each with its watermark as text.

    None before the first build. DataError or WorldError where that cannot be read: no load is not the same.
    """
    rows = session.show_rows(_LOADS, strict=True)
    return {str(row["load_id"]): row["watermark"] and str(row["watermark"]) for row in rows}


def read_findings(session: DbtSession) -> tuple[str, ...]:
    """Return what a reader of the funnels must be told: alerts of the newest judged day, and users who make a rate.

    A funnel's user is named at its last step only.
    """
    sentences = []
    named = set()
    for row in session.show_rows(_FINDINGS):
        if row["unit_date"] is not None:
            sentences.append(f"{row['funnel']} moved on {row['unit_date']}: {row['reason']}")
        elif row["funnel"] not in named:
            named.add(row["funnel"])
            sentences.append(f"{row['funnel']}: {row['reason']}")
    return tuple(sentences)


def make_summary(state: BuildState, results: tuple[StageResult, ...]) -> BuildSummary:
    """Return the summary of what the build did so far."""
    loads = (state.load.load_id,) if state.load and state.load.load_id else state.load_ids
    page = docs_page(state)
    return BuildSummary(
        region=state.region,
        run_id=state.run_id,
        target=state.target,
        started_at=state.started_at,
        finished_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        git_revision=files.read_git_revision(state.root),
        dbt_version=preload(),
        dbt_utils=state.dbt_utils,
        load_ids=state.load_ids or loads,
        generated_data=any(load.startswith(GENERATED_PREFIX) for load in loads) if loads else None,
        stages=results,
        first_error=next((f"{item.name}: {item.error}" for item in results if item.error), None),
        figures=state.figures,
        docs=str(page) if page.exists() else None,
        findings=state.findings,
        job=state.job,
        loads_seen=state.loads_seen,
        exit_code=build_exit_code(results),
    )


def write_record(state: BuildState, summary: BuildSummary) -> None:
    """Write summary.json, move `latest` to this run, and delete the runs past their keep."""
    files.write_json(state.folder / "summary.json", summary.to_json())
    files.link(state.folder.parent.parent / "latest", Path("runs") / state.run_id)
    _delete_old_runs(state)


def docs_page(state: BuildState) -> Path:
    """Return where the region's documentation page is kept."""
    return state.folder.parent.parent / "docs" / "index.html"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, (int, float, str, type(None))) else str(value)


def _delete_old_runs(state: BuildState) -> None:
    runs = []
    for folder in sorted(state.folder.parent.iterdir()):
        try:
            summary = files.read_json(folder / "summary.json")
        except RequestError:
            summary = None
        runs.append((folder.name, isinstance(summary, dict) and summary.get("exit_code") == 0))
    for run_id in plan_retention(runs, state.keep):
        files.remove_folder(state.folder.parent / run_id)

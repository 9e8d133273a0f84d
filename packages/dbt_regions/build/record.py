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
    )


def read_published(session: DbtSession) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Return the newest publication's last day and its load ids; None before a first publication."""
    row = session.show_row(_PUBLISHED)
    if row is None:
        return None, ()
    figures = {name: _plain(value) for name, value in row.items()}
    return figures, tuple(str(figures.pop("load_ids")).split(","))


def make_summary(state: BuildState, results: tuple[StageResult, ...]) -> BuildSummary:
    """Return the summary of what the build did so far."""
    load_id = state.load.load_id if state.load else None
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
        load_ids=state.load_ids or ((load_id,) if load_id else ()),
        generated_data=load_id.startswith(GENERATED_PREFIX) if load_id else None,
        stages=results,
        first_error=next((f"{item.name}: {item.error}" for item in results if item.error), None),
        figures=state.figures,
        docs=str(page) if page.exists() else None,
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

"""One region's staged build in this process: deps, load, gate, snapshot, run, test, publish, document, record.

A stage starts only if the one before it passed; `record` always runs. Each stage's artifacts are copied to
`build/<region>/runs/<run id>/<stage>/` before the next one starts.
"""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dbt_regions import files
from dbt_regions.affected import find_last_good, read_inputs, write_inputs
from dbt_regions.artifacts import read_run_results
from dbt_regions.build.events import BuildStarted, Emit, NodeEnded, StageEnded, StageStarted, Waiting
from dbt_regions.build.interruption import Interruption
from dbt_regions.build.load import run_load
from dbt_regions.build.packages import install_packages
from dbt_regions.build.plan import BuildRequest, StagePlan, check_request, plan_idle, plan_stages
from dbt_regions.build.record import (
    BuildState,
    begin_run,
    docs_page,
    make_summary,
    read_findings,
    read_loads,
    read_published,
    write_record,
)
from dbt_regions.build.target import explain_secret, explain_target
from dbt_regions.dbt_runner import ARTIFACTS, DbtSession, NodeEvent
from dbt_regions.domain import EMBEDDED_TARGET, BuildSummary, LoadReport, Region, StageResult, failure_exit_code
from dbt_regions.errors import (
    DbtRegionsError,
    InterruptedByUserError,
    RequestError,
    WorldError,
    describe_bug,
    one_line,
)
from dbt_regions.regions import read_region
from dbt_regions.warehouse import Connection, Server

_WITH_MANIFEST = ("deps", "run", "document")


@dataclass
class _Build:
    region: Region
    request: BuildRequest
    root: Path
    state: BuildState
    session: DbtSession
    server: Server | None
    connection: Connection | None
    stop: Interruption = field(default_factory=Interruption)
    stage: str = ""
    results: list[StageResult] = field(default_factory=list)


def build_region(root: Path, home: Path, request: BuildRequest, emit: Emit, stop: Interruption) -> BuildSummary:
    """Build one region and return its summary; raises RequestError or WorldError when it could not even start.

    `home` is the embedded warehouse's folder; `stop`, asked during a stage, ends the build with its record. Waits for
    another build of the region up to `request.lock_timeout`.
    """
    check_request(request)
    region = read_region(root, request.region)
    last_good = find_last_good(root, region.name)
    if request.defer and not last_good:
        message = f"{region.name} has no whole, good build here to defer to; build it once without --select and --defer"
        raise RequestError(message)
    state = begin_run(root, region, request)
    holder = {"run": state.run_id, "pid": os.getpid(), "since": state.started_at}
    with files.exclusive_lock(
        state.folder.parent.parent / ".lock",
        holder,
        timeout=request.lock_timeout,
        on_wait=lambda other: emit(Waiting(region.name, ", ".join(f"{key} {value}" for key, value in other.items()))),
    ):
        build = _open(root, home, region, request, state, emit)
        build.stop = stop
        stop.hold()
        emit(BuildStarted(region.name, state.run_id))
        for plan in plan_stages(request, last_good):
            result = _run_stage(build, plan, emit)
            build.results.append(result)
        return make_summary(state, tuple(build.results))


def _open(root: Path, home: Path, region: Region, request: BuildRequest, state: BuildState, emit: Emit) -> _Build:
    server = Server(home) if request.target == EMBEDDED_TARGET else None
    connection = server.region_connection(region.name) if server else None
    os.environ.update(dbt_environment(connection, state.run_id))
    build = _Build(region, request, root, state, None, server, connection)  # type: ignore[arg-type]  # no session before dbt has parsed

    def on_node(node: NodeEvent) -> None:
        emit(NodeEnded(region.name, build.stage, node.name, node.status))

    build.session = DbtSession(
        region.path,
        files.make_folder(state.target_path),
        target=request.target,
        variables=request.variables,
        on_node=on_node,
    )
    return build


def dbt_environment(connection: Connection | None, run_id: str) -> dict[str, str]:
    """Return the environment variables that a region's profile and the shared package read for this run."""
    environment = {"DBT_ENV_CUSTOM_ENV_RUN_ID": run_id}
    if connection is not None:
        environment |= {
            "DBT_EMBEDDED_HOST": connection.host,
            "DBT_EMBEDDED_PORT": str(connection.port),
            "DBT_EMBEDDED_USER": connection.user,
            "DBT_EMBEDDED_DATABASE": connection.database,
            "DBT_ENV_SECRET_EMBEDDED_PASSWORD": connection.password,
        }
    return environment


def _run_stage(build: _Build, plan: StagePlan, emit: Emit) -> StageResult:
    if plan.name != "record":
        failed = next((result for result in build.results if result.exit_code), None)
        skip = f"{failed.name} did not pass" if failed else plan.skip or build.state.idle
        if skip:
            result = StageResult(plan.name, "skipped", 0.0, note=skip)
            emit(StageEnded(build.region.name, result))
            return result
    build.stage = plan.name
    emit(StageStarted(build.region.name, plan.name))
    started = time.monotonic()
    result = _attempt(build, plan)
    result = replace(result, seconds=round(time.monotonic() - started, 3))
    emit(StageEnded(build.region.name, result))
    return result


def _attempt(build: _Build, plan: StagePlan) -> StageResult:
    recording = plan.name == "record"
    try:
        with contextlib.nullcontext() if recording else build.stop.allowed():
            result = _do(build, plan)
    except DbtRegionsError as error:
        result = StageResult(plan.name, "failed", 0.0, error=one_line(error), exit_code=error.exit_code)
    except KeyboardInterrupt:
        return _interrupted(plan)
    except Exception as error:  # noqa: BLE001  a bug of ours: the run is recorded all the same
        result = _bug(build, plan, error)
    return _interrupted(plan) if build.stop.requested and not recording else result


def _interrupted(plan: StagePlan) -> StageResult:
    code = InterruptedByUserError.exit_code
    return StageResult(plan.name, "interrupted", 0.0, error="interrupted", exit_code=code)


def _bug(build: _Build, plan: StagePlan, error: Exception) -> StageResult:
    trace = build.state.folder / "traceback.txt"
    with contextlib.suppress(WorldError):
        files.write_text(trace, traceback.format_exc())
    message = f"{describe_bug(error)}; please report it with {trace}"
    return StageResult(plan.name, "failed", 0.0, error=message, exit_code=DbtRegionsError.exit_code)


def _do(build: _Build, plan: StagePlan) -> StageResult:
    if plan.name == "deps":
        return _deps(build)
    if plan.name == "load":
        return _load(build)
    if plan.name == "record":
        return _record(build)
    return _dbt_stage(build, plan)


def _deps(build: _Build) -> StageResult:
    files.remove_files(ARTIFACTS, build.session.target_path)
    build.state.dbt_utils = install_packages(build.root, build.region.path, build.session)
    outcome = build.session.parse()
    _copy_artifacts(build, "deps")
    if not outcome.success:
        error = outcome.error or "dbt parse failed"
        secret = "" if build.server else explain_secret(build.region, build.request.target, error)
        message = secret or f"{error}; correct what it names and build again"
        return StageResult("deps", "failed", 0.0, error=message, exit_code=max(2, failure_exit_code(message)))
    return StageResult("deps", "passed", 0.0, note=f"dbt_utils {build.state.dbt_utils}")


def _load(build: _Build) -> StageResult:
    if build.server is not None:
        build.server.region(build.region.name)
    report = run_load(build.region, build.request, build.session, build.connection)
    build.state.load = report
    if build.request.job:
        build.state.loads_seen = read_loads(build.session)
        build.state.idle = plan_idle(build.request, build.state.loads_seen)
    return StageResult("load", "passed", 0.0, note=_load_note(report))


def _load_note(report: LoadReport) -> str:
    rows = f"{sum(report.rows.values()):,} rows in {len(report.rows)} tables" if report.rows else ""
    return ", ".join(part for part in (report.load_id, rows, report.note) if part)


def _dbt_stage(build: _Build, plan: StagePlan) -> StageResult:
    files.remove_files(ARTIFACTS, build.session.target_path)
    if plan.name == "document":  # the page holds the manifest with all SQL that the stages before compiled
        build.session.write_manifest()
    outcome = build.session.run(plan.command)
    if plan.name == "run":
        build.session.write_manifest()
    _copy_artifacts(build, plan.name)
    results = read_run_results(build.session.target_path)
    nodes = results.nodes if results else {}
    if not outcome.success:
        message = (results and results.first_error) or outcome.error or f"dbt {plan.command[0]} failed, see dbt.log"
        code = _exit_code(build, message)
        if build.server is None:
            message = explain_target(build.region, build.request.target, message, code)
        return StageResult(plan.name, "failed", 0.0, nodes, message, code)
    if plan.name == "test":
        _refuse_empty_selection(build, nodes)
    if plan.name == "document":
        files.copy_file(build.session.target_path / "static_index.html", docs_page(build.state))
    return StageResult(plan.name, "passed", 0.0, nodes)


def _refuse_empty_selection(build: _Build, tests: Mapping[str, int]) -> None:
    if (
        build.request.select
        and not tests
        and not any(result.nodes for result in build.results if result.name in {"snapshot", "run"})
    ):
        message = f"--select {build.request.select} matches no snapshot, model or test of the region; correct the name"
        raise RequestError(message)


def _record(build: _Build) -> StageResult:
    if build.state.idle:
        files.remove_folder(build.state.folder)
        return StageResult("record", "passed", 0.0, note=build.state.idle)
    if all(result.exit_code != WorldError.exit_code for result in build.results):
        build.state.figures, build.state.load_ids = read_published(build.session)
    if not any(result.exit_code for result in build.results):
        build.state.findings = read_findings(build.session)
    result = StageResult("record", "passed", 0.0)
    summary = make_summary(build.state, (*build.results, result))
    if summary.exit_code == 0 and build.request.is_whole:
        manifest = files.read_json(build.session.target_path / "manifest.json")
        write_inputs(build.state.folder, read_inputs(manifest, build.region.path, build.request.variables))
    write_record(build.state, summary)
    return result


def _exit_code(build: _Build, message: str) -> int:
    if build.server is not None and not build.server.is_running():
        return 3
    return failure_exit_code(message)


def _copy_artifacts(build: _Build, stage: str) -> None:
    manifest = ("manifest.json",) if stage in _WITH_MANIFEST else ()
    names = (*manifest, "run_results.json", "catalog.json")
    files.copy_files(names, build.session.target_path, build.state.folder / stage)

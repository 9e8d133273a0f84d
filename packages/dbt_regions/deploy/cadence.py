"""Which job builds which node of a region, by dbt's own selection, and what is wrong with that.

Every model, snapshot and seed belongs to one job, and every test is run by one at least. The gate's models belong to
all of them: each job that writes begins with them. A job that is started by loads reads only what it builds itself:
else its first run would find nothing, and its figures would stand on yesterday's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions.build.plan import plan_job_commands
from dbt_regions.dbt_runner import DbtSession, OfflineProject, run_side_by_side
from dbt_regions.deploy.schedule import find_overlaps
from dbt_regions.domain import Job, Region
from dbt_regions.errors import RequestError
from dbt_regions.files import read_json
from dbt_regions.regions import read_output

_KINDS = {
    "snapshot": ("snapshot",),
    "run": ("model",),
    "test": ("test",),
    "build": ("model", "snapshot", "seed", "test"),
}
_BUILT = ("model", "snapshot", "seed")
_GATE = "gate"
_SHOWN = 5


@dataclass(frozen=True)
class Node:
    """A node of a region's graph that a job has to take: what it reads, and whether it is one of the gate's."""

    reads: tuple[str, ...]
    is_gate: bool
    is_test: bool


@dataclass(frozen=True)
class Cadence:
    """A region's jobs with the nodes that each takes, and what is wrong, each in a sentence."""

    region: str
    jobs: Mapping[str, frozenset[str]]
    faults: tuple[str, ...]


def read_cadences(root: Path, regions: Sequence[Region]) -> tuple[Cadence, ...]:
    """Return each region's cadence, parsed for the warehouse of its jobs; its dbt packages are installed already.

    RequestError where dbt cannot read a project, or a job's selection.
    """
    found = tuple(run_side_by_side(_try_cadence, [(root, region) for region in regions]))
    for one in found:
        if isinstance(one, RequestError):
            raise one
    return tuple(one for one in found if isinstance(one, Cadence))


def _try_cadence(task: tuple[Path, Region]) -> Cadence | RequestError:
    """Return a region's cadence, or what is wrong with the request: raised here, it would cut the others off."""
    try:
        return _read_cadence(*task)
    except RequestError as error:
        return error


def _read_cadence(root: Path, region: Region) -> Cadence:
    overlay = root / "build" / region.name / "deployments"
    project = OfflineProject(region.path, overlay, _warehouse(region))
    parsed = project.parse()
    if not parsed.success:
        message = f"{region.name}: {parsed.error or 'dbt parse failed'}; correct what it names"
        raise RequestError(message)
    graph = read_graph(read_json(project.manifest))
    jobs = {job.name: _list_nodes(project.session, region, job) & graph.keys() for job in region.jobs}
    faults = (*find_faults(graph, {job: jobs[job.name] for job in region.jobs}), *find_overlaps(region.jobs))
    return Cadence(region.name, jobs, tuple(f"{region.name}: {fault}" for fault in faults))


def _list_nodes(session: DbtSession, region: Region, job: Job) -> frozenset[str]:
    """Return what a job's commands take; RequestError names the job whose selection dbt cannot read."""
    try:
        commands = plan_job_commands(region.name, job)
        return frozenset(node for command in commands for node in session.list_nodes(plan_listing(command)))
    except RequestError as error:
        message = f"projects/{region.name}/deployment.yml: jobs.{job.name}: {error}"
        raise RequestError(message) from error


def plan_listing(command: Sequence[str]) -> tuple[str, ...]:
    """Return the arguments of `dbt ls` that list what a dbt command takes."""
    kinds = [part for kind in _KINDS[command[0]] for part in ("--resource-type", kind)]
    selection: list[str] = []
    taking = False
    for word in command[1:]:
        taking = word in {"--select", "--exclude"} or (taking and not word.startswith("--"))
        selection += [word] if taking else []
    return (*kinds, *selection)


def read_graph(manifest: Mapping[str, Any]) -> Mapping[str, Node]:
    """Return the nodes of a manifest that jobs have to take; models that are not stored and unit tests are none."""
    nodes = manifest["nodes"]
    stored = {key: node for key, node in nodes.items() if node["config"].get("materialized") != "ephemeral"}
    return {
        key: Node(
            tuple(_stored_parents(key, nodes)), _GATE in node["config"].get("tags", ()), node["resource_type"] == "test"
        )
        for key, node in stored.items()
        if node["resource_type"] in {*_BUILT, "test"}
    }


def _stored_parents(key: str, nodes: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a node reads, through models that are not stored."""
    for parent in nodes[key]["depends_on"].get("nodes", ()):
        if parent in nodes and nodes[parent]["config"].get("materialized") == "ephemeral":
            yield from _stored_parents(parent, nodes)
        elif parent in nodes:
            yield parent


def find_faults(graph: Mapping[str, Node], jobs: Mapping[Job, frozenset[str]]) -> Iterator[str]:
    """Yield what is wrong with the nodes that each job takes."""
    takers = {key: [job.name for job, taken in jobs.items() if key in taken] for key in graph}
    built = {key: names for key, names in takers.items() if not (graph[key].is_test or graph[key].is_gate)}
    yield from _sentence("no job builds", (key for key, names in built.items() if not names))
    yield from _sentence(
        "no job runs the test", (key for key, node in graph.items() if node.is_test and not takers[key])
    )
    twice: dict[str, list[str]] = {}
    for key, names in built.items():
        if len(names) > 1:
            twice.setdefault(" and ".join(names), []).append(key)
    for both, keys in twice.items():
        yield from _sentence(f"{both} would build at once", keys)
    for job, taken in jobs.items():
        if job.trigger == "load":
            missing = {read: key for key in taken & built.keys() for read in graph[key].reads if read not in taken}
            yield from _sentence(f"{job.name} reads but does not build", missing)


def _sentence(what: str, keys: Iterable[str]) -> Iterator[str]:
    names = sorted(key.split(".")[2] for key in keys)
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield f"{what} {', '.join(names[:_SHOWN])}{more}; change the select or exclude of a job in its deployment.yml"


def _warehouse(region: Region) -> str:
    """Return the kind of warehouse of the region's jobs; RequestError where they run on several."""
    kinds = {job.name: str(read_output(region.path, job.target)["type"]) for job in region.jobs}
    if len(set(kinds.values())) != 1:
        said = ", ".join(f"{job} on {kind}" for job, kind in kinds.items())
        message = (
            f"{region.path / 'deployment.yml'}: jobs run on several kinds of warehouse ({said}); name targets of one"
        )
        raise RequestError(message)
    return next(iter(kinds.values()))

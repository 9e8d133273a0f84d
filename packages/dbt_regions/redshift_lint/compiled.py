"""Compiles a region for Redshift with no connection, in both branches of its incremental models."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.dbt_runner import BRANCHES, COMPILED, OfflineProject
from dbt_regions.domain import Region
from dbt_regions.errors import RequestError
from dbt_regions.redshift_lint.keys import UnknownKey, find_unknown_keys
from dbt_regions.redshift_lint.project_files import ProjectFiles
from dbt_regions.redshift_lint.source_texts import Place, SourceText


@dataclass(frozen=True)
class CompiledNode:
    """One node as dbt compiled it in one branch. `source` is its own text, `macros` the texts of what it may call."""

    name: str
    resource_type: str
    package: str
    path: str
    raw_code: str
    compiled_code: str
    branch: str
    source: SourceText
    macros: tuple[SourceText, ...]


@dataclass(frozen=True)
class NotCompiled:
    """One node that dbt could not compile without a warehouse in one branch, and dbt's word why."""

    name: str
    resource_type: str
    path: str
    branch: str
    reason: str


@dataclass(frozen=True)
class DeclaredColumn:
    """A column's type as the project declares it for a model, a seed or a snapshot."""

    node: str
    resource_type: str
    column: str
    data_type: str
    place: Place


@dataclass(frozen=True)
class Compilation:
    """All that the lint judges of one region. `own_macros` are those of this repository, called or not."""

    region: str
    nodes: tuple[CompiledNode, ...]
    not_compiled: tuple[NotCompiled, ...]
    columns: tuple[DeclaredColumn, ...]
    own_macros: tuple[SourceText, ...]
    unknown_keys: tuple[UnknownKey, ...] = ()


def compile_offline(root: Path, region: Region) -> Compilation:
    """Compile a region whose dbt packages are installed; RequestError when its project cannot be parsed."""
    with tempfile.TemporaryDirectory(prefix="redshift-lint-", ignore_cleanup_errors=True) as scratch:
        project = OfflineProject(region.path, Path(scratch) / "project", "redshift")
        parsed = project.parse()
        if not parsed.success:
            message = f"region {region.name} does not parse for Redshift: {parsed.error}; correct it, then lint again"
            raise RequestError(message)
        manifests = {}
        for branch in BRANCHES:
            failed = project.compile(branch)
            manifests[branch] = (files.read_json(project.manifest), failed)
    return _compilation(region.name, ProjectFiles(root, region.path), manifests)


def _compilation(
    region: str, project: ProjectFiles, manifests: Mapping[str, tuple[Mapping[str, Any], Mapping[str, str]]]
) -> Compilation:
    manifest = next(iter(manifests.values()))[0]
    texts = {key: project.macro(macro) for key, macro in manifest["macros"].items()}
    nodes: list[CompiledNode] = []
    failed: list[NotCompiled] = []
    for branch, (compiled, errors) in manifests.items():
        for key, node in sorted(compiled["nodes"].items()):
            if node["resource_type"] not in COMPILED:
                continue
            if key in errors or not node.get("compiled_code"):
                reason = errors.get(key) or "dbt compiled no SQL for it"
                path = project.path_of(node)
                failed.append(NotCompiled(node["name"], node["resource_type"], path, branch, reason))
            else:
                nodes.append(_node(project, node, branch, _reachable(node, manifest["macros"], texts)))
    return Compilation(
        region,
        tuple(nodes),
        tuple(failed),
        tuple(_columns(project, manifest)),
        tuple(texts[key] for key, macro in manifest["macros"].items() if project.is_ours(macro["package_name"])),
        tuple(find_unknown_keys(project, manifest)),
    )


def _node(project: ProjectFiles, node: Mapping[str, Any], branch: str, macros: tuple[SourceText, ...]) -> CompiledNode:
    source = project.node(node)
    return CompiledNode(
        name=node["name"],
        resource_type=node["resource_type"],
        package=node["package_name"],
        path=source.path,
        raw_code=node["raw_code"],
        compiled_code=_without_injected(node),
        branch=branch,
        source=source,
        macros=macros,
    )


def _without_injected(node: Mapping[str, Any]) -> str:
    """Return compiled SQL in which the ephemeral models that dbt wrote into it are empty: each is linted by itself."""
    code: str = node["compiled_code"]
    for injected in node.get("extra_ctes") or ():
        sql = injected.get("sql") or ""
        head, bracket, _ = sql.partition("(")
        if bracket and sql in code:
            code = code.replace(sql, f"{head}(select 1)")
    return code


def _reachable(
    node: Mapping[str, Any], macros: Mapping[str, Any], texts: Mapping[str, SourceText]
) -> tuple[SourceText, ...]:
    """Return the texts of all macros that a node calls, at any distance."""
    pending, seen = list(node["depends_on"]["macros"]), set()
    while pending:
        key = pending.pop()
        if key not in seen and key in macros:
            seen.add(key)
            pending.extend(macros[key]["depends_on"]["macros"])
    return tuple(texts[key] for key in sorted(seen))


def _columns(project: ProjectFiles, manifest: Mapping[str, Any]) -> Iterator[DeclaredColumn]:
    for _, node in sorted(manifest["nodes"].items()):
        for column in node["columns"].values():
            if column.get("data_type") and project.is_ours(node["package_name"]):
                place = project.column_place(node, column["name"])
                yield DeclaredColumn(node["name"], node["resource_type"], column["name"], column["data_type"], place)

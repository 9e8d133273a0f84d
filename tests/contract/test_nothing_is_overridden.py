"""A definition stands once: no region replaces or reconfigures a shared macro, model, snapshot or test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.lint_exceptions import Refuse
from support.repo import SHARED_NAME, ParsedProject, copy_region, region_names, run_dbt
from support.shared_package import Macro, read_macros

RELOCATION = frozenset({"database", "schema", "sort", "dist"})
"""What a region may configure on a shared node: where its tables lie, and Redshift's keys."""
NODE_KINDS = ("model", "snapshot", "seed", "test", "operation", "analysis", "sql_operation")
_NEEDS_MORE = re.compile(
    r"\b(graph|execute|model|adapter\.get_\w+|invocation_id|funnel\.|definition\.|node\.|exceptions|actual)\b"
    r"|\b_judge\b|\bfunnel_definition\b|\b_computed_by\b|\b_relation_of\b|\bvar\(|return\(\{"
)
COMPILES_OFFLINE = (
    "int_sessions_agg", "fct_underwriting_funnel", "agg_funnel_days", "int_funnel_unit_steps", "fct_user_sessions",
    "agg_funnel_steps", "agg_product_funnel",
)  # fmt: skip


def _shared(project: ParsedProject) -> dict[str, Mapping[str, Any]]:
    nodes = {node["unique_id"]: node for node in project.nodes(SHARED_NAME, *NODE_KINDS)}
    unit_tests = project.manifest["unit_tests"]
    return {**nodes, **{key: test for key, test in unit_tests.items() if test["package_name"] == SHARED_NAME}}


def _differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*ours["config"], *theirs["config"]} - RELOCATION):
        if ours["config"].get(key) != theirs["config"].get(key):
            yield f"{key}: {ours['config'].get(key)!r} became {theirs['config'].get(key)!r}"
    for key in ("columns", "description", "alias", "raw_code"):
        if ours.get(key) != theirs.get(key):
            yield f"{key} differs"


def test_shared_configuration_is_the_packages_own(
    regions: Mapping[str, ParsedProject], neutral: ParsedProject, refuse: Refuse
) -> None:
    """Each shared node is configured in each region as under one that configures nothing, but for where it lies."""
    expected = _shared(neutral)
    wrong = []
    for name, project in regions.items():
        seen = _shared(project)
        wrong += [f"projects/{name}: {key} is disabled" for key in sorted(expected.keys() - seen.keys())]
        wrong += [f"projects/{name}: {key} is new" for key in sorted(seen.keys() - expected.keys())]
        for key in sorted(expected.keys() & seen.keys()):
            wrong += [f"projects/{name}: {key}: {what}" for what in _differences(expected[key], seen[key])]
    allowed = ", ".join(sorted(RELOCATION))
    refuse(f"Take it out of the region's YAML; it may set {allowed} and nothing else:", wrong)


def test_shared_macros_are_the_packages_own(
    regions: Mapping[str, ParsedProject], neutral: ParsedProject, refuse: Refuse
) -> None:
    """Each region parses the same shared macros, word for word."""
    expected = {key: macro["macro_sql"] for key, macro in neutral.manifest["macros"].items() if SHARED_NAME in key}
    wrong = [
        f"projects/{name}: {key}"
        for name, project in regions.items()
        for key, text in expected.items()
        if project.manifest["macros"].get(key, {}).get("macro_sql") != text
    ]
    refuse("The region reads another copy of the package; run its deps stage again:", wrong)


def test_no_region_macro_has_a_name_of_a_package(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """No macro of a region is called as one of dbt's, dbt_utils' or ours, nor is it a warehouse variant of one."""
    wrong = []
    for name, project in regions.items():
        macros = project.manifest["macros"].values()
        taken = {_plain(macro["name"]) for macro in macros if macro["package_name"] != name}
        wrong += [m["unique_id"] for m in macros if m["package_name"] == name and _plain(m["name"]) in taken]
    refuse("Delete the macro, or give it a name of its own:", wrong)


def _plain(name: str) -> str:
    return re.sub(r"^[a-z]+?__", "", name)


def test_no_region_node_has_a_shared_name(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """No model, test or exposure of a region has the name of a shared node or lies in its relation."""
    wrong = []
    for name, project in regions.items():
        shared = _shared(project).values()
        names = {node["name"] for node in shared}
        relations = {node.get("relation_name") for node in shared} - {None}
        own = [*project.nodes(name, *NODE_KINDS), *project.manifest["exposures"].values()]
        wrong += [n["unique_id"] for n in own if n["name"] in names or n.get("relation_name") in relations]
    refuse("Rename the region's node:", wrong)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """SQL of shared models, and of a probe that calls what we dispatch: in a region as it is, and in a hostile copy."""
    copies = []
    for word in ("plain", "hostile"):
        project = copy_region(region_names()[0], tmp_path_factory.mktemp(word))
        (project / "models" / "staging" / "stg_probe.sql").write_text(_probe())
        copies.append(project)
    macros = copies[1] / "macros"
    macros.mkdir(exist_ok=True)
    (macros / "hostile.sql").write_text(_hostile_macros(read_macros()))
    offline = ("--no-introspect", "--no-populate-cache", "--exclude", "resource_type:test", "resource_type:unit_test")
    select = ("compile", *offline, "--select", "stg_probe", *COMPILES_OFFLINE)
    results = run_dbt(*((project, select) for project in copies))
    assert all(result["success"] for result in results), f"dbt cannot compile: {[r['error'] for r in results]}"
    return _compiled_sql(copies[0]), _compiled_sql(copies[1])


def _probe() -> str:
    """Return a model that calls each public macro which takes names or expressions and needs no warehouse."""
    plain = [m for m in read_macros() if m.is_public and m.kind == "macro" and not _NEEDS_MORE.search(m.body)]
    calls = (f"{{{{ {SHARED_NAME}.{macro.name}({', '.join(map(repr, macro.arguments))}) }}}}" for macro in plain)
    return "\n".join(["{{ config(materialized='view') }}", *calls])


def _hostile_macros(macros: tuple[Macro, ...]) -> str:
    ours = {macro.name for macro in macros if macro.kind == "macro"}
    names = ours | {f"default__{macro.name}" for macro in macros if macro.kind == "macro" and not macro.warehouse}
    form = "{{% macro {}() %}}hostile{{{{ '' if varargs or kwargs }}}}{{% endmacro %}}"
    return "\n".join(form.format(name) for name in sorted(names))


def _compiled_sql(project: Path) -> Mapping[str, str]:
    folder = project / "target" / "compiled"
    return {file.relative_to(folder).as_posix(): file.read_text() for file in sorted(folder.rglob("*.sql"))}


def test_a_hostile_region_still_gets_our_sql(
    compiled: tuple[Mapping[str, str], Mapping[str, str]], refuse: Refuse
) -> None:
    """A region with a macro and a `default__` variant named as each of ours compiles to the same SQL as one without."""
    plain, hostile = compiled
    wrong = [name for name, sql in plain.items() if hostile.get(name) != sql]
    repair = "Prefix calls inside the package with `shared_macros.`, and keep the regions' dispatch entries:"
    assert len(plain) >= 4, f"too little compiled to prove anything: {sorted(plain)}"
    refuse(repair, wrong)

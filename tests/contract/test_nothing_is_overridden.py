"""A region cannot reach into the shared package by a macro; `nox -s parity` judges every other way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.lint_exceptions import Refuse
from support.repo import SHARED_NAME, copy_region, region_names, run_dbt
from support.shared_package import Macro, read_macros

_NEEDS_MORE = re.compile(
    r"\b(graph|execute|model|adapter\.get_\w+|invocation_id|funnel\.|definition\.|node\.|exceptions|actual)\b"
    r"|\b_judge\b|\bfunnel_definition\b|\b_computed_by\b|\b_relation_of\b|\bvar\(|return\(\{"
)
COMPILES_OFFLINE = (
    "int_sessions_agg", "fct_underwriting_funnel", "agg_funnel_days", "int_funnel_unit_steps", "fct_user_sessions",
    "agg_funnel_steps", "agg_product_funnel",
)  # fmt: skip


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

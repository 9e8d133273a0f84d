"""What the Redshift lint makes of a compiled region: branches merged, types of contracts, macro names, failed nodes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbt_regions.redshift_lint import Compilation, CompiledNode, Place, SourceText, lint_compilation
from dbt_regions.redshift_lint.compiled import DeclaredColumn, NotCompiled

PATH = "packages/shared_macros/models/agg_x.sql"


def _macro(name: str, body: str, path: str | None = None) -> SourceText:
    text = f"{{%- macro {name}() -%}}\n{body}\n{{%- endmacro -%}}\n"
    return SourceText(f"macros/{name}.sql" if path is None else path, text, macro=name)


def _node(raw: str, compiled: str, branch: str, *macros: SourceText) -> CompiledNode:
    return CompiledNode(
        name="agg_x", resource_type="model", package="shared_macros", path=PATH, raw_code=raw, compiled_code=compiled,
        branch=branch, source=SourceText(PATH, raw), macros=macros,
    )  # fmt: skip


def _compilation(*nodes: CompiledNode, own: tuple[SourceText, ...] = ()) -> Compilation:
    return Compilation("phoenix", nodes, (), (), own)


def _lines(compilation: Compilation) -> list[str]:
    return [finding.to_text() for finding in lint_compilation(compilation).findings]


def test_a_finding_names_model_line_and_remedy() -> None:
    """The line that a person reads has the source's place, the rule, what is wrong, the remedy and the model."""
    raw = "select\n    sum(a) filter (where b) as c\nfrom t"
    lines = _lines(_compilation(_node(raw, raw, "first build"), _node(raw, raw, "incremental")))
    assert lines == [f"{PATH}:2:12 RS105 aggregate with FILTER; write sum(case when ... end) (model agg_x)"]


def test_a_finding_of_one_branch_says_which() -> None:
    """A breach in the incremental branch alone is found, and says so; in both branches it is one finding."""
    raw = "select 1 as a\n{% if is_incremental() %}\nunion all select every(b) from t\n{% endif %}"
    first, later = "select 1 as a\n", "select 1 as a\n\nunion all select every(b) from t\n"
    report = lint_compilation(_compilation(_node(raw, first, "first build"), _node(raw, later, "incremental")))
    assert [(str(found.place), found.branches) for found in report.findings] == [(f"{PATH}:3:18", ("incremental",))]
    assert report.findings[0].to_text().endswith("(model agg_x, incremental only)")
    assert report.summary() == "phoenix: 1 node, 2 branches, 1 finding, 0 allowances"


def test_a_variant_for_redshift_may_use_its_functions() -> None:
    """What PostgreSQL lacks is fine in a redshift__ variant and in dbt's own macros, and nowhere else."""
    raw = "select\n    {{ now_utc() }} as a\nfrom t"
    compiled = "select\n    getdate()\n as a\nfrom t"
    for macro, found in (
        (_macro("redshift__now_utc", "getdate()"), []),
        (replace(_macro("now_utc", "getdate()", ""), macro="dbt.now_utc"), []),
        (_macro("now_utc", "getdate()"), ["RS301"]),
        (_macro("default__now_utc", "getdate()"), ["RS301"]),
    ):
        report = lint_compilation(_compilation(_node(raw, compiled, "first build", macro)))
        assert [finding.code for finding in report.findings] == found, macro.macro


def test_a_breach_of_redshift_is_one_in_any_variant() -> None:
    """What Redshift lacks is a finding in a redshift__ variant too, with the macro's place beside the model's."""
    macro = _macro("redshift__flags", "every(a)")
    node = _node("select\n    {{ flags() }} as a\nfrom t", "select\n    every(a)\n as a\nfrom t", "first build", macro)
    line = f"{PATH}:2:5 RS101 function that Redshift does not support: function every;"
    found = _lines(_compilation(node))
    assert len(found) == 1
    assert found[0].startswith(line)
    assert found[0].endswith(
        "(model agg_x, from macro redshift__flags macros/redshift__flags.sql:2:1, first build only)"
    )


def test_a_postgres_variant_is_a_finding_wherever_it_is() -> None:
    """A macro postgres__x is reported at its name, called or not: dbt would take it on Redshift."""
    macro = _macro("postgres__x", "select 1")
    found = lint_compilation(_compilation(own=(macro, _macro("default__x", "select 1")))).findings
    assert [(finding.code, finding.place) for finding in found] == [("RS401", Place("macros/postgres__x.sql", 1, 11))]
    assert "postgres__x" in found[0].message


@pytest.mark.parametrize(
    ("data_type", "code"),
    [
        ("text", "RS203"),
        ("varchar", "RS204"),
        ("jsonb", "RS201"),
        ("numeric", "RS208"),
        ("varchar(70000)", "RS209"),
        ("timestamp(6) without time zone", "RS209"),
    ],
)
def test_a_declared_type_is_judged_as_a_cast(data_type: str, code: str) -> None:
    """A contract's column type is a finding at its line of the YAML file, naming model and column."""
    column = DeclaredColumn("agg_x", "model", "label", data_type, Place("models/agg_x.yml", 7, 20))
    found = lint_compilation(replace(_compilation(), columns=(column,))).findings
    assert [(finding.code, str(finding.place), finding.node) for finding in found] == [
        (code, "models/agg_x.yml:7:20", "agg_x")
    ]
    assert f"column label is {data_type}" in found[0].message


def test_a_node_that_does_not_compile_is_a_finding() -> None:
    """A node that asks the warehouse while dbt compiles is reported with dbt's reason, once for both branches."""
    failed = [NotCompiled("agg_x", "model", PATH, branch, "it asks") for branch in ("first build", "incremental")]
    report = lint_compilation(replace(_compilation(), not_compiled=tuple(failed)))
    assert len(report.findings) == 1
    line = report.findings[0].to_text()
    assert line.startswith(f"{PATH}:1:1 RS902 cannot be compiled offline: it asks;")
    assert line.endswith("(model agg_x)")
    assert report.nodes == 1


def test_an_allowance_in_a_macro_excuses_it_in_every_model() -> None:
    """An allowance beside a macro's text excuses the models that the text gets into, and shows once as used."""
    macro = _macro("flags", "{#- redshift-lint: allow RS101 because it is tried -#}\nevery(a)")
    raw, compiled = "select\n    {{ flags() }} as a\nfrom t", "select\n    every(a)\n as a\nfrom t"
    nodes = (_node(raw, compiled, "first build", macro), _node(raw, compiled, "incremental", macro))
    report = lint_compilation(_compilation(*nodes, own=(macro,)))
    assert report.findings == ()
    assert [str(one.place) for one in report.allowances] == ["macros/flags.sql:2:5"]


def test_an_idle_allowance_counts_where_the_macro_is_called() -> None:
    """An allowance in a macro that no node of the region calls may be another region's; in a called one it is idle."""
    macro = _macro("flags", "{#- redshift-lint: allow RS105 because of old times -#}\n1")
    raw, compiled = "select\n    {{ flags() }} as a\nfrom t", "select\n    1\n as a\nfrom t"
    called = _compilation(_node(raw, compiled, "first build", macro), own=(macro,))
    assert [finding.code for finding in lint_compilation(called).findings] == ["RS803"]
    assert lint_compilation(_compilation(own=(macro,))).findings == ()

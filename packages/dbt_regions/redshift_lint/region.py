"""Lints what dbt compiled of a region: every node in both branches, declared column types, and macro names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dbt_regions.dbt_runner import BRANCHES
from dbt_regions.redshift_lint.allowances import Allowance, read_allowances
from dbt_regions.redshift_lint.compiled import Compilation, CompiledNode, DeclaredColumn
from dbt_regions.redshift_lint.excuses import allowance_findings, excuse
from dbt_regions.redshift_lint.keys import UnknownKey
from dbt_regions.redshift_lint.lint import lint_sql
from dbt_regions.redshift_lint.project_files import macro_heading
from dbt_regions.redshift_lint.reports import LintReport, SourceFinding
from dbt_regions.redshift_lint.rules import is_rule, rule
from dbt_regions.redshift_lint.source_lines import find_origin
from dbt_regions.redshift_lint.source_texts import Place, SourceText
from dbt_regions.redshift_lint.type_checks import lint_type
from dbt_regions.redshift_lint.words import place_of_line


def lint_compilation(compilation: Compilation) -> LintReport:
    """Return the findings of a compiled region, merged over its branches, and the allowances that were used."""
    found = [
        *_merge(finding for node in compilation.nodes for finding in _lint_node(node)),
        *_merge(_not_compiled(compilation)),
        *(finding for column in compilation.columns for finding in _lint_column(column)),
        *_lint_macro_names(compilation.own_macros),
        *(_unknown_key(key) for key in compilation.unknown_keys),
    ]
    allowances = _allowances(compilation)
    kept, used = excuse(found, allowances)
    kept += allowance_findings(_judged(allowances, compilation), used)
    kept.sort(
        key=lambda finding: (finding.place.path, finding.place.line, finding.place.column, finding.code, finding.node)
    )
    nodes = {(node.name, node.path) for node in compilation.nodes}
    nodes |= {(node.name, node.path) for node in compilation.not_compiled}
    return LintReport(compilation.region, len(nodes), len(BRANCHES), tuple(kept), tuple(used))


def _lint_node(node: CompiledNode) -> Iterator[SourceFinding]:
    for finding in lint_sql(node.compiled_code):
        offset = place_of_line(node.compiled_code, finding.line, finding.column)
        origin = find_origin(node.compiled_code, offset, node.source, node.macros)
        if rule(finding.code).scope == "both" and _is_variant(origin.macro_name):
            continue  # the other dialect has a variant of its own
        yield SourceFinding(
            finding.code, finding.message, origin.place, finding.text, node.name, node.resource_type,
            origin.macro, origin.macro_name, origin.exact, (node.branch,),
        )  # fmt: skip


def _is_variant(macro_name: str) -> bool:
    """Return whether a macro renders for Redshift alone: a variant for it, or one of dbt's own."""
    return macro_name.startswith(("redshift__", "dbt."))


def _not_compiled(compilation: Compilation) -> Iterator[SourceFinding]:
    for node in compilation.not_compiled:
        message = f"cannot be compiled offline: {node.reason}"
        place = Place(node.path, 1, 1)
        yield SourceFinding("RS902", message, place, "", node.name, node.resource_type, branches=(node.branch,))


def _merge(findings: Iterable[SourceFinding]) -> Iterator[SourceFinding]:
    """Yield each finding once, with all branches that it was found in; a loop's turns are one finding."""
    seen: dict[SourceFinding, set[str]] = {}
    for finding in findings:
        seen.setdefault(replace(finding, branches=()), set()).update(finding.branches)
    for finding, branches in seen.items():
        yield replace(finding, branches=tuple(branch for branch in BRANCHES if branch in branches))


def _lint_column(column: DeclaredColumn) -> Iterator[SourceFinding]:
    for hit in lint_type(column.data_type):
        message = f"{rule(hit.code).title}: column {column.column} is {column.data_type}"
        yield SourceFinding(hit.code, message, column.place, hit.text, column.node, column.resource_type)


def _lint_macro_names(macros: Iterable[SourceText]) -> Iterator[SourceFinding]:
    for macro in macros:
        if macro.macro.startswith("postgres__") and macro.path:
            message = f"{rule('RS401').title}: macro {macro.macro}"
            yield SourceFinding("RS401", message, macro_heading(macro), macro.macro)


def _unknown_key(key: UnknownKey) -> SourceFinding:
    message = f"{rule('RS402').title}: {key.setting} {key.column}"
    return SourceFinding("RS402", message, key.place, key.column, key.node, key.resource_type)


def _allowances(compilation: Compilation) -> tuple[Allowance, ...]:
    """Return the allowances of all files that are this repository's or that a node was rendered from."""
    texts = {text.path: text.file_text for text in _texts(compilation) if text.path}
    return tuple(allowance for path, text in sorted(texts.items()) for allowance in read_allowances(path, text))


def _texts(compilation: Compilation) -> Iterator[SourceText]:
    yield from compilation.own_macros
    for node in compilation.nodes:
        yield node.source
        yield from node.macros


def _judged(allowances: Iterable[Allowance], compilation: Compilation) -> Iterator[Allowance]:
    """Yield the allowances that some node could have used, and those that are wrong in themselves.

    One inside a macro that no node of this region calls is another region's to judge.
    """
    own_files = {macro.path for macro in compilation.own_macros}
    nodes = {node.source.path for node in compilation.nodes}
    called = {macro for node in compilation.nodes for macro in node.macros if macro.path in own_files}
    for allowance in allowances:
        place = allowance.place
        reached = place.path in nodes or any(macro.path == place.path and _spans(macro, place.line) for macro in called)
        if reached or not allowance.reason or not is_rule(allowance.code):
            yield allowance


def _spans(macro: SourceText, line: int) -> bool:
    """Return whether a line is one of a macro's, or the one above it."""
    return macro.place(macro.start).line - 1 <= line <= macro.place(macro.end or len(macro.file_text)).line

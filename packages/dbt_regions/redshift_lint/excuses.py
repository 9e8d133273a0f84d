"""Takes what allowances excuse out of findings, and adds what is wrong with the allowances themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dbt_regions.redshift_lint.allowances import Allowance, check_allowances, excusing, read_allowances
from dbt_regions.redshift_lint.lint import lint_sql
from dbt_regions.redshift_lint.reports import LintReport, SourceFinding
from dbt_regions.redshift_lint.rules import rule
from dbt_regions.redshift_lint.source_texts import Place


def excuse(
    findings: Iterable[SourceFinding], allowances: tuple[Allowance, ...]
) -> tuple[list[SourceFinding], tuple[Allowance, ...]]:
    """Return the findings that stay, and the allowances that excused the others."""
    kept: list[SourceFinding] = []
    used: dict[Allowance, None] = {}
    for finding in findings:
        found = excusing(allowances, finding.code, (finding.place, *([finding.macro] if finding.macro else [])))
        if found is None:
            kept.append(finding)
        else:
            used[found] = None
    return kept, tuple(used)


def allowance_findings(allowances: Iterable[Allowance], used: Iterable[Allowance]) -> list[SourceFinding]:
    """Return a finding for each allowance that is wrong itself or was not used."""
    return [
        SourceFinding(code, f"{rule(code).title}: {allowance.code}", allowance.place, allowance.code)
        for code, allowance in check_allowances(allowances, used)
    ]


def lint_files(texts: Mapping[str, str], *, portable: bool = True) -> LintReport:
    """Return the findings of files of plain SQL, given as their contents by path."""
    kept: list[SourceFinding] = []
    used: list[Allowance] = []
    for path, text in texts.items():
        found = [
            SourceFinding(finding.code, finding.message, Place(path, finding.line, finding.column), finding.text)
            for finding in lint_sql(text, portable=portable)
        ]
        allowances = read_allowances(path, text)
        stay, spent = excuse(found, allowances)
        stay += allowance_findings(allowances, spent)
        kept += sorted(stay, key=lambda finding: (finding.place.line, finding.place.column, finding.code))
        used += spent
    return LintReport("files", len(texts), 0, tuple(kept), tuple(used))

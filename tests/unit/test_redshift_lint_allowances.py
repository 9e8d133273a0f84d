"""Exceptions of the Redshift lint: with a reason, beside what they excuse, and never for nothing."""

from __future__ import annotations

import pytest

from dbt_regions.redshift_lint import LintReport, lint_files

REASON = "because only the loader runs it"


def _lint(text: str) -> LintReport:
    return lint_files({"q.sql": text})


def _found(text: str) -> list[tuple[str, int]]:
    return [(finding.code, finding.place.line) for finding in _lint(text).findings]


@pytest.mark.parametrize(
    "text",
    [
        f"select every(a) from t -- redshift-lint: allow RS101 {REASON}",
        f"-- redshift-lint: allow RS101 {REASON}\nselect every(a) from t",
        f"/* redshift-lint: allow RS101 {REASON} */ select every(a) from t",
        f"{{#- redshift-lint: allow RS101 {REASON} -#}}\nselect every(a) from t".replace("{#-", "/*").replace(
            "-#}", "*/"
        ),
    ],
)
def test_an_allowance_excuses_its_line_and_the_next(text: str) -> None:
    """On the same line or the line above, in any comment, an allowance takes the finding away and shows as used."""
    report = _lint(text)
    assert report.findings == ()
    assert [(one.code, one.reason) for one in report.allowances] == [("RS101", REASON.removeprefix("because "))]


def test_an_allowance_reaches_no_further() -> None:
    """Two lines below, or above, nothing is excused: the finding stays and the allowance is idle."""
    allow = f"-- redshift-lint: allow RS101 {REASON}\n"
    assert _found(f"{allow}\nselect every(a) from t") == [("RS803", 1), ("RS101", 3)]
    assert _found(f"select every(a) from t\n{allow}") == [("RS101", 1), ("RS803", 2)]


def test_an_allowance_excuses_its_own_rule_only() -> None:
    """The finding of another rule on the same line stays."""
    text = f"-- redshift-lint: allow RS101 {REASON}\nselect every(a), a::text from t"
    assert _found(text) == [("RS203", 2)]


def test_one_allowance_excuses_every_breach_on_its_line() -> None:
    """Two breaches of one rule on one line need one allowance."""
    assert _found(f"-- redshift-lint: allow RS101 {REASON}\nselect every(a), every(b) from t") == []


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("-- redshift-lint: allow RS101", "RS801"),
        ("-- redshift-lint: allow RS101 because", "RS801"),
        ("-- redshift-lint: allow RS101 because   ", "RS801"),
        ("-- redshift-lint: allow RS999 because of this", "RS802"),
        ("-- redshift-lint: allow every because of this", "RS802"),
    ],
)
def test_a_wrong_allowance_is_a_finding_and_excuses_nothing(comment: str, code: str) -> None:
    """Without a reason or with an unknown code, the allowance is a finding beside the one that it meant."""
    assert _found(f"{comment}\nselect every(a) from t") == [(code, 1), ("RS101", 2)]


def test_an_idle_allowance_is_a_finding() -> None:
    """An allowance that excuses nothing is reported where it stands."""
    finding = _lint(f"select 1\n  -- redshift-lint: allow RS101 {REASON}").findings[0]
    assert (finding.code, str(finding.place)) == ("RS803", "q.sql:2:6")


def test_the_summary_counts() -> None:
    """The last line says how many files, findings and allowances there are."""
    text = f"select every(a), a::text from t -- redshift-lint: allow RS101 {REASON}"
    assert lint_files({"a.sql": text, "b.sql": "select 1"}).summary() == "files: 2 files, 1 finding, 1 allowance"

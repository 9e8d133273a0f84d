"""What dbt-redshift itself sends outside the lint's closed world, by pattern; everything else has to be clean.

The lint is about SQL that we write. dbt's own statements run on Redshift clusters everywhere, so a finding in one of
these lines says where the lint is stricter than Redshift, and not that dbt is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbt_regions.redshift_lint import Finding
from support.redshift.wire import WireStatement


@dataclass(frozen=True)
class Exemption:
    """Findings of these codes are dbt's own where the line matches; `between_nodes` wants a statement of no node."""

    codes: frozenset[str]
    line: re.Pattern[str]
    between_nodes: bool
    reason: str

    def covers(self, statement: WireStatement, finding: Finding) -> bool:
        """Tell whether a finding in a statement is dbt's own."""
        line = statement.sql.split("\n")[finding.line - 1]
        spans = (match.span() for match in self.line.finditer(line))
        return (
            finding.code in self.codes
            and (statement.node is None) >= self.between_nodes
            and any(start < finding.column <= end for start, end in spans)
        )


EXEMPTIONS = (
    Exemption(
        frozenset({"RS204"}),
        re.compile(r"coalesce\(cast\(.+ as varchar \), ''\)"),
        between_nodes=False,
        reason="a snapshot hashes its key as varchar, of 256 bytes; ours have 64 at most",
    ),
    Exemption(
        frozenset({"RS203"}),
        re.compile(r"(\bDBT_INTERNAL_SOURCE\.\w+|\bdbt_scd_id|'(insert|update|delete)')::text\b"),
        between_nodes=False,
        reason="a snapshot compares its own change type and row id as text",
    ),
    Exemption(
        frozenset({"RS203", "RS204"}),
        re.compile(r"'::(text|varchar)\b|\bnull::text as (table|column)_comment\b"),
        between_nodes=True,
        reason="the catalogue query of dbt docs labels its statistics",
    ),
    Exemption(
        frozenset({"RS102"}),
        re.compile(r"\bpg_catalog\.format_type\(col\.atttypid"),
        between_nodes=True,
        reason="the catalogue query of dbt docs asks the system catalogue for types, on the leader node",
    ),
)


def exemption_of(statement: WireStatement, finding: Finding) -> Exemption | None:
    """Return the exemption that covers a finding, or None where it is ours to repair."""
    return next((exemption for exemption in EXEMPTIONS if exemption.covers(statement, finding)), None)

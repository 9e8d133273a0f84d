"""What a rule and a finding are, and the one list of all rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbt_regions.redshift_lint.rulebook import PORTABLE, PROJECT, READING, REDSHIFT, TYPES_AND_NAMES

Scope = Literal["redshift", "both", "project"]


@dataclass(frozen=True)
class Rule:
    """One rule. `page` is the vendor's page that says it; `source` tells in words where it comes from.

    `scope`: `redshift` (Redshift refuses it, or nobody proved that it takes it), `both` (Redshift takes it and
    PostgreSQL does not: shared SQL must run on both) or `project` (about files, not about a statement).
    """

    code: str
    title: str
    remedy: str
    page: str | None
    source: str
    scope: Scope


@dataclass(frozen=True)
class Finding:
    """A breach of a rule at a line and column, from 1, of the SQL that was given; `text` is what stands there."""

    code: str
    line: int
    column: int
    text: str
    message: str


def _rules(rows: tuple[tuple[str, str, str, str, str], ...], scope: Scope) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            code,
            title,
            remedy,
            f"https://docs.aws.amazon.com/redshift/latest/dg/{page}.html" if page else None,
            source,
            scope,
        )
        for code, title, remedy, page, source in rows
    )


RULES: tuple[Rule, ...] = (
    *_rules(REDSHIFT, "redshift"),
    *_rules(TYPES_AND_NAMES, "redshift"),
    *_rules(PORTABLE, "both"),
    *_rules(PROJECT, "project"),
    *_rules(READING, "project"),
)

_BY_CODE = {rule.code: rule for rule in RULES}


def rule(code: str) -> Rule:
    """Return the rule of a code."""
    return _BY_CODE[code]


def is_rule(code: str) -> bool:
    """Return whether there is a rule of this code."""
    return code in _BY_CODE

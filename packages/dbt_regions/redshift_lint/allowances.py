"""Exceptions with a reason, written beside the SQL: `-- redshift-lint: allow RS104 because <reason>`.

An allowance stands on the line of what it excuses or on the line above, in a comment of SQL, Jinja or YAML. One
without a reason, of an unknown rule, or that excuses nothing is a finding itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbt_regions.redshift_lint.rules import is_rule
from dbt_regions.redshift_lint.source_texts import Place
from dbt_regions.redshift_lint.words import line_and_column

_ALLOWANCE = re.compile(
    r"redshift-lint:[ \t]*allow[ \t]+(?P<code>[^\s#}*]+)(?:[ \t]+because(?P<reason>.*?))?[ \t]*(?=-?#\}|\*/|\n|$)"
)


@dataclass(frozen=True)
class Allowance:
    """One exception: the rule that it suspends, why (empty when it does not say), and where it stands."""

    code: str
    reason: str
    place: Place

    def excuses(self, code: str, place: Place) -> bool:
        """Return whether a breach of a rule at a place is excused: on this line, or on the next."""
        here = self.place
        return bool(self.reason) and code == self.code and here.path == place.path and 0 <= place.line - here.line <= 1


def read_allowances(path: str, text: str) -> tuple[Allowance, ...]:
    """Return the allowances that a file states."""
    return tuple(
        Allowance(match["code"], (match["reason"] or "").strip(), Place(path, *line_and_column(text, match.start())))
        for match in _ALLOWANCE.finditer(text)
    )


def check_allowances(allowances: Iterable[Allowance], used: Iterable[Allowance]) -> Iterator[tuple[str, Allowance]]:
    """Yield the rule that an allowance breaks, with the allowance; `used` are those that excused something."""
    spent = set(used)
    for allowance in allowances:
        if not is_rule(allowance.code):
            yield "RS802", allowance
        elif not allowance.reason:
            yield "RS801", allowance
        elif allowance not in spent:
            yield "RS803", allowance


def excusing(allowances: Iterable[Allowance], code: str, places: Iterable[Place]) -> Allowance | None:
    """Return the first allowance that excuses a breach of a rule at one of several places, None when there is none."""
    at = tuple(places)
    return next((one for one in allowances if any(one.excuses(code, place) for place in at)), None)

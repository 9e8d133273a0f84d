"""What the lint says of a region or of files: findings at source lines, and the allowances that were used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dbt_regions.redshift_lint.allowances import Allowance
from dbt_regions.redshift_lint.rules import rule
from dbt_regions.redshift_lint.source_texts import Place


@dataclass(frozen=True)
class SourceFinding:
    """A breach at a place of the source.

    `node` is the model, test or snapshot that it was found in (empty for a file), `macro` the place in the macro whose
    text it is, `macro_name` that macro's name. `exact` is False where the place in the node could not be told.
    """

    code: str
    message: str
    place: Place
    text: str
    node: str = ""
    resource_type: str = ""
    macro: Place | None = None
    macro_name: str = ""
    exact: bool = True
    branches: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the one line that a person is shown."""
        return f"{self.place} {self.code} {self.message}; {rule(self.code).remedy}{self._origin()}"

    def _origin(self) -> str:
        parts = [f"{self.resource_type} {self.node}"] if self.node else []
        if self.macro is not None:
            parts.append(f"from macro {self.macro_name} {self.macro}")
        elif self.macro_name:
            parts.append(f"from macro {self.macro_name}")
        elif not self.exact:
            parts.append("somewhere in its macros")
        if len(self.branches) == 1:
            parts.append(f"{self.branches[0]} only")
        return f" ({', '.join(parts)})" if parts else ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON-ready data."""
        macro = (
            None
            if self.macro is None
            else {"path": self.macro.path, "line": self.macro.line, "column": self.macro.column}
        )
        return {
            "code": self.code,
            "message": self.message,
            "remedy": rule(self.code).remedy,
            "page": rule(self.code).page,
            "path": self.place.path,
            "line": self.place.line,
            "column": self.place.column,
            "exact": self.exact,
            "text": self.text,
            "node": self.node or None,
            "resource_type": self.resource_type or None,
            "macro": macro,
            "macro_name": self.macro_name or None,
            "branches": list(self.branches),
        }


@dataclass(frozen=True)
class LintReport:
    """What was linted (a region, or `files`), how much of it, what was found, and which allowances excused what."""

    subject: str
    nodes: int
    branches: int
    findings: tuple[SourceFinding, ...]
    allowances: tuple[Allowance, ...]

    def summary(self) -> str:
        """Return the last line: what was looked at and what came of it."""
        looked_at = _count(self.nodes, "node") if self.branches else _count(self.nodes, "file")
        branches = f", {_count(self.branches, 'branch', 'branches')}" if self.branches else ""
        findings, allowances = _count(len(self.findings), "finding"), _count(len(self.allowances), "allowance")
        return f"{self.subject}: {looked_at}{branches}, {findings}, {allowances}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"

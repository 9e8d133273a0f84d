"""The shared dbt package as text: its macros, their arguments, the calls between them, and its declared inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dbt_regions.parity import reference
from support.repo import ROOT, SHARED, without_comments

_DEFINITION = re.compile(r"\{%-?\s*(macro|test|materialization)\s+(\w+)\s*([(,])")
_VARIANT = re.compile(r"^([a-z]+?)__(\w+)$")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True)
class Macro:
    """One macro as its file has it; `subject` is its folder, `kind` is macro, test or materialization."""

    name: str
    kind: str
    subject: str
    file: Path
    arguments: tuple[str, ...]
    body: str

    @property
    def warehouse(self) -> str | None:
        """The warehouse of a variant such as `redshift__use_utc`, else None."""
        variant = _VARIANT.match(self.name)
        return variant.group(1) if variant else None

    @property
    def is_public(self) -> bool:
        """Whether others may call it: no variant, and no leading underscore."""
        return not self.warehouse and not self.name.startswith("_")

    @property
    def dbt_name(self) -> str:
        """The name that dbt knows it by: `test_<name>` of a generic test, `materialization_<name>_default`."""
        forms = {"test": "test_{}", "materialization": "materialization_{}_default"}
        return forms.get(self.kind, "{}").format(self.name)


def read_macros(folder: Path = SHARED / "macros") -> tuple[Macro, ...]:
    """Return every macro under a macro folder, in the order of files."""
    return tuple(macro for file in sorted(folder.rglob("*.sql")) for macro in _macros_of(file, folder))


def _macros_of(file: Path, folder: Path) -> Iterator[Macro]:
    text = without_comments(file.read_text(encoding="utf-8"))
    starts = [*_DEFINITION.finditer(text)]
    for start, following in zip(starts, [*(match.start() for match in starts[1:]), len(text)], strict=True):
        kind, name, opening = start.groups()
        signature = _until_closed(text[start.end() :]) if opening == "(" else ""
        subject = file.relative_to(folder).parts[0]
        yield Macro(name, kind, subject, file, _argument_names(signature), text[start.end() : following])


def _until_closed(text: str) -> str:
    depth = 1
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[:position]
    return text


def _argument_names(signature: str) -> tuple[str, ...]:
    flat = re.sub(r"\[[^\]]*\]|\{[^}]*\}|\([^)]*\)|'[^']*'|\"[^\"]*\"", "", signature)
    return tuple(part.split("=")[0].strip() for part in flat.split(",") if part.strip())


def jinja_of(file: Path) -> str:
    """Return a file's Jinja without comments, one block after the other; SQL around it is left out."""
    text = without_comments(file.read_text(encoding="utf-8"))
    return "\n".join(match.group() for match in JINJA.finditer(text))


def package_files() -> tuple[Path, ...]:
    """Return the package's SQL and YAML outside its integration tests and installed packages."""
    skipped = {"integration_tests", "dbt_packages", "target"}
    files = (file for pattern in ("*.sql", "*.yml") for file in SHARED.rglob(pattern))
    return tuple(sorted(file for file in files if not skipped & set(file.relative_to(SHARED).parts)))


def declared_inputs() -> tuple[str, ...]:
    """Return the names of the regional models that the package reads, from its one list of them."""
    return reference.declared_inputs(ROOT)

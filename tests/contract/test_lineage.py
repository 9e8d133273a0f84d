"""Rules of lineage that dbt-bouncer has and we lacked, in our words (docs/decisions/0011-rules-are-our-own.md)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.lint_exceptions import Refuse
from support.repo import PROJECTS, ROOT, SHARED, SHARED_NAME, ParsedProject, without_comments
from support.shared_package import JINJA, package_files, read_macros

MOST_VIEWS = 3
"""How many views and ephemeral models may stand on each other: a query computes them all anew."""
MOST_READERS = 4
"""How many models may read a view or an ephemeral model: each of them computes it anew."""
NAMED_TABLE = re.compile(r"\b(?:from|join)\s+((?!information_schema\b|pg_catalog\b)[\w\"]+\.[\w\"]+)", re.IGNORECASE)
NO_TABLE = re.compile(r"\b(?:extract|trim|substring|overlay)\s*\([^()]*?\bfrom\b|\bdistinct\s+from\b", re.IGNORECASE)
PERSONAL = re.compile(
    r"mail|phone|(first|last|full|sur|family|given|user|customer)_?name|birth|gender|passport|tax_id|iban|card_number"
    r"|street|(?<!ip_)address(?!_id)|zip_?code|post(al)?_?code|ip_address|latitude|longitude"
)
"""Names of columns that tell who or where somebody is."""


def _is_computed_anew(node: Mapping[str, Any]) -> bool:
    return node["config"]["materialized"] in {"view", "ephemeral"}


def test_no_two_sources_are_one_table(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """A raw table is declared once, so that its load, its freshness and its readers are known under one name."""
    wrong = []
    for name, project in regions.items():
        tables = Counter(source["relation_name"].lower() for source in project.manifest["sources"].values())
        wrong += [f"projects/{name}: {table} is declared {times} times" for table, times in tables.items() if times > 1]
    refuse("Keep one of the declarations:", wrong)


def test_sql_names_no_table(refuse: Refuse) -> None:
    """No model and no macro names a table by its schema: what it reads comes by ref(), source() or an argument."""
    files = [*PROJECTS.glob("*/models/**/*.sql"), *(file for file in package_files() if file.suffix == ".sql")]
    wrong = []
    for file in sorted(files):
        sql = JINJA.sub("jinja", without_comments(file.read_text(encoding="utf-8")))
        wrong += [f"{file.relative_to(ROOT)}: {table}" for table in NAMED_TABLE.findall(NO_TABLE.sub("", sql))]
    refuse("Read it by ref() or source(), so that lineage, the gate and --select know of it:", wrong)


def test_views_do_not_pile_up(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """At most three views or ephemeral models stand on each other."""
    wrong = []
    for name, project in regions.items():
        for key, node in project.manifest["nodes"].items():
            height = _height(key, project.manifest["nodes"])
            place = f"{node['package_name']}.{node['name']}"
            wrong += [f"projects/{name}: {place} is number {height}"] if height > MOST_VIEWS else []
    refuse("Make one of them a table:", wrong)


def _height(key: str, nodes: Mapping[str, Mapping[str, Any]]) -> int:
    if key not in nodes or not _is_computed_anew(nodes[key]):
        return 0
    return 1 + max((_height(parent, nodes) for parent in nodes[key]["depends_on"]["nodes"]), default=0)


def test_what_many_read_is_a_table(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """A view or an ephemeral model has at most four models and snapshots that read it."""
    wrong = []
    for name, project in regions.items():
        nodes = project.manifest["nodes"]
        readers = [node for node in nodes.values() if node["resource_type"] in {"model", "snapshot"}]
        read = Counter(parent for node in readers for parent in set(node["depends_on"]["nodes"]))
        wrong += [
            f"projects/{name}: {nodes[key]['package_name']}.{nodes[key]['name']} has {times} readers"
            for key, times in read.items()
            if key in nodes and _is_computed_anew(nodes[key]) and times > MOST_READERS
        ]
    refuse("Make it a table, or let its readers share a model:", wrong)


def _columns(project: ParsedProject) -> Iterator[tuple[str, str]]:
    for node in project.manifest["nodes"].values():
        if node["resource_type"] in {"model", "snapshot", "seed"}:
            yield from ((f"{node['package_name']}.{node['name']}", column) for column in node["columns"])


def test_personal_data_stays_in_raw_tables(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """No model or snapshot, so no history and no publication, has a column that tells who or where somebody is."""
    wrong = [
        f"projects/{name}: {place}.{column}"
        for name, project in regions.items()
        for place, column in _columns(project)
        if PERSONAL.search(column.lower())
    ]
    refuse("Leave the column out: histories keep what they once had, also after an erasure request:", wrong)


def test_every_private_macro_is_called(refuse: Refuse) -> None:
    """A macro that is nobody's but the package's is called there, or handed on by name."""
    macros = [macro for macro in read_macros() if macro.name.startswith("_") and macro.kind == "macro"]
    texts = {file: without_comments(file.read_text(encoding="utf-8")) for file in package_files()}
    wrong = [
        f"{_place(macro.file)}: {macro.name}"
        for macro in macros
        if not any(re.search(rf"\b{SHARED_NAME}\.{macro.name}\b", text) for text in texts.values())
    ]
    refuse("Delete the macro:", wrong)


def _place(file: Path) -> Path:
    return file.relative_to(SHARED)

"""Reads the wire log: which node sent a statement, and the statements of some nodes in a form that can be compared."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from support.redshift.standin import WireRecord

_COMMENT = re.compile(r"\A\s*/\*\s*(\{.*?\})\s*\*/\s*", re.DOTALL)
_SAME = (
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}"), "<run id>"),
    (re.compile(r"__dbt_tmp\d+"), "__dbt_tmp<number>"),
    (re.compile(r"'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^']*'"), "'<time>'"),
)
_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"")
_CATALOGUE = re.compile(r"\b(information_schema|pg_catalog|pg_class|pg_namespace|svv_\w+)\b")
_BETWEEN_NODES = "(no node)"


@dataclass(frozen=True)
class WireStatement:
    """A statement as dbt sent it, without its comment; `node` is the unique id of its node, None between nodes."""

    connection: int
    sql: str
    node: str | None
    rewrites: tuple[str, ...]


def read_statements(records: Iterable[WireRecord]) -> Iterator[WireStatement]:
    """Yield the statements in order; one that is sent without a comment belongs to the node before it."""
    nodes: dict[int, str | None] = {}
    for record in records:
        if record.sql is None:
            continue
        comment = _COMMENT.match(record.sql)
        if comment:
            nodes[record.connection] = json.loads(comment[1]).get("node_id")
        sql = record.sql[comment.end() :] if comment else record.sql
        yield WireStatement(record.connection, sql.strip(), nodes.get(record.connection), record.rewrites)


def count_rewrites(statements: Iterable[WireStatement]) -> str:
    """Return how often each rewrite was applied, the most frequent first."""
    counted = Counter(rule for statement in statements for rule in statement.rewrites)
    return ", ".join(f"{rule} {count}" for rule, count in counted.most_common()) or "none"


def render_golden(builds: Iterable[tuple[Iterable[WireStatement], Mapping[str, str]]]) -> str:
    """Return what some nodes sent in each build, and what came between nodes; bodies: unique id -> compiled code.

    A node's own SQL is left out, so that what remains is the adapter's and our materializations' word.
    """
    seen: dict[str, int] = {}
    parts = []
    for number, (statements, bodies) in enumerate(builds, start=1):
        by_node: dict[str, list[str]] = {node: [] for node in bodies}
        between: set[str] = set()
        for statement in statements:
            if statement.node is None:
                between.add(_shape(statement.sql, ""))
            elif statement.node in by_node:
                by_node[statement.node].append(_shape(statement.sql, bodies[statement.node]))
        by_node[_BETWEEN_NODES] = sorted(between)  # threads send them in any order
        for node, texts in by_node.items():
            parts.append(f"-- build {number}: {node}\n" + "".join(_once(text, seen) for text in texts))
    return "\n".join(parts)


def _once(text: str, seen: dict[str, int]) -> str:
    """Return a statement under its number, or the number alone where it stands above."""
    if text in seen:
        return f"-- [{seen[text]}] again\n"
    seen[text] = len(seen) + 1
    return f"-- [{seen[text]}]\n{text}\n"


def _shape(sql: str, body: str) -> str:
    text = _lines(sql)
    if body:
        text = text.replace(_lines(body), "<the node's compiled code>")
    if _CATALOGUE.search(text):
        text = _NAMES.sub("<name>", text)
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return text


def _lines(sql: str) -> str:
    """Return the text without blank lines and indentation."""
    return "\n".join(" ".join(line.split()) for line in sql.splitlines() if line.strip())

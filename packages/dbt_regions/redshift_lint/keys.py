"""Distribution and sort keys that are no column of their node: Redshift alone would say so, at the first build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dbt_regions.redshift_lint.project_files import ProjectFiles
from dbt_regions.redshift_lint.source_texts import Place
from dbt_regions.redshift_lint.words import line_and_column

_STYLES = frozenset({"all", "even", "auto"})


@dataclass(frozen=True)
class UnknownKey:
    """A node's `dist` or `sort` names a column that the node does not describe; `place` is where it is configured."""

    node: str
    resource_type: str
    setting: str
    column: str
    place: Place


def find_unknown_keys(project: ProjectFiles, manifest: Mapping[str, Any]) -> Iterator[UnknownKey]:
    """Yield the keys of all models, seeds and snapshots that are no described column of theirs."""
    for _, node in sorted(manifest["nodes"].items()):
        for setting, column in read_keys(node["config"]):
            if column.lower() not in {name.lower() for name in node["columns"]}:
                place = _place(project, node, setting, column)
                yield UnknownKey(node["name"], node["resource_type"], setting, column, place)


def read_keys(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a node's keys as (`dist` or `sort`, column); a distribution style such as `all` is none."""
    dist, sort = config.get("dist"), config.get("sort")
    if isinstance(dist, str) and dist.strip().lower() not in _STYLES:
        yield "dist", dist.strip()
    yield from (("sort", column) for column in ([sort] if isinstance(sort, str) else sort or []))


def _place(project: ProjectFiles, node: Mapping[str, Any], setting: str, column: str) -> Place:
    """Return where the setting names the column: in the node's files, else in a project's; its file if nowhere."""
    named = re.compile(rf"\b{setting}\b[^\n]*?\b({re.escape(column)})\b")
    own = project.path_of(node)
    for path in (own, *project.configuring_paths(node)):
        text = project.text(path)
        match = named.search(text)
        if match:
            return Place(path, *line_and_column(text, match.start(1)))
    return Place(own, 1, 1)

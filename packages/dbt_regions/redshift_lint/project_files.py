"""The files behind a manifest: where a package, a node, a macro and a column stand in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dbt_regions import files
from dbt_regions.redshift_lint.source_texts import Place, SourceText
from dbt_regions.regions import read_yaml

_YAML_ENDINGS = (".yml", ".yaml")


class ProjectFiles:
    """The files of one region's project and of its packages; paths are given relative to the repository's root."""

    def __init__(self, root: Path, project: Path) -> None:
        self._root = root.resolve()
        self._project = project
        self._texts: dict[str, str] = {}
        self._sources: dict[str, SourceText] = {}
        self._packages = dict(self._read_packages())

    def _read_packages(self) -> Iterator[tuple[str, Path]]:
        settings = read_yaml(self._project / "dbt_project.yml")
        yield settings["name"], self._project.resolve()
        for package in sorted((self._project / settings.get("packages-install-path", "dbt_packages")).glob("*")):
            if (package / "dbt_project.yml").is_file():
                yield read_yaml(package / "dbt_project.yml")["name"], package.resolve()

    def is_ours(self, package: str) -> bool:
        """Return whether a package is this repository's: the region itself, or a folder under packages/."""
        folder = self._packages.get(package)
        return folder is not None and (folder == self._project.resolve() or (self._root / "packages") in folder.parents)

    def _path(self, package: str, file: str) -> str:
        """Return a package's file as seen from the root; a folder elsewhere keeps its whole path."""
        path = self._packages.get(package, Path(package)) / file
        return str(path.relative_to(self._root)) if self._root in path.parents else str(path)

    def path_of(self, node: Mapping[str, Any]) -> str:
        """Return the file that a node stands in."""
        return self._path(node["package_name"], node["original_file_path"])

    def configuring_paths(self, node: Mapping[str, Any]) -> Iterator[str]:
        """Yield the YAML files that may configure a node, the nearest first."""
        package, _, file = (node.get("patch_path") or "").partition("://")
        if file:
            yield self._path(package, file)
        for name, folder in self._packages.items():
            if folder == self._project.resolve() or name == node["package_name"]:
                yield self._path(name, "dbt_project.yml")

    def text(self, path: str) -> str:
        """Return a file's content, empty when there is no such file."""
        if path not in self._texts:
            file = self._root / path
            with files.named_world_errors("read", file):
                self._texts[path] = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        return self._texts[path]

    def node(self, node: Mapping[str, Any]) -> SourceText:
        """Return a node's own text: its file, which for a generic test or a YAML snapshot is the YAML file."""
        path = self.path_of(node)
        if path not in self._sources:
            self._sources[path] = SourceText(path, self.text(path) or str(node["raw_code"]))
        return self._sources[path]

    def macro(self, macro: Mapping[str, Any]) -> SourceText:
        """Return a macro's text; one of dbt itself has no path, since its file is not the reader's."""
        sql, name = macro["macro_sql"], macro["name"]
        if macro["package_name"] not in self._packages:
            return SourceText("", sql, macro=f"dbt.{name}")
        path = self._path(macro["package_name"], macro["original_file_path"])
        text = self.text(path)
        start = text.find(sql.strip())
        return (
            SourceText(path, text, start, start + len(sql.strip()), name)
            if start >= 0
            else SourceText("", sql, macro=name)
        )

    def column_place(self, node: Mapping[str, Any], column: str) -> Place:
        """Return where the YAML file states a column's type; its first line where that cannot be told."""
        package, _, file = (
            node.get("patch_path") or f"{node['package_name']}://{node['original_file_path']}"
        ).partition("://")
        path = self._path(package, file)
        mark = None
        if path.endswith(_YAML_ENDINGS):
            mark = _type_mark(self.text(path), node["name"], column)
        return Place(path, 1, 1) if mark is None else Place(path, mark.line + 1, mark.column + 1)


def macro_heading(macro: SourceText) -> Place:
    """Return where a macro's name stands in its file."""
    name = re.compile(rf"\b{re.escape(macro.macro)}\b").search(macro.file_text, macro.start)
    return macro.place(name.start() if name else macro.start)


def _type_mark(text: str, node: str, column: str) -> yaml.Mark | None:
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    for kind in ("models", "seeds", "snapshots"):
        for entry in _items(_value(top, kind)):
            if _named(entry, node):
                for item in _items(_value(entry, "columns")):
                    data_type = _value(item, "data_type")
                    if _named(item, column) and data_type is not None:
                        return data_type.start_mark
    return None


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _named(node: yaml.Node, name: str) -> bool:
    value = _value(node, "name")
    return value is not None and bool(value.value == name)

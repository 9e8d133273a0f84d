"""Drifts put into regions by a seed: each with what has to be found of it, cause and thing."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.shared_package import Macro, read_macros

HOSTILE = "{{% macro {name}() %}}hostile{{{{ '' if varargs or kwargs }}}}{{% endmacro %}}\n"
MODEL_CONFIGS: dict[str, Any] = {
    "unique_key": "status", "materialized": "view", "on_schema_change": "append_new_columns",
    "full_refresh": True, "post-hook": "select 1", "incremental_strategy": "delete+insert",
    "tags": ["mine"],
    "alias": "mine",
}  # fmt: skip
TEST_CONFIGS: dict[str, Any] = {"severity": "warn", "where": "1 = 0", "limit": 1, "enabled": False, "error_if": ">9"}
VARS = ("sessions", "minimum_sessions", "shared_macros_steps", "funnel_window", "time_zone", "not_provided")


@dataclass
class Drifted:
    """A region into which drifts were put, and what must be found there: pairs of cause and thing."""

    project: Path
    expected: set[tuple[str, str]] = field(default_factory=set)

    def settings(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the region's dbt_project.yml."""
        file = self.project / "dbt_project.yml"
        value = yaml.safe_load(file.read_text())
        change(value)
        file.write_text(yaml.safe_dump(value, sort_keys=False))

    def macro(self, name: str, text: str) -> None:
        """Give the region a macro file."""
        folder = self.project / "macros"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.sql").write_text(text)


def copy_as(projects: Path, like: str, name: str) -> Path:
    """Copy a region under another name; return its folder."""
    folder = projects / name
    shutil.copytree(projects / like, folder, ignore=shutil.ignore_patterns("dbt_packages", "target", "logs"))
    for file in ("dbt_project.yml", "profiles.yml", "deployment.yml"):
        text = (folder / file).read_text()
        named = re.sub(rf"(?m)^(\s*(?:name: |profile: |region: )?){like}(:?)$", rf"\g<1>{name}\2", text)
        (folder / file).write_text(named)
    return folder


def override(drifted: Drifted, macro: Macro, prefix: str) -> None:
    """Give the region a macro named as a shared one, or as a warehouse's variant of it."""
    name = prefix + macro.name
    drifted.macro(name, HOSTILE.format(name=name))
    drifted.expected.add(("macro override", name))


def without_dispatch(drifted: Drifted) -> None:
    """Take out the entries that keep a region's variants from replacing shared macros."""
    drifted.settings(lambda value: value.pop("dispatch"))
    drifted.expected.add(("dispatch", "dbt_project.yml"))


def variable(drifted: Drifted, name: str, *, scoped: bool) -> None:
    """Set a variable, for all packages or in the shared package's own block."""

    def change(value: dict[str, Any]) -> None:
        variables = value.setdefault("vars", {})
        (variables.setdefault("shared_macros", {}) if scoped else variables)[name] = 7

    drifted.settings(change)
    drifted.expected.add(("var", name))


def configure(drifted: Drifted, node: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Configure one shared node in the region's dbt_project.yml; an alias is made its own."""
    kind = {"model": "models", "snapshot": "snapshots", "test": "data_tests"}[node["resource_type"]]

    def change(settings: dict[str, Any]) -> None:
        block = settings.setdefault(kind, {})
        for part in node["fqn"]:
            block = block.setdefault(part, {})
        for key, value in config.items():
            block[f"+{key}"] = f"mine_{len(drifted.expected)}" if key == "alias" else value

    drifted.settings(change)
    drifted.expected.add(("config", node["unique_id"]))


def copy_macro(drifted: Drifted, macro: Macro, number: int) -> None:
    """Give the region a shared macro under a name of its own, spaced and commented in another way."""
    text = macro.file.read_text().partition("{%- macro ")[2]
    body = text.partition("\n{%- endmacro")[0]
    head = "{% macro " + re.sub(r"^\w+", f"own_{number}", body, count=1).replace("\n", "\n\n  ")
    drifted.macro(f"own_{number}", "{# ours, we think #}\n" + head + "\n{% endmacro %}\n")
    drifted.expected.add(("copied definition", f"own_{number}"))


def copy_model(drifted: Drifted, node: Mapping[str, Any], number: int) -> None:
    """Give the region a model with the text of a shared one."""
    file = drifted.project / "models" / "staging" / f"stg_own_{number}.sql"
    file.write_text("-- ours, we think\n" + node["raw_code"].replace("\n", "\n  "))
    drifted.expected.add(("copied definition", f"stg_own_{number}"))


def harmless(project: Path) -> None:
    """Change blanks, comments and the order of keys in all that a region has, and nothing else."""
    for file in project.rglob("*.yml"):
        if file.name != "template.yml":
            file.write_text(
                "# a comment\n" + yaml.safe_dump(_turned(yaml.safe_load(file.read_text())), sort_keys=False)
            )
    for file in (project / "models").rglob("*.sql"):
        file.write_text("-- a comment\n\n" + file.read_text().replace("\n", "  \n") + "\n{# another #}\n")


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def public_macros(chooser: random.Random) -> Iterator[Macro]:
    """Yield the shared package's plain macros, in an order of the chooser's."""
    macros = [macro for macro in read_macros() if macro.kind == "macro" and not macro.warehouse]
    yield from chooser.sample(macros, len(macros))

"""A scratch copy of a region's project that dbt can compile for a kind of warehouse without any connection.

It links to the region's own entries. Only three things are its own: a profile whose port nobody serves, the paths of
macros, and macros that stand in for the warehouse. They say that a model is incremental when a variable says so, and
that every relation exists with the columns that the project declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dbt_regions import files
from dbt_regions.dbt_runner.session import DbtSession, Invocation
from dbt_regions.errors import RequestError, one_line
from dbt_regions.regions import read_yaml

BRANCHES = {"first build": "false", "incremental": "true"}
"""The two texts that an incremental model can have, and the value of the variable that chooses one."""
COMPILED = ("model", "snapshot", "test", "analysis")
_INCREMENTAL = "offline_incremental"
OFFLINE_MACROS = "offline_macros"
_OWN = frozenset(["dbt_project.yml", "profiles.yml", "target", "logs", OFFLINE_MACROS])
_TARGET = "prod"
_NOBODY = "offline"
_PROFILES: Mapping[str, Mapping[str, object]] = {
    "postgres": {"pass": _NOBODY},
    "redshift": {"password": _NOBODY, "retries": 0},
}
_COMPILE = (
    "compile", "--no-introspect", "--no-populate-cache", "--fail-fast", "--indirect-selection", "empty",
    "--select", *(f"resource_type:{kind}" for kind in COMPILED),
)  # fmt: skip
_STAND_INS = f"""\
{{%- macro is_incremental() -%}}
    {{{{ return(var('{_INCREMENTAL}', false) and model.config.materialized == 'incremental') }}}}
{{%- endmacro -%}}

{{%- macro WAREHOUSE__get_columns_in_relation(relation) -%}}
    {{%- set columns = [] -%}}
    {{%- for node in (graph.sources.values() | list) + (graph.nodes.values() | list) -%}}
        {{%- if (node.alias or node.identifier) == relation.identifier and node.schema == relation.schema -%}}
            {{%- for column in node.columns.values() -%}}
                {{%- do columns.append(api.Column.create(column.name, column.data_type or 'varchar(256)')) -%}}
            {{%- endfor -%}}
        {{%- endif -%}}
    {{%- endfor -%}}
    {{{{ return(columns) }}}}
{{%- endmacro -%}}
"""


class OfflineProject:
    """A region's project laid out for offline compilation in the folder `overlay`; `warehouse` is dbt's adapter type.

    `settings` are written over those of the region's dbt_project.yml; None leaves a key out. What dbt keeps of an
    earlier parse stays in the folder, so that a second one is short.
    """

    def __init__(self, project: Path, overlay: Path, warehouse: str, settings: Mapping[str, Any] | None = None) -> None:
        self.project = project
        self.session = DbtSession(overlay, overlay / "target", target=_TARGET)
        _write_overlay(project, overlay, warehouse, settings or {})

    @property
    def manifest(self) -> Path:
        """The file of the manifest as the last parse or compilation left it."""
        return self.session.target_path / "manifest.json"

    def parse(self) -> Invocation:
        """Parse the project, without a connection."""
        return self.session.parse()

    def compile(self, branch: str) -> Mapping[str, str]:
        """Compile one branch into the manifest; return why by unique id for each node that could not be compiled.

        dbt stops at the first node that fails, so each one is left out of the next try. RequestError where dbt
        compiles nothing at all.
        """
        failed: dict[str, str] = {}
        while errors := self._try(branch, sorted({key.split(".")[2] for key in failed})):
            failed.update(errors)
            if not any(errors.values()):  # skipped nodes only: nothing that another try could leave out
                break
        self.session.write_manifest()
        return failed

    def _try(self, branch: str, without: list[str]) -> Mapping[str, str]:
        """Compile all but some nodes; return dbt's words for each that failed, or the skipped ones when none did."""
        files.remove_files(("run_results.json",), self.session.target_path)
        exclusion = ("--exclude", *without) if without else ()
        outcome = self.session.run((*_COMPILE, *exclusion, "--vars", f"{{{_INCREMENTAL}: {BRANCHES[branch]}}}"))
        results = files.read_json(self.session.target_path / "run_results.json")
        if results is None:
            message = f"dbt could not compile {self.project}: {outcome.error}; correct the project, then try again"
            raise RequestError(message)
        status = {result["unique_id"]: (result["status"], _reason(result["message"])) for result in results["results"]}
        failed = {key: reason for key, (state, reason) in status.items() if state == "error"}
        return failed or {key: "" for key, (state, _) in status.items() if state != "success"}


def _reason(message: str | None) -> str:
    """Return why a node failed, without the numbers of threads that differ from run to run."""
    words = one_line(message or "dbt says nothing")
    return "it asks the warehouse (run_query, statement)" if "connection never acquired" in words else words


def _write_overlay(project: Path, overlay: Path, warehouse: str, own: Mapping[str, Any]) -> None:
    settings = read_yaml(project / "dbt_project.yml")
    profile = settings.get("profile") if isinstance(settings, dict) else None
    if not profile:
        message = f"{project / 'dbt_project.yml'} names no profile; write `profile: {project.name}`"
        raise RequestError(message)
    entries = {entry.name: entry for entry in project.absolute().iterdir() if entry.name not in _OWN}
    for old in files.make_folder(overlay).iterdir():
        if old.is_symlink() and old.name not in entries:
            files.remove_files((old.name,), overlay)
    for name, entry in entries.items():
        files.link(overlay / name, entry)
    paths = {"macro-paths": [*settings.get("macro-paths", ["macros"]), OFFLINE_MACROS]}
    settings = {key: value for key, value in {**settings, **paths, **own}.items() if value is not None}
    files.write_text(overlay / "dbt_project.yml", yaml.safe_dump(settings, sort_keys=False))
    files.write_text(overlay / "profiles.yml", yaml.safe_dump({profile: _profile(warehouse)}))
    files.write_text(overlay / OFFLINE_MACROS / "stand_ins.sql", _STAND_INS.replace("WAREHOUSE", warehouse))


def _profile(warehouse: str) -> dict[str, object]:
    output = {
        "type": warehouse, "host": "127.0.0.1", "port": 1, "user": _NOBODY, "dbname": _NOBODY,
        "schema": "analytics", "threads": 1, "connect_timeout": 1, **_PROFILES[warehouse],
    }  # fmt: skip
    return {"target": _TARGET, "outputs": {_TARGET: output}}

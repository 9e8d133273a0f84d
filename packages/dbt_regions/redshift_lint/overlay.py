"""A scratch copy of a region's project that dbt can compile for Redshift without any connection.

It links to the region's own entries. Only three things are its own: a profile of type redshift whose port nobody
serves, the paths of macros, and two macros that stand in for the warehouse. They say that a model is incremental when a
variable says so, and that every relation exists with the columns that the project declares.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from dbt_regions import files
from dbt_regions.errors import RequestError
from dbt_regions.regions import read_yaml

TARGET = "prod"
INCREMENTAL = "redshift_lint_incremental"
_MACROS = "redshift_lint_macros"
_OWN = frozenset(["dbt_project.yml", "profiles.yml", "target", "logs", _MACROS])

_STAND_INS = f"""\
{{%- macro is_incremental() -%}}
    {{{{ return(var('{INCREMENTAL}', false) and model.config.materialized == 'incremental') }}}}
{{%- endmacro -%}}

{{%- macro redshift__get_columns_in_relation(relation) -%}}
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


def write_overlay(project: Path, overlay: Path) -> None:
    """Write the scratch project of a region into the folder `overlay`."""
    settings = read_yaml(project / "dbt_project.yml")
    profile = settings.get("profile") if isinstance(settings, dict) else None
    if not profile:
        message = f"{project / 'dbt_project.yml'} names no profile; write `profile: {project.name}`"
        raise RequestError(message)
    files.make_folder(overlay)
    for entry in project.absolute().iterdir():
        if entry.name not in _OWN:
            files.link(overlay / entry.name, entry)
    settings = {**settings, "macro-paths": [*settings.get("macro-paths", ["macros"]), _MACROS]}
    files.write_text(overlay / "dbt_project.yml", yaml.safe_dump(settings, sort_keys=False))
    files.write_text(overlay / "profiles.yml", yaml.safe_dump({profile: _profile()}))
    files.write_text(overlay / _MACROS / "stand_ins.sql", _STAND_INS)


def _profile() -> dict[str, object]:
    nobody = "redshift_lint"
    output = {
        "type": "redshift", "host": "127.0.0.1", "port": 1, "user": nobody, "password": nobody, "dbname": nobody,
        "schema": "analytics", "threads": 1, "connect_timeout": 1, "retries": 0,
    }  # fmt: skip
    return {"target": TARGET, "outputs": {TARGET: output}}

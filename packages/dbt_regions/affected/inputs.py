"""What a build depends on that is in no file: dbt's variables and the environment; kept with each whole, good build.

Values are kept as digests only. Secrets, the run id and the embedded warehouse's address are no inputs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dbt_regions import files
from dbt_regions.errors import RequestError

INPUTS_FILE = "inputs.json"
_LAST_GOOD = "last-good"
"""Link in `build/<region>` to the newest run that built everything and passed."""
_ENVIRONMENT = re.compile(r"env_var\(\s*['\"](\w+)['\"]")
_NO_INPUT = re.compile(r"DBT_ENV_SECRET_|DBT_EMBEDDED_|DBT_ENV_CUSTOM_ENV_RUN_ID$")


@dataclass(frozen=True)
class Inputs:
    """Variables and environment of one build, as digests by name."""

    variables: Mapping[str, str]
    environment: Mapping[str, str]

    def to_json(self) -> dict[str, Mapping[str, str]]:
        """Return it as plain data."""
        return {"variables": self.variables, "environment": self.environment}


def read_inputs(manifest: Mapping[str, Any], project: Path, variables: str | None) -> Inputs:
    """Return the inputs that a build of a project would have now; RequestError as `read_variables`."""
    texts = [macro["macro_sql"] for macro in manifest["macros"].values()]
    texts += [node.get("raw_code") or "" for node in manifest["nodes"].values()]
    texts += [(project / name).read_text(encoding="utf-8") for name in ("dbt_project.yml", "profiles.yml")]
    names = {name for text in texts for name in _ENVIRONMENT.findall(text) if not _NO_INPUT.match(name)}
    return take_inputs(names, variables)


def take_inputs(names: Iterable[str], variables: str | None) -> Inputs:
    """Return the inputs of these variables of the environment as they are now; RequestError as `read_variables`."""
    return Inputs(
        {name: _digest(value) for name, value in sorted(read_variables(variables).items())},
        {name: _digest(os.environ.get(name)) for name in sorted(names)},
    )


def write_inputs(run: Path, inputs: Inputs) -> None:
    """Keep a whole, good run's inputs in its folder, and point `last-good` at it."""
    files.write_json(run / INPUTS_FILE, inputs.to_json())
    files.link(run.parent.parent / _LAST_GOOD, Path("runs") / run.name)


def find_last_good(root: Path, region: str) -> Path | None:
    """Return the folder of the manifest of a region's last whole, good build; None where there is none."""
    folder = root / "build" / region / _LAST_GOOD / "run"
    return folder.resolve() if (folder / "manifest.json").exists() else None


def read_last_inputs(root: Path, region: str) -> Inputs | None:
    """Return the inputs of a region's last good build here; None where there is none."""
    value = files.read_json(root / "build" / region / _LAST_GOOD / INPUTS_FILE)
    return Inputs(value["variables"], value["environment"]) if isinstance(value, dict) else None


def changed_inputs(before: Inputs | None, after: Inputs) -> frozenset[str]:
    """Return the names of variables and environment variables that differ; none where nothing was built before."""
    if before is None:
        return frozenset()
    pairs = ((before.variables, after.variables), (before.environment, after.environment))
    return frozenset(name for old, new in pairs for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def read_variables(variables: str | None) -> dict[str, Any]:
    """Return dbt's variables, given as YAML; RequestError where they are no mapping."""
    try:
        value = {} if variables is None else yaml.safe_load(variables)
    except yaml.YAMLError:
        value = None
    if not isinstance(value, dict):
        message = f"--vars {variables!r} is not a YAML mapping such as '{{name: value}}'"
        raise RequestError(message)
    return value


def _digest(value: object) -> str:
    return "" if value is None else hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]

"""Says where to look when a build on a warehouse of the user's own fails, and which secret is not set."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from dbt_regions.domain import Region
from dbt_regions.errors import RequestError, WorldError
from dbt_regions.regions import project_name, read_yaml

_NEEDED = re.compile(r"env_var\(\s*'(DBT_ENV_SECRET_\w+)'\s*\)")
_SIGNS = ("invalid: none is not of type", "'password' field(s) are required")
"""How dbt and its adapter for Redshift say that a secret is not set: neither names the variable."""


def explain_target(region: Region, target: str, message: str, code: int) -> str:
    """Return a failure on a warehouse of the user's own, with where to look for its cause."""
    variables = f"the variables that projects/{region.name}/profiles.yml reads"
    if secret := explain_secret(region, target, message):
        return secret
    if code == WorldError.exit_code:
        return f"the warehouse of target {target} fails: {message}; check it and {variables}, build again"
    return f"{message}; check {variables}" if code == RequestError.exit_code else message


def explain_secret(region: Region, target: str, message: str) -> str:
    """Return which secret is not set, where that is what a message of dbt means; else an empty text."""
    missing = _missing_secrets(region, target) if any(sign in message.lower() for sign in _SIGNS) else ()
    where = f"projects/{region.name}/profiles.yml reads for target {target}"
    return f"not set: {' and '.join(missing)}, which {where}; set it and build again" if missing else ""


def _missing_secrets(region: Region, target: str) -> tuple[str, ...]:
    """Return the secrets that the target reads without a default and that the environment does not have."""
    profile = read_yaml(region.path / "profiles.yml").get(project_name(region.name), {})
    output: Mapping[str, Any] = profile.get("outputs", {}).get(target, {})
    texts = (value for value in output.values() if isinstance(value, str))
    names = dict.fromkeys(name for text in texts for name in _NEEDED.findall(text))
    return tuple(name for name in names if name not in os.environ)

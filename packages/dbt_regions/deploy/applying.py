"""Plans and applies a region's jobs on dbt Cloud, through the released program dbt-jobs-as-code.

Only the region's own project and environment are looked at: a job of another region is never touched. The token goes
to the program by the environment alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.deploy.dbt_cloud import render_dbt_cloud
from dbt_regions.deploy.rendering import JOBS_FILE
from dbt_regions.domain import Region
from dbt_regions.errors import DbtRegionsError, RequestError, WorldError, one_line
from dbt_regions.regions import find_place

DEFAULT_URL = "https://cloud.getdbt.com"
_PROGRAM = "dbt-jobs-as-code"
_UNREACHABLE = re.compile(r"ConnectionError|Timeout|HTTP (5\d\d|429)|JSONDecodeError")
_REFUSAL = re.compile(r"""'code': 4(?!29)\d\d.*?'user_message': (['"])(.*?)\1""")
_SECONDS = 300
_TOKEN = re.compile(r"[\x21-\x7e]+")
_URL = re.compile(r"https://[^/@]+|http://(127\.0\.0\.1|localhost):\d+(/|$)")
"""TLS, or this machine."""


@dataclass(frozen=True)
class JobChange:
    """One job that is not on dbt Cloud as it is in the file: `create`, `update` or `delete`, and what differs."""

    action: str
    job: str
    differences: tuple[str, ...]


@dataclass(frozen=True)
class ApiLogin:
    """The address of an API and the token for it; its text does not show the token."""

    url: str
    token: str

    def __repr__(self) -> str:
        """Return the address alone."""
        return f"ApiLogin({self.url})"


def read_login(environment: Mapping[str, str]) -> ApiLogin:
    """Return the login that DBT_BASE_URL (dbt Cloud's, if not set) and DBT_API_KEY give; RequestError without a key."""
    token, url = environment.get("DBT_API_KEY", ""), environment.get("DBT_BASE_URL") or DEFAULT_URL
    if not token:
        message = "DBT_API_KEY is not set; give a service token that may read and write jobs"
        raise RequestError(message)
    if not _TOKEN.fullmatch(token):
        message = "DBT_API_KEY has a blank, a line end or another character that no token has; set it anew"
        raise RequestError(message)
    if not _URL.match(url):
        message = f"DBT_BASE_URL {url!r} does not begin with https://: the token would go in plain text"
        raise RequestError(message)
    return ApiLogin(url, token)


def plan_jobs(root: Path, region: Region, login: ApiLogin) -> tuple[JobChange, ...]:
    """Return what applying would change; RequestError where the file is not as rendered, or the API refuses."""
    return _read_changes(_run("plan", _file(root, region), login))


def apply_jobs(root: Path, region: Region, login: ApiLogin) -> tuple[JobChange, ...]:
    """Make dbt Cloud's jobs as the file says and return what was changed; repeatable after a failure."""
    said = _run("sync", _file(root, region), login)
    if not said.get("apply_success", True):
        if said["refusals"]:
            message = f"{region.name}: {login.url} refuses a job: {'; '.join(said['refusals'])}"
            raise RequestError(message)
        message = f"{region.name}: some jobs could not be changed; plan again to see what is left"
        raise WorldError(message)
    return _read_changes(said)


def check_places(regions: tuple[Region, ...]) -> None:
    """Raise RequestError where two regions share a project's environment: each would delete the other's jobs."""
    places: dict[tuple[int, int, int], str] = {}
    for region in regions:
        if place := region.dbt_cloud:
            key = (place.account_id, place.project_id, place.environment_id)
            if key in places:
                message = (
                    f"projects/{region.name}/deployment.yml: dbt_cloud is the place of {places[key]} too: each would"
                    " delete the other's jobs; give each region its own project and environment"
                )
                raise RequestError(message)
            places[key] = region.name


def _file(root: Path, region: Region) -> Path:
    name = f"projects/{region.name}/{JOBS_FILE}"
    if files.read_bytes(root / name) != render_dbt_cloud(region, find_place(region)).encode():
        message = f"{name} is not as deployment.yml says; run nox -s deployments, and look at the difference"
        raise RequestError(message)
    return root / name


def _run(verb: str, file: Path, login: ApiLogin) -> Mapping[str, Any]:
    program = Path(sys.executable).with_name(_PROGRAM)
    command = (str(program), verb, str(file), "--limit-projects-envs-to-yml", "--json")
    environment = {**os.environ, "DBT_API_KEY": login.token, "DBT_BASE_URL": login.url}
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        message = f"{login.url} did not answer within {_SECONDS} s; look there what was done, then plan again"
        raise WorldError(message) from error
    said = _read_answer(done.stdout)
    if said is None:
        raise _explain(login, done.stderr)
    return {**said, "refusals": sorted({one_line(words) for _, words in _REFUSAL.findall(done.stderr)})}


def _read_answer(printed: str) -> Mapping[str, Any] | None:
    """Return the JSON on the last line that the program printed; None where it printed none."""
    try:
        said = json.loads((printed.strip().splitlines() or [""])[-1])
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _explain(login: ApiLogin, said: str) -> DbtRegionsError:
    """Return the error that the program's last words mean."""
    words = one_line(said.strip().splitlines()[-1] if said.strip() else "it says nothing").replace(login.token, "***")
    if "401 Unauthorized" in said:
        return RequestError(f"{login.url} refuses the token in DBT_API_KEY (401); check it and what it may do")
    if _UNREACHABLE.search(said):
        return WorldError(f"{login.url} does not answer as it should: {words}; check the address and try again")
    return RequestError(f"{_PROGRAM} failed: {words}")


def _read_changes(said: Mapping[str, Any]) -> tuple[JobChange, ...]:
    changes = [*said["job_changes"], *said["env_var_overwrite_changes"]]
    return tuple(
        JobChange(change["action"].lower(), change["identifier"], tuple(_differences(change.get("differences") or {})))
        for change in changes
    )


def _differences(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs, from what dbt Cloud has to what the file says, each in a line."""
    for kind, items in found.items():
        for place, values in items.items() if isinstance(items, dict) else ((item, None) for item in items):
            name = ".".join(re.findall(r"[\w-]+", str(place).removeprefix("root")))
            if isinstance(values, dict) and "new_value" in values:
                yield f"{name}: {values['old_value']!r} becomes {values['new_value']!r}"
            else:
                yield f"{name}: {kind.replace('_', ' ')}" + (f" {values!r}" if values is not None else "")

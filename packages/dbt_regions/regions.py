"""Finds the regions and reads their `deployment.yml`: every folder under `projects/` with a `dbt_project.yml`.

Reads only. A file that does not say what it must is a `RequestError` naming file, field and repair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dbt_regions.deployment import Deployment
from dbt_regions.domain import DbtCloudPlace, Job, Region
from dbt_regions.errors import RequestError, one_line

_REGION_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class _UniqueLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which YAML's readers keep the last without a word."""

    def construct_mapping(self, node: Any, *options: Any, **named: Any) -> Any:
        """Return a mapping."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                message = f"{key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, *options, **named)


def find_root(start: Path) -> Path:
    """Return the monorepo's root: `start` or the nearest folder above with projects/ and packages/shared_macros/."""
    for folder in (start, *start.parents):
        if (folder / "projects").is_dir() and (folder / "packages" / "shared_macros").is_dir():
            return folder
    message = f"{start} is not inside the monorepo (no projects/ and packages/shared_macros/ above it); change into it"
    raise RequestError(message)


def region_names(root: Path) -> tuple[str, ...]:
    """Return the names of all regions, sorted; the folders under projects/ are the only list of them."""
    return tuple(sorted(file.parent.name for file in (root / "projects").glob("*/dbt_project.yml")))


def project_name(region: str) -> str:
    """Return how dbt calls a region's project and profile: its folder's name, with _ for the - that dbt refuses."""
    return region.replace("-", "_")


def region_of_project(root: Path, name: str) -> str:
    """Return the region that is called so by its folder or by its dbt project, as messages of dbt call it."""
    named = [region for region in region_names(root) if name in {region, project_name(region)}]
    return named[0] if len(named) == 1 else name


def has_sample(project: Path) -> bool:
    """Return whether a region generates its raw data; one that does not reads tables that are elsewhere."""
    return (project / "sample").is_dir()


def region_folder(root: Path, name: str) -> Path:
    """Return a region's folder; RequestError for an unknown name, or one that cannot be used."""
    names = region_names(root)
    if name not in names:
        message = f"unknown region {name!r}; the regions under {root / 'projects'} are {', '.join(names) or 'none'}"
        raise RequestError(message)
    if not _REGION_NAME.fullmatch(name):
        message = f"region name {name!r} is not usable; lower-case letters, digits, - and _, a letter first"
        raise RequestError(message)
    return root / "projects" / name


def read_region(root: Path, name: str) -> Region:
    """Return one region with its validated `deployment.yml`; RequestError for an unknown name or a bad file."""
    path = region_folder(root, name)
    deployment = _read_deployment(path / "deployment.yml")
    if deployment.region != name:
        message = f"{path / 'deployment.yml'}: region is {deployment.region!r} but the folder is {name!r}; name it so"
        raise RequestError(message)
    jobs = tuple(job.to_job(job_name, deployment.owner) for job_name, job in deployment.jobs.items())
    cloud = DbtCloudPlace(**deployment.dbt_cloud.model_dump()) if deployment.dbt_cloud else None
    return Region(name, path, deployment.owner.team, deployment.owner.email, jobs, cloud)


def read_outputs(project: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the targets of a region's profiles.yml by name; RequestError where it has none, or one without a type."""
    file, name = project / "profiles.yml", project_name(project.name)
    profile = read_yaml(file)
    outputs = profile.get(name, {}).get("outputs") if isinstance(profile, dict) else None
    if not outputs or not all(isinstance(output, dict) and "type" in output for output in outputs.values()):
        message = f"{file} has no outputs of {name}, each with a type; write it as in another region"
        raise RequestError(message)
    return dict(outputs)


def read_output(project: Path, target: str) -> Mapping[str, Any]:
    """Return one target of a region's profiles.yml; RequestError where it is not there."""
    outputs = read_outputs(project)
    if target not in outputs:
        message = f"{project / 'profiles.yml'} has no target {target!r}; its targets are {', '.join(outputs)}"
        raise RequestError(message)
    return outputs[target]


def find_job(region: Region, name: str) -> Job:
    """Return a region's job; RequestError for an unknown name."""
    found = next((job for job in region.jobs if job.name == name), None)
    if found is None:
        known = ", ".join(job.name for job in region.jobs)
        message = f"{region.name} has no job {name!r} in its deployment.yml; its jobs are {known}"
        raise RequestError(message)
    return found


def find_place(region: Region) -> DbtCloudPlace:
    """Return where dbt Cloud keeps a region; RequestError where its deployment.yml does not say."""
    if region.dbt_cloud is None:
        message = f"projects/{region.name}/deployment.yml has no dbt_cloud: say there where the region's jobs are"
        raise RequestError(message)
    return region.dbt_cloud


def read_regions(root: Path) -> tuple[Region, ...]:
    """Return all regions in name order; RequestError names the first bad one."""
    return tuple(read_region(root, name) for name in region_names(root))


def _read_deployment(file: Path) -> Deployment:
    value = read_yaml(file)
    if not isinstance(value, dict):
        message = f"{file} holds no fields; they are described in docs/howto/deployment.md"
        raise RequestError(message)
    try:
        return Deployment.model_validate(value)
    except ValidationError as error:
        message = f"{file}: {list_problems(error, 'file')}; fields are described in docs/howto/deployment.md"
        raise RequestError(message) from error


def list_problems(error: ValidationError, whole: str) -> str:
    """Return what a validation found, each field with its message; `whole` names what is validated."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or whole}: {one_line(item['msg'])}" for item in error.errors()
    )


def read_yaml(file: Path) -> Any:
    """Return the value of a YAML file; RequestError when it is missing or not YAML."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _UniqueLoader)  # noqa: S506  a safe loader
    except FileNotFoundError as error:
        message = f"{file} is missing; write it as in another region"
        raise RequestError(message) from error
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror or error}; name a file of YAML"
        raise RequestError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        message = f"{file} is not YAML: {one_line(error)}; correct that line"
        raise RequestError(message) from error

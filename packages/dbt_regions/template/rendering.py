"""Renders `templates/region` by cookiecutter, for a new region and to see how far an old one has drifted."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dbt_regions.errors import RequestError, one_line
from dbt_regions.files import make_folder, named_world_errors
from dbt_regions.regions import project_name
from dbt_regions.template.answers import Answers


def template_folder(root: Path) -> Path:
    """Return where the template of a region lies."""
    return root / "templates" / "region"


def template_version(root: Path) -> str:
    """Return the template's version: twelve letters of the digest of its files' names and contents."""
    digest = hashlib.sha256()
    for file in sorted(file for file in template_folder(root).rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def render_region(root: Path, answers: Answers, scratch: Path) -> Path:
    """Render the template below a scratch folder and return the folder of the region in it."""
    from cookiecutter.exceptions import CookiecutterException  # noqa: PLC0415  takes half a second, with its HTTP library
    from cookiecutter.main import cookiecutter  # noqa: PLC0415  as above

    project = project_name(answers.region)
    context = {
        **answers.model_dump(exclude={"like"}, exclude_none=True),
        "project": project,
        "variable": project.upper(),
    }
    own = {key: str(make_folder(scratch / key)) for key in ("cookiecutters_dir", "replay_dir")}
    try:
        with named_world_errors("render a region below", scratch):
            rendered = cookiecutter(
                str(template_folder(root)),
                no_input=True,
                extra_context=context,
                output_dir=str(make_folder(scratch / "rendered")),
                default_config={**own, "default_context": {}, "abbreviations": {}},
            )
    except CookiecutterException as error:
        message = f"{template_folder(root)} cannot be rendered: {one_line(error)}; correct the template"
        raise RequestError(message) from error
    return Path(rendered)


def render_texts(root: Path, answers: Answers, scratch: Path) -> dict[str, bytes]:
    """Render the template below a scratch folder and return each file's content by its path in the region."""
    folder = render_region(root, answers, scratch)
    with named_world_errors("read", folder):
        return {
            str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
        }

"""Finds the template of an earlier version in the history of git: template and regions are in one repository."""

from __future__ import annotations

from pathlib import Path

from dbt_regions.files import export_git_tree, make_folder, remove_folder, run_git
from dbt_regions.template.rendering import template_folder, template_version


def restore_template(root: Path, version: str, scratch: Path) -> Path | None:
    """Return a folder with `templates/region` of this version in it, below scratch or the root itself.

    None where no commit of any branch has it: it was never committed, the clone is shallow, there is no git.
    """
    if template_version(root) == version:
        return root
    place = str(template_folder(root).relative_to(root))
    _, commits = run_git(root, "rev-list", "--all", "--full-history", "--", place)
    for commit in commits.decode().split():
        folder = make_folder(scratch / commit)
        if not export_git_tree(root, commit, (place,), folder):
            continue  # the commit that deleted the template, or one that a partial clone has not
        if template_version(folder) == version:
            return folder
        remove_folder(folder)
    return None

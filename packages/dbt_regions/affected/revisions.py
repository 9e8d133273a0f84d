"""Two states of the monorepo: a revision checked out below build/, and the files as they lie here now."""

from __future__ import annotations

import os
from pathlib import Path

from dbt_regions import files
from dbt_regions.errors import RequestError, WorldError

_PARTS = ("projects", "packages/shared_macros", "packages/dbt_utils_standin")


def find_commit(root: Path, revision: str) -> str:
    """Return the commit that a revision names; RequestError where git knows none, or more than one."""
    code, _ = files.run_git(root, "rev-parse", "--git-dir")
    if code < 0:
        message = "there is no git on PATH; install it, or leave out --since"
        raise WorldError(message)
    if code:
        message = f"{root} is not in a git repository; --since compares with a revision of a clone"
        raise RequestError(message)
    wanted = f"{revision}^{{commit}}"
    found = files.run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)[1].decode().split()
    if len(found) != 1:
        message = f"git knows no revision {revision!r} in {root}; name one commit, branch or tag that was fetched"
        raise RequestError(message)
    return found[0]


def changed_files(root: Path, commit: str) -> tuple[str, ...]:
    """Return the files that differ from a commit, untracked ones among them, relative to the root."""
    listed = _git(root, "diff", "--name-only", "-z", "--no-renames", "--relative", commit)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted({name for name in (listed + untracked).split("\0") if name}))


def check_out(root: Path, commit: str) -> Path:
    """Return a folder that holds the dbt projects and packages of a commit; it is made once, whole or not at all."""
    folder = root / "build" / "affected" / commit
    if not folder.exists():
        parts = [part for part in _PARTS if _git(root, "ls-tree", commit, "--", part)]
        with files.scratch_folder(folder.with_name(f".{commit}.{os.getpid()}")) as scratch:
            if not files.export_git_tree(root, commit, parts, files.make_folder(scratch)):
                message = f"git cannot export {', '.join(_PARTS)} of {commit} in {root}; fetch that commit as a whole"
                raise RequestError(message)
            with files.named_world_errors("make", folder):
                scratch.rename(folder)
    return folder


def read_old_text(root: Path, commit: str, file: str) -> str | None:
    """Return a file's text in a commit; None where there is none."""
    code, text = files.run_git(root, "show", f"{commit}:./{file}")
    return None if code else text.decode()


def _git(root: Path, *arguments: str) -> str:
    code, printed = files.run_git(root, *arguments)
    if code:
        message = f"git {arguments[0]} fails in {root}; is it a whole clone of the monorepo?"
        raise RequestError(message)
    return printed.decode()

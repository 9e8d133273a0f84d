"""Two states of the monorepo: a revision checked out below build/, and the files as they lie here now."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from dbt_regions import files
from dbt_regions.errors import RequestError, WorldError, one_line

_PARTS = ("projects", "packages/shared_macros", "packages/dbt_utils_standin")


def find_commit(root: Path, revision: str) -> str:
    """Return the commit that a revision names; RequestError where git knows none, or more than one."""
    if not _git(root, "rev-parse", "--git-dir", check=False):
        message = f"{root} is not in a git repository; --since compares with a revision of a clone"
        raise RequestError(message)
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
    if len(found.split()) != 1:
        message = f"git knows no revision {revision!r} in {root}; name one commit, branch or tag that was fetched"
        raise RequestError(message)
    return found.strip()


def changed_files(root: Path, commit: str) -> tuple[str, ...]:
    """Return the files that differ from a commit, untracked ones among them, relative to the root."""
    listed = _git(root, "diff", "--name-only", "-z", "--no-renames", "--relative", commit)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted({name for name in (listed + untracked).split("\0") if name}))


def check_out(root: Path, commit: str) -> Path:
    """Return a folder that holds the dbt projects and packages of a commit; it is made once, whole or not at all."""
    folder = root / "build" / "affected" / commit
    if not folder.exists():
        with files.scratch_folder(folder.with_name(f".{commit}.{os.getpid()}")) as scratch:
            files.make_folder(scratch)
            parts = [part for part in _PARTS if _git(root, "ls-tree", commit, "--", part).strip()]
            archive = subprocess.run(
                ["git", "-C", str(root), "archive", "--format=tar", commit, "--", *parts],  # noqa: S607  as everywhere
                check=True,
                capture_output=True,
            ).stdout
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(scratch, filter="data")
            with files.named_world_errors("make", folder):
                scratch.rename(folder)
    return folder


def read_old_text(root: Path, commit: str, file: str) -> str | None:
    """Return a file's text in a commit; None where there is none."""
    if not _git(root, "ls-tree", commit, "--", file).strip():
        return None
    return _git(root, "show", f"{commit}:./{file}")


def _git(root: Path, *arguments: str, check: bool = True) -> str:
    if not shutil.which("git"):
        message = "there is no git on PATH; install it, or leave out --since"
        raise WorldError(message)
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],  # noqa: S607  git is found on PATH as everywhere
        check=False,
        capture_output=True,
        text=True,
    )
    if check and done.returncode:
        message = f"git {arguments[0]} in {root} fails: {one_line(done.stderr)}; is it a clone of the monorepo?"
        raise RequestError(message)
    return done.stdout

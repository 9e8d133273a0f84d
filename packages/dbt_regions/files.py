"""The disk's door: atomic writes, exclusive locks, artifact copies and the git revision.

Every OSError becomes a `WorldError` that names the path. Imports nothing of this package but `errors`.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from dbt_regions.errors import RequestError, WorldError

_POLL_SECONDS = 0.1


@contextlib.contextmanager
def named_world_errors(what: str, path: Path) -> Iterator[None]:
    """Turn an OSError under the block into a WorldError: `what` was tried, `path` is where."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        message = f"cannot {what} {path}: {reason}; free space or fix permissions, then run the command again"
        raise WorldError(message) from error


def make_folder(path: Path) -> Path:
    """Create a folder with its parents and return it; raise WorldError where that is not possible."""
    with named_world_errors("create folder", path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write a file atomically: a reader sees the old text or the new one, never half; `private` means mode 0600."""
    write_bytes(path, text.encode("utf-8"), private=private)


def write_bytes(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file as `write_text` does, of whatever encoding and line ends."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with named_world_errors("write", path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def read_bytes(path: Path) -> bytes | None:
    """Return a file's content, or None when there is no such file."""
    with named_world_errors("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, atomically."""
    write_text(path, json.dumps(value, indent=2, default=str) + "\n")


def read_json(path: Path) -> Any:
    """Return the JSON value of a file, or None when there is no such file; RequestError when it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        message = f"{path} is not JSON ({error}); delete it and build again"
        raise RequestError(message) from error


def link(path: Path, to: Path) -> None:
    """Point the symbolic link `path` at `to`, replacing a link atomically; `to` may be relative to its folder."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.link")
    with named_world_errors("link", path):
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(to)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        temporary.replace(path)


def copy_files(names: tuple[str, ...], source: Path, destination: Path) -> None:
    """Copy those of the named files that exist in `source` into the folder `destination`."""
    make_folder(destination)
    for name in names:
        with named_world_errors("copy artifact to", destination / name), contextlib.suppress(FileNotFoundError):
            shutil.copyfile(source / name, destination / name)


def copy_file(source: Path, destination: Path) -> None:
    """Copy one file over another atomically."""
    make_folder(destination.parent)
    temporary = destination.with_name(f".{destination.name}.{os.getpid()}.tmp")
    with named_world_errors("write", destination):
        shutil.copyfile(source, temporary)
        temporary.replace(destination)


def remove_files(names: tuple[str, ...], folder: Path) -> None:
    """Delete those of the named files that exist in a folder."""
    for name in names:
        with named_world_errors("delete", folder / name):
            (folder / name).unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Delete a folder and all in it, if it is there."""
    with named_world_errors("delete", path), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)


@contextlib.contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Hold a folder that is not there before the block and not after it, also when its deletion is interrupted once."""
    remove_folder(path)
    try:
        yield path
    finally:
        try:
            remove_folder(path)
        except KeyboardInterrupt:
            remove_folder(path)
            raise


@contextlib.contextmanager
def exclusive_lock(
    path: Path,
    holder: Mapping[str, object],
    *,
    timeout: float,
    on_wait: Callable[[Mapping[str, Any]], None] | None = None,
) -> Iterator[None]:
    """Hold an exclusive lock on `path` while the block runs; `holder` is what a waiting process is told.

    The kernel frees the lock when its holder dies, however it dies. Waits up to `timeout` seconds, calling `on_wait`
    once with the holder's own description, then raises WorldError saying who holds it.
    """
    make_folder(path.parent)
    with named_world_errors("open lock", path):
        handle = path.open("a+", encoding="utf-8")
    with handle:
        _acquire(handle, path, timeout, on_wait)
        with named_world_errors("write lock", path):
            os.truncate(handle.fileno(), 0)
            os.write(handle.fileno(), json.dumps(holder).encode())
        yield


def _acquire(handle: IO[str], path: Path, timeout: float, on_wait: Callable[[Mapping[str, Any]], None] | None) -> None:
    deadline = time.monotonic() + timeout
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_holder(handle)
        else:
            return
        if on_wait is not None and not told:
            on_wait(holder)
            told = True
        if time.monotonic() >= deadline:
            who = ", ".join(f"{key} {value}" for key, value in holder.items()) or "another process"
            message = f"{path} is held by {who}; waited {timeout:g} s: wait for it to end, or raise --lock-timeout"
            raise WorldError(message)
        time.sleep(_POLL_SECONDS)


def _read_holder(handle: IO[str]) -> Mapping[str, Any]:
    handle.seek(0)
    try:
        value = json.loads(handle.read() or "{}")
    except ValueError:  # the holder is writing it at this moment
        return {}
    return value if isinstance(value, dict) else {}


def run_git(folder: Path, *arguments: str) -> tuple[int, bytes]:
    """Run git in a folder and return its exit code and what it printed; below 0 where there is no git."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, check=False, capture_output=True)
    except OSError:
        return -1, b""
    return done.returncode, done.stdout


def export_git_tree(root: Path, commit: str, places: Sequence[str], folder: Path) -> bool:
    """Write what a commit has at some places, relative to the root, below a folder; False where git has it not."""
    code, archive = run_git(root, "archive", "--format=tar", commit, "--", *places)
    if code:
        return False
    with named_world_errors("write", folder), tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extractall(folder, filter="data")
    return True


def read_git_revision(root: Path) -> str | None:
    """Return the commit of the checkout, with `-dirty` after it when files differ from it; None outside git."""
    code, revision = run_git(root, "rev-parse", "HEAD")
    changed, status = run_git(root, "status", "--porcelain", "--untracked-files=no")
    if code or changed:
        return None
    return revision.decode().strip() + ("-dirty" if status.strip() else "")

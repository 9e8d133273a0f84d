"""Installs dbtc into .nox/dbtc, once: the client that test_job_server_clients lets loose on the job server.

It needs an old pandas, so it gets a folder of its own. Where it cannot be installed this says so, and the test skips.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".nox" / "dbtc"


def install() -> str:
    """Install what requirements-dbtc.txt locks, if it is not there; return why it is not, or an empty text."""
    if FOLDER.exists():
        return ""
    lock = ("--require-hashes", "--requirement", str(ROOT / "requirements-dbtc.txt"))
    scratch = FOLDER.with_name("dbtc.new")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *lock, "--target", str(scratch), "--upgrade"]
    done = subprocess.run(pip, check=False, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    scratch.rename(FOLDER)
    return ""


if __name__ == "__main__":
    reason = install()
    if reason:
        sys.stderr.write(f"dbtc is not installed, its test will be skipped: {reason}\n")

"""What every refused command looks like: one line that says what, where and what to do, and an exit code."""

from __future__ import annotations

import subprocess


def refused(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Assert one line on stderr with the words, the exit code and no traceback."""
    assert result.returncode == code, result.stdout + result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    for word in words:
        assert word in lines[0]

"""Runs the dbt commands given as JSON on stdin in this process; the last line of stdout is their results as JSON.

Not named `dbt_...`: dbt imports every module of such a name as a plugin of its own.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from dbt.cli.main import dbtRunner


def main() -> None:
    """Run every command and print one result for each."""
    results = []
    for arguments in json.load(sys.stdin):
        warnings: list[str] = []
        errors: list[str] = []

        def collect(event: Any, warnings: list[str] = warnings, errors: list[str] = errors) -> None:
            if event.info.level in ("warn", "error"):
                (warnings if event.info.level == "warn" else errors).append(event.info.msg)

        outcome = dbtRunner(callbacks=[collect]).invoke([*arguments, "--log-level", "none", "--no-version-check"])
        error = str(outcome.exception) if outcome.exception else "; ".join(errors) or None
        results.append({"success": outcome.success, "error": error, "warnings": warnings})
    sys.stdout.write("\n" + json.dumps(results) + "\n")


main()

"""Accepts a load that the gate refused: runs the shared package's macro `accept_load`, which records it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from dbt_regions.build.operations import open_session
from dbt_regions.domain import failure_exit_code
from dbt_regions.errors import RequestError, WorldError

LONGEST_REASON = 1000


def accept_load(root: Path, home: Path, name: str, load_id: str, reason: str, target: str) -> None:
    """Record that a person accepts what the gate found in a load; raises RequestError when there is nothing to accept.

    `home` is the embedded warehouse's folder.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        message = f"--reason has {len(reason.strip())} letters; say why the load is right in 1 to {LONGEST_REASON}"
        raise RequestError(message)
    session = open_session(root, home, name, target, "accept", "by-hand")
    arguments = json.dumps({"load_id": load_id, "reason": reason})
    outcome = session.run(("run-operation", "accept_load", "--args", arguments))
    if not outcome.success:
        message = outcome.error or "dbt run-operation accept_load failed, see dbt.log"
        refused = re.search(r"accept: region .*", message)
        if refused is None and failure_exit_code(message) == WorldError.exit_code:
            raise WorldError(message)
        raise RequestError(refused[0] if refused else message)

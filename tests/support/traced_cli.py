"""Runs `dbt-regions` and writes down which macro dbt really calls for which node: what a closure has to contain.

TRACE_FILE names the file; each line is the unique id of a node, a blank, that of a macro.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from dbt.clients.jinja import MacroGenerator

from dbt_regions.cli import main

_seen: set[tuple[str, str]] = set()
_call = MacroGenerator.__call__


def _traced(self: Any, *args: Any, **kwargs: Any) -> Any:
    node = str(getattr(self.node, "unique_id", ""))
    pair = (node, str(self.macro.unique_id))
    if node and pair not in _seen:
        _seen.add(pair)
        with Path(os.environ["TRACE_FILE"]).open("a", encoding="utf-8") as file:
            file.write(f"{node} {self.macro.unique_id}\n")
    return _call(self, *args, **kwargs)


MacroGenerator.__call__ = _traced
main(sys.argv[1:])

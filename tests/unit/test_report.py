"""The index page over all regions shows what is published, whatever the last run came to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dbt_regions.report import write_index

FIGURES = {"cumulative_total_sessions": 578, "cumulative_conversion_rate": 0.6246, "session_date": "2024-05-01"}


def _summary(**changes: Any) -> dict[str, Any]:
    return {
        "exit_code": 0, "finished_at": "2026-11-30T08:00:00+00:00", "first_error": None, "figures": FIGURES,
        "docs": None, "generated_data": True, **changes,
    }  # fmt: skip


def _write_run(region: Path, name: str, summary: dict[str, Any]) -> None:
    (region / name).mkdir(parents=True)
    (region / name / "summary.json").write_text(json.dumps(summary))


def test_a_run_that_could_not_read_the_figures_hides_none(tmp_path: Path) -> None:
    """After a run that ended before it read anything the page has the last good run's figures and what they are of."""
    region = tmp_path / "build/na"
    _write_run(region, "last-good", _summary())
    _write_run(region, "latest", _summary(exit_code=1, figures=None, generated_data=None, first_error="run: no such"))
    page = write_index(tmp_path, ["na", "eu"]).read_text()
    assert all(words in page for words in ("578", "62.46%", "2024-05-01", "generated sample data", "run: no such"))
    assert "never built" in page


def test_a_region_that_never_published_has_no_figures(tmp_path: Path) -> None:
    """Without a good run there is nothing to show; n/a stands in each place."""
    _write_run(tmp_path / "build/na", "latest", _summary(exit_code=1, figures=None))
    assert write_index(tmp_path, ["na"]).read_text().count("n/a</td>") == 7

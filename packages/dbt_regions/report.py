"""Pages for people, made from artifacts: the index over all regions' documentation."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment

from dbt_regions import files

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Regions: published product funnel and documentation</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 76rem; padding: 0 1rem; color: #1d2733; }
  table { border-collapse: collapse; width: 100%; }
  caption { text-align: left; color: #5a6a7a; padding-bottom: .5rem; }
  th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #dde3ea; vertical-align: top; }
  th { font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
  th, td.number, td.date, small.when { white-space: nowrap; }
  .passed { color: #1a7f37; } .failed { color: #b42318; } small { color: #5a6a7a; }
</style>
</head>
<body>
<h1>Regions</h1>
<p>One definition, many regions: the product funnel as each region published it last, to date. A session counts on the
day of its first event, in the region's business day. Every region's own page documents its models,
columns and lineage.</p>
<table>
<caption>add to cart and conversion are shares of all sessions; n/a: never published here</caption>
<tr><th>region</th><th>last build</th><th class="number">sessions</th><th class="number">cart</th>
<th class="number">checkout</th><th class="number">add to cart</th><th class="number">conversion</th><th>through</th>
<th>documentation</th></tr>
{% for row in rows %}
<tr><td>{{ row.region }}
{% if row.generated %}<br><small>generated sample data</small>{% endif %}</td>
<td class="{{ row.status }}">{{ row.status }}<br><small class="when">{{ row.finished_at }}</small>
{% if row.first_error %}<br><small>{{ row.first_error }}</small>{% endif %}</td>
{% for value in row.figures %}<td class="number">{{ value }}</td>{% endfor %}
<td class="date">{{ row.through }}</td>
<td>{% if row.docs %}<a href="{{ row.docs }}">open</a>{% else %}n/a{% endif %}</td></tr>
{% endfor %}
</table>
</body>
</html>
"""
_COUNTS = ("cumulative_total_sessions", "cumulative_cart_sessions", "cumulative_checkout_sessions")
_RATES = ("cumulative_add_to_cart_rate", "cumulative_conversion_rate")


def render_index(summaries: Mapping[str, Mapping[str, Any] | None], folder: Path) -> str:
    """Return the index page: a row a region from its latest summary (None: never built), links relative to `folder`."""
    rows = [_row(region, summary, folder) for region, summary in summaries.items()]
    return Environment(autoescape=True).from_string(_PAGE).render(rows=rows)


def read_summary(root: Path, region: str) -> Mapping[str, Any] | None:
    """Return the summary of a region's latest run; None when it has none."""
    value = files.read_json(root / "build" / region / "latest" / "summary.json")
    return value if isinstance(value, dict) else None


def write_index(root: Path, regions: Sequence[str]) -> Path:
    """Write `build/index.html` from every region's latest summary.json and return its path."""
    folder = root / "build"
    summaries = {region: _with_last_figures(root, region) for region in regions}
    page = folder / "index.html"
    files.write_text(page, render_index(summaries, folder))
    return page


def _with_last_figures(root: Path, region: str) -> Mapping[str, Any] | None:
    """Return the latest summary; where its run could not read what is published, with the figures of the last good."""
    summary = read_summary(root, region)
    if summary is None or summary["figures"]:
        return summary
    good = files.read_json(root / "build" / region / "last-good" / "summary.json")
    if not isinstance(good, dict):
        return summary
    return {**summary, "figures": good["figures"], "generated_data": good["generated_data"]}


def _row(region: str, summary: Mapping[str, Any] | None, folder: Path) -> dict[str, Any]:
    if summary is None:
        empty = ["n/a"] * (len(_COUNTS) + len(_RATES))
        return {"region": region, "status": "never built", "figures": empty, "through": "n/a", "finished_at": ""}
    figures = summary["figures"] or {}
    counts = [f"{figures[name]:,}" if figures.get(name) is not None else "n/a" for name in _COUNTS]
    rates = [f"{figures[name]:.2%}" if figures.get(name) is not None else "n/a" for name in _RATES]
    return {
        "region": region,
        "status": "failed" if summary["exit_code"] else "passed",
        "finished_at": f"{datetime.fromisoformat(summary['finished_at']):%Y-%m-%d %H:%M} UTC",
        "first_error": summary["first_error"],
        "figures": [*counts, *rates],
        "through": figures.get("session_date", "n/a"),
        "docs": os.path.relpath(summary["docs"], folder) if summary["docs"] else None,
        "generated": summary["generated_data"],
    }

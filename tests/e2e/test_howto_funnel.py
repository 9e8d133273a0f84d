"""The how-to page of funnels: its own files, put into the shared package, give the funnel that the reference counts."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from support.monorepo import REPO, Monorepo
from support.reference_funnel import Event, funnel_units

PAGE = REPO / "docs/howto/define-a-funnel.md"
EVENTS = """
    select
        event_id, session_id, user_id, null, null, event_type, occurred_at, business_date, country, device, product_id
    from analytics.canonical_events
"""
DEFINITION: dict[str, Any] = {
    "funnel": "quick_checkout_funnel",
    "unit": "session",
    "order": "ordered",
    "window": {"hour": 2},
    "steps": [
        {"step": "viewed", "when": {"event_type": "page_view"}},
        {"step": "carted", "when": {"event_type": "add_to_cart"}, "optional": True},
        {"step": "paid", "when": {"event_type": "checkout"}, "max_wait": {"minute": 30}},
    ],
    "exclusions": [{"when": {"event_type": "package_shipped"}}],
}
ANSWER = """
    select step, sum(reached)::int from analytics.agg_funnel_days
    where funnel = 'quick_checkout_funnel' group by step, step_number order by step_number
"""
COLUMNS = """
    select column_name::text from information_schema.columns
    where table_schema = 'analytics' and table_name = 'fct_product_fulfilment_funnel'
"""
FUNNELS = "packages/shared_macros/macros/funnel/funnels.sql"


def test_the_pages_funnel_stands_in_the_figures_a_mistake_stops_the_build(fresh: Monorepo) -> None:
    """Its files and line give what the reference counts; a step of another name is built; a mistake is named."""
    page = PAGE.read_text()
    for path, text in re.findall(r"```(?:sql|yaml) (packages/\S+)\n(.*?)```", page, re.DOTALL):
        (fresh.root / path).write_text(text)
    line = re.search(r"```text\n( +\{'definition'.*?)```", page, re.DOTALL)
    assert line
    fresh.edit(FUNNELS, ("    ] -%}", line.group(1) + "    ] -%}"))
    summary = fresh.build_one("na")
    assert summary.exit_code == 0, summary.first_error
    events = [Event(*row) for row in fresh.rows("na", EVENTS)]
    reached = Counter(
        step["step"]
        for result in funnel_units(events, DEFINITION)
        for step, at in zip(DEFINITION["steps"], result.times, strict=True)
        if at is not None
    )
    assert fresh.rows("na", ANSWER) == tuple((step, reached[step]) for step in ("viewed", "carted", "paid"))
    assert reached["viewed"] > reached["paid"] > 0

    fresh.edit("packages/shared_macros/macros/funnel/product_fulfilment_funnel.sql", ("'shipped'", "'sent'"))
    summary = fresh.build_one("na")
    assert summary.exit_code == 0, summary.first_error
    columns = fresh.rows("na", COLUMNS)
    assert ("sent_at",) in columns
    assert ("shipped_at",) not in columns

    macro = "packages/shared_macros/macros/funnel/quick_checkout_funnel.sql"
    fresh.edit(macro, ("'order': 'ordered'", "'order': 'orderd'"))
    summary = fresh.build_one("na")
    message = re.search(r"```text\n(funnel .*?)\n```", page)
    assert message
    assert summary.exit_code == 2
    assert message.group(1) in str(summary.first_error)

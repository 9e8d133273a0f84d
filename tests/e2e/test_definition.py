"""The definition stands once: a change in the shared package reaches every region, and no region can change it."""

from __future__ import annotations

from support.monorepo import Monorepo

STEPS = "select distinct step_number, step from analytics_published.agg_funnel_steps order by 1"
LEFT = """
    select
        (select sum(reached) from analytics_published.agg_funnel_steps where step = 'left'),
        (select count(distinct session_id) from analytics.canonical_events where event_type = 'package_shipped')
"""
REGIONS = ("apac", "eu", "na", "phoenix")


def test_fourth_step_appears_in_every_region(monorepo: Monorepo) -> None:
    """One more line in the product funnel gives one more step in all regions, counted right, no region touched."""
    file = monorepo.root / "packages/shared_macros/macros/funnel/product_funnel.sql"
    lines = file.read_text().splitlines(keepends=True)
    number = next(index for index, line in enumerate(lines) if "'checkout'" in line)
    lines.insert(
        number + 1, lines[number].replace("'checkout'", "'package_shipped'").replace("package_shipped", "left", 1)
    )
    file.write_text("".join(lines))
    outcomes = monorepo.build(*REGIONS)
    for region in REGIONS:
        assert outcomes[region].exit_code == 0, outcomes[region]
        assert monorepo.rows(region, STEPS) == ((1, "total"), (2, "cart"), (3, "checkout"), (4, "left"))
        reached, counted = monorepo.rows(region, LEFT)[0]
        assert reached == counted > 0

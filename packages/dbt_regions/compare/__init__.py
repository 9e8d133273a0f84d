"""A comparison over regions: their funnels side by side, added up only where adding up is right.

Which figures may be added is decided in `additions`, apart from `reading`, which asks each region for its own sums.
"""

from dbt_regions.compare.comparison import Comparison, FunnelComparison, RegionState, compare
from dbt_regions.compare.figures import Period
from dbt_regions.compare.reading import read_region_state
from dbt_regions.compare.words import (
    AMOUNT_HEADINGS,
    Line,
    amount_lines,
    amount_title,
    drop_off_lines,
    funnel_lines,
    funnel_title,
    refusal_lines,
    state_lines,
)

__all__ = [
    "AMOUNT_HEADINGS",
    "Comparison",
    "FunnelComparison",
    "Line",
    "Period",
    "RegionState",
    "amount_lines",
    "amount_title",
    "compare",
    "drop_off_lines",
    "funnel_lines",
    "funnel_title",
    "read_region_state",
    "refusal_lines",
    "state_lines",
]

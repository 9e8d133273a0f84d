"""Proves that each shared model, snapshot and test is the same in every region, and says why one is not."""

from dbt_regions.parity.comparison import Comparison, compare_projects
from dbt_regions.parity.compiling import Compiled, compile_projects, find_compiled, plan_projects
from dbt_regions.parity.drifts import Drift

__all__ = ["Comparison", "Compiled", "Drift", "compare_projects", "compile_projects", "find_compiled", "plan_projects"]

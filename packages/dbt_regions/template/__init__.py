"""Makes a region from `templates/region` and from the mapping of a region whose raw tables look alike."""

from dbt_regions.template.drift import read_drift
from dbt_regions.template.scaffold import make_region

__all__ = ["make_region", "read_drift"]

"""Makes a region from `templates/region` and the mapping of a region whose raw tables look alike, and keeps it up."""

from dbt_regions.template.drift import read_drift, read_standing
from dbt_regions.template.scaffold import make_region, refuse_taken
from dbt_regions.template.update import update_region

__all__ = ["make_region", "read_drift", "read_standing", "refuse_taken", "update_region"]

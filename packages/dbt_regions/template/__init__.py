"""Makes a region from `templates/region` and from the mapping of a region whose raw tables look alike."""

from dbt_regions.template.answers import Answers, read_answers
from dbt_regions.template.drift import Drift, read_drift
from dbt_regions.template.scaffold import make_region

__all__ = ["Answers", "Drift", "make_region", "read_answers", "read_drift"]

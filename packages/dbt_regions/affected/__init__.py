"""What a change touches, region by region: from dbt's own graph, not from the paths of files."""

from dbt_regions.affected.answer import Answer, RegionAnswer, read_answer

__all__ = ["Answer", "RegionAnswer", "read_answer"]

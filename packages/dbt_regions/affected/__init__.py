"""What a change touches, region by region: from dbt's own graph, not from the paths of files."""

from dbt_regions.affected.answer import Answer, RegionAnswer, read_answer
from dbt_regions.affected.inputs import LAST_GOOD, read_inputs, write_inputs

__all__ = ["LAST_GOOD", "Answer", "RegionAnswer", "read_answer", "read_inputs", "write_inputs"]

"""What a change touches, region by region: from dbt's own graph, not from the paths of files."""

from dbt_regions.affected.answer import Answer, RegionAnswer, read_answer
from dbt_regions.affected.inputs import find_last_good, read_inputs, read_variables, write_inputs

__all__ = ["Answer", "RegionAnswer", "find_last_good", "read_answer", "read_inputs", "read_variables", "write_inputs"]

"""Which load a folder of CSV files is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dbt_regions.build.load import plan_csv_load_id


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_files_are_a_new_load_unless_the_newest_load_brought_them(folders: list[str]) -> None:
    """The same files twice in a row are one load; files that come back after others are a load of their own again."""
    ids: list[str] = []
    for number, folder in enumerate(folders):
        load_id = plan_csv_load_id(folder, ids)
        assert load_id.startswith(f"csv-{folder}")
        repeated = number > 0 and folders[number - 1] == folder
        assert (load_id in ids) is repeated
        if not repeated:
            ids.append(load_id)

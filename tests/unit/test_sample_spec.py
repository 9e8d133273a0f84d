"""What a sample.yml may say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dbt_regions.build.sample.spec import read_sample_spec
from dbt_regions.errors import RequestError
from support.repo import PROJECTS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"carts": 600}, "orders_preparing <= checkouts <= carts <= sessions"),
        ({"end": "2021-02-28T23:30:00Z"}, "end: .* full hour"),
        ({"late_share": 1.5}, "late_share: "),
        ({"colour": "green"}, "colour: "),
        (
            {"countries": [{"country": "US", "time_zone": "America/Atlantis", "weight": 1}]},
            "countries.0.time_zone: .*Atlantis",
        ),
        ({"users": 0, "days": 0}, "users: .*days: "),
    ],
    ids=["counts", "half hour", "share", "unknown field", "time zone", "two faults"],
)
def test_bad_sample_yml_is_refused_in_one_line(tmp_path: Path, change: dict[str, object], words: str) -> None:
    """A sample.yml that can't hold is refused, with file, every field that is wrong, and what to do, in one line."""
    value = yaml.safe_load((PROJECTS / "na" / "sample" / "sample.yml").read_text())
    file = tmp_path / "sample.yml"
    file.write_text(yaml.safe_dump({**value, **change}))
    with pytest.raises(RequestError, match=words) as caught:
        read_sample_spec(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
